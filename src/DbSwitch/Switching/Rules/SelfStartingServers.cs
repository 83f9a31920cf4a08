using DbSwitch.Databases;
using DbSwitch.Keeping;
using DbSwitch.Model;
using DbSwitch.Proxies;

namespace DbSwitch.Switching.Rules;

/// <summary>
/// Servers of a proxy's configuration file that take clients by themselves when HAProxy starts or reloads, until the keeper has fenced them: a moment in which clients may be with a
/// database that nobody selected. HAProxy does not tell such servers from those that were added while it runs; what a process has at the first look at it does.
/// </summary>
/// <param name="ours">What the targets' servers are called.</param>
internal sealed class SelfStartingServers(IReadOnlyCollection<string> ours)
{
    // HAProxy tells times in whole seconds.
    private static readonly TimeSpan ClockResolution = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Young = TimeSpan.FromSeconds(3);

    private readonly Lock _taking = new();
    private readonly Dictionary<string, (int Pid, long StartTime)> _processes = [];
    private readonly Dictionary<string, IReadOnlyList<ObservedServer>> _servers = [];

    public void Take(CycleResult? before, CycleResult result)
    {
        if (result.Observed is not ProxyObservation.Seen seen)
        {
            return;
        }

        lock (_taking)
        {
            var process = (seen.Process.Pid, seen.Process.StartTime);
            var first = !_processes.TryGetValue(result.Proxy, out var known);
            if (!first && known == process)
            {
                return;
            }

            _processes[result.Proxy] = process;
            _servers[result.Proxy] = [.. seen.Servers.Where(s => s.MayTakeClients && (first ? IsAsOldAsItsProcess(s, seen.Process.Uptime) : true))];
        }
    }

    /// <param name="next">The server that clients would go to: that one may come up by itself.</param>
    /// <param name="without">Proxies that are not asked about.</param>
    public Guard Guard(ServerSpec? next, IReadOnlyCollection<string> without)
    {
        lock (_taking)
        {
            var found = _servers.Where(p => !without.Contains(p.Key)).SelectMany(p => p.Value.Where(s => s.Name != next?.Name && (next is null || !s.HasAddress(next.Address))).Select(s => $"{s.Name} in that of {p.Key}")).ToList();
            return found.Count == 0
                ? new Guard("static-servers", GuardVerdict.Passed, "no other server takes clients by itself after a restart of HAProxy")
                : new Guard("static-servers", GuardVerdict.Failed, $"servers of HAProxy's configuration file take clients by themselves after each start and reload ({string.Join(", ", found)})") { Next = "In haproxy.cfg, write \"disabled\" behind them or delete them, then reload HAProxy." };
        }
    }

    /// <summary>A process that was there before us may have servers that a manager before us has added, as early as you please: those are called as we call them.</summary>
    private bool IsAsOldAsItsProcess(ObservedServer server, TimeSpan uptime) => !ours.Contains(server.Name) && uptime >= Young && server.State.SinceLastChange + ClockResolution >= uptime;
}
