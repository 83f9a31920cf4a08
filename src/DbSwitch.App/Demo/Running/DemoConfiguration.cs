using DbSwitch.App.Demo.Parts;

namespace DbSwitch.App.Demo.Running;

/// <summary>
/// The demo's dbswitch.yaml: the seed's topology, with nothing selected at the start. A hello waits for a second while none is, since the next one is due then;
/// <c>--by-hand</c> has a plain HAProxy, which waits for nothing, as in the seed.
/// </summary>
internal static class DemoConfiguration
{
    public static string Text(DemoDirectory directory, DemoPorts ports, string? haproxy, bool companion, IDemoDatabases databases) => $$"""
        state: {{directory.State}}
        listen:
          unix: {{directory.Socket}}
          http: "127.0.0.1:{{ports.Http}}"
          tokens: {{directory.Tokens}}
        proxies:
          {{Topology.ProxyName}}:
            managed:
              frontends: { {{Topology.SwitchName}}: "127.0.0.1:{{ports.Clients}}" }
              statistics: "127.0.0.1:{{ports.Statistics}}"
              api: "127.0.0.1:{{ports.RuntimeApi}}"
              maxconn: 100
              companion: {{(companion ? "true" : "false")}}
        {{(haproxy is null ? "" : $"      haproxy: '{Path.GetFullPath(haproxy).Replace("'", "''", StringComparison.Ordinal)}'")}}
        switches:
          {{Topology.SwitchName}}:
            backend: {{Topology.BackendName}}
            proxies: [{{Topology.ProxyName}}]
        {{databases.Settings}}
            targets:
              {{Topology.Database1Name}}: { address: "127.0.0.1:{{ports.Database1}}", kind: {{databases.Kind}} }
              {{Topology.Database2Name}}: { address: "127.0.0.1:{{ports.Database2}}", kind: {{databases.Kind}} }

        """;
}
