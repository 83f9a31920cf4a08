using DbSwitch.Configuration.Values;
using DbSwitch.Configuration.Yaml;

namespace DbSwitch.Configuration.Checks;

/// <summary>Switches name proxies, and managed proxies name switches back: both must exist and agree.</summary>
internal static class ReferenceChecks
{
    public static void Run(DbSwitchConfiguration configuration, ProblemList problems)
    {
        foreach (var one in configuration.Switches.Values)
        {
            CheckProxies(one, configuration, problems);
        }

        foreach (var managed in configuration.Proxies.Values.OfType<ManagedProxyConfiguration>())
        {
            CheckFrontends(managed, configuration, problems);
        }
    }

    private static void CheckProxies(SwitchConfiguration one, DbSwitchConfiguration configuration, ProblemList problems)
    {
        var path = NodePath.Root["switches"][one.Name]["proxies"];
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < one.Proxies.Count; i++)
        {
            var name = one.Proxies[i];
            if (name.Length == 0 || configuration.Proxies.Count == 0)
            {
                continue;
            }

            if (!seen.Add(name))
            {
                problems.Add(path[i], $"{Shown.Quote(name)} is in the list twice");
            }
            else if (!configuration.Proxies.TryGetValue(name, out var proxy))
            {
                problems.Add(path[i], $"there is no proxy {Shown.Quote(name)}{Suggestion.For(name, configuration.Proxies.Keys)}");
            }
            else if (proxy is ManagedProxyConfiguration managed && !managed.Frontends.ContainsKey(one.Name))
            {
                problems.Add(path[i], $"the managed proxy {Shown.Quote(name)} has no frontend for this switch; add {NodePath.Root["proxies"][name]["managed"]["frontends"][one.Name]}");
            }
        }
    }

    private static void CheckFrontends(ManagedProxyConfiguration managed, DbSwitchConfiguration configuration, ProblemList problems)
    {
        var path = NodePath.Root["proxies"][managed.Name]["managed"]["frontends"];
        foreach (var name in managed.Frontends.Keys)
        {
            if (configuration.Switches.Count == 0)
            {
                return;
            }

            if (!configuration.Switches.TryGetValue(name, out var one))
            {
                problems.AddAtKey(path[name], $"there is no switch {Shown.Quote(name)}{Suggestion.For(name, configuration.Switches.Keys)}");
            }
            else if (one.Proxies.All(proxy => proxy.Length > 0 && proxy != managed.Name) && one.Proxies.Count > 0)
            {
                problems.AddAtKey(path[name], $"switch {Shown.Quote(name)} doesn't use this proxy; add {Shown.Quote(managed.Name)} to its proxies, or remove the frontend");
            }
        }
    }
}
