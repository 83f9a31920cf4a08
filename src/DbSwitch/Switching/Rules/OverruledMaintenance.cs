using DbSwitch.Databases;
using DbSwitch.Keeping;
using DbSwitch.Proxies;

namespace DbSwitch.Switching.Rules;

/// <summary>
/// What in haproxy.cfg overrules maintenance, as far as a proxy tells: then a client may reach a database after it was proven fenced, and a switchover is refused. Pure.
/// </summary>
internal static class OverruledMaintenance
{
    /// <param name="without">Proxies that are not asked about.</param>
    public static Guard Guard(string backend, IEnumerable<CycleResult> latest, IReadOnlyCollection<string> without)
    {
        var (found, next) = (new List<string>(), new List<string>());
        foreach (var result in latest.Where(r => !without.Contains(r.Proxy)))
        {
            if (result.Observed is not ProxyObservation.Seen seen)
            {
                continue;
            }

            if (seen.Servers.Where(s => s.State.HasAgent).Select(s => s.Name).ToList() is { Count: > 0 } agents)
            {
                found.Add($"{result.Proxy} has an agent check for {string.Join(" and ", agents)}, and an agent that says \"ready\" takes its server out of maintenance after each start and reload");
                next.Add($"In haproxy.cfg, delete agent-check from the servers of backend {backend} and from default-server, then reload HAProxy.");
            }

            if (seen.StickTables is { Count: > 0 } tables)
            {
                found.Add($"{result.Proxy} has a stick table ({string.Join(", ", tables)}) that leads clients to servers of backend {backend}, with \"option persist\" or \"force-persist\" even to one in maintenance");
                next.Add($"In haproxy.cfg, delete the \"stick\" lines of backend {backend} (it has one server at a time), then reload HAProxy.");
            }

            if (ClientHindrances.Overruled(seen) is { } reached)
            {
                found.Add($"{result.Proxy}: {reached}");
                next.Add("\"dbswitch doctor --haproxy-cfg FILE\" names the lines.");
            }
        }

        return found.Count == 0
            ? new Guard("maintenance", GuardVerdict.Passed, "nothing is known to lead clients to a server in maintenance")
            : new Guard("maintenance", GuardVerdict.Failed, string.Join("; ", found)) { Next = string.Join(' ', next.Distinct()) };
    }
}
