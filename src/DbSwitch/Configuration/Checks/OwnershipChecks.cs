using DbSwitch.Configuration.Values;
using DbSwitch.Configuration.Yaml;

namespace DbSwitch.Configuration.Checks;

/// <summary>A backend on a proxy has one owner: two would fence each other's database for ever. And of the switches that promote, a database has one: each would close what the other opens.</summary>
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

        var promoters = new Dictionary<(string Host, int Port), (string Switch, string Target)>();
        foreach (var (one, target) in configuration.Switches.Values.SelectMany(s => s.Targets.Values.Where(t => t.Database.Promotes && t.Address.Port != 0).Select(t => (s, t))))
        {
            var place = (Hosts.Canonical(target.Address.Host), target.Address.Port);
            if (!promoters.TryAdd(place, (one.Name, target.Name)) && promoters[place] is var first && first.Switch != one.Name)
            {
                problems.Add(NodePath.Root["switches"][one.Name]["targets"][target.Name]["address"], $"{target.Address} is also target {Shown.Quote(first.Target)} of switch {Shown.Quote(first.Switch)}, and both promote: one switch for one cluster, to which several frontends may lead");
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
