using DbSwitch.Configuration.Values;
using DbSwitch.Configuration.Yaml;

namespace DbSwitch.Configuration.Checks;

/// <summary>Within one switch: each target is a database of its own with a server name of its own, and <c>initial</c> is one of them.</summary>
internal static class TargetChecks
{
    public static void Run(SwitchConfiguration one, ProblemList problems)
    {
        var path = NodePath.Root["switches"][one.Name];
        var byAddress = new Dictionary<(string Host, int Port), string>();
        var byServer = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var target in one.Targets.Values.Where(t => t.Address.Port != 0))
        {
            // Fencing one name would leave the same database reachable under the other.
            if (!byAddress.TryAdd((Hosts.Canonical(target.Address.Host), target.Address.Port), target.Name))
            {
                var first = byAddress[(Hosts.Canonical(target.Address.Host), target.Address.Port)];
                problems.Add(path["targets"][target.Name]["address"], $"{target.Address} is also the address of target {Shown.Quote(first)}; one database can be one target only");
            }

            var server = target.ServerName;
            if (!byServer.TryAdd(server, target.Name))
            {
                problems.Add(path["targets"][target.Name], $"would have the same server name in HAProxy ({server}) as target {Shown.Quote(byServer[server])}; rename one of them");
            }
        }

        if (one.Initial is { } initial && one.Targets.Count > 0 && !one.Targets.ContainsKey(initial))
        {
            var hint = initial.Equals("none", StringComparison.OrdinalIgnoreCase)
                ? "; leave the key out to start with none"
                : Suggestion.For(initial, one.Targets.Keys);
            problems.Add(path["initial"], $"{Shown.Quote(initial)} is not a target of this switch{hint}");
        }
    }
}
