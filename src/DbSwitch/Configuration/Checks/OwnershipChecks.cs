using DbSwitch.Configuration.Yaml;

namespace DbSwitch.Configuration.Checks;

/// <summary>A backend on a proxy has one owner: two would fence each other's database for ever.</summary>
internal static class OwnershipChecks
{
    public static void Run(DbSwitchConfiguration configuration, ProblemList problems)
    {
        var owners = new Dictionary<(string Proxy, string Backend), string>();
        foreach (var one in configuration.Switches.Values.Where(s => s.Backend.Length > 0))
        {
            foreach (var proxy in one.Proxies.Distinct().Where(p => p.Length > 0))
            {
                if (!owners.TryAdd((proxy, one.Backend), one.Name))
                {
                    var first = owners[(proxy, one.Backend)];
                    problems.Add(NodePath.Root["switches"][one.Name]["backend"], $"{Shown.Quote(one.Backend)} on proxy {Shown.Quote(proxy)} belongs to switch {Shown.Quote(first)} already");
                }
            }
        }

        // One HAProxy under two names would let two switches own one backend without the check above seeing it.
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var proxy in configuration.Proxies.Values.OfType<ApiProxyConfiguration>())
        {
            if (!names.TryAdd(proxy.Api.ToString(), proxy.Name))
            {
                problems.Add(NodePath.Root["proxies"][proxy.Name]["api"], $"{proxy.Api} is also the api of proxy {Shown.Quote(names[proxy.Api.ToString()])}; name one HAProxy once");
            }
        }
    }
}
