namespace DbSwitch.App.Demo;

/// <summary>The demo's dbswitch.yaml: the seed's topology, with nothing selected at the start.</summary>
internal static class DemoConfiguration
{
    public static string Text(DemoDirectory directory, DemoPorts ports, string? haproxy) => $$"""
        state: {{directory.State}}
        listen:
          unix: {{directory.Socket}}
          http: "127.0.0.1:{{ports.Http}}"
        proxies:
          {{Topology.ProxyName}}:
            managed:
              frontends: { {{Topology.SwitchName}}: "127.0.0.1:{{ports.Clients}}" }
              statistics: "127.0.0.1:{{ports.Statistics}}"
              api: "127.0.0.1:{{ports.RuntimeApi}}"
              maxconn: 100
        {{(haproxy is null ? "" : $"      haproxy: '{Path.GetFullPath(haproxy).Replace("'", "''", StringComparison.Ordinal)}'")}}
        switches:
          {{Topology.SwitchName}}:
            backend: {{Topology.BackendName}}
            proxies: [{{Topology.ProxyName}}]
            targets:
              {{Topology.Database1Name}}: { address: "127.0.0.1:{{ports.Database1}}" }
              {{Topology.Database2Name}}: { address: "127.0.0.1:{{ports.Database2}}" }

        """;
}
