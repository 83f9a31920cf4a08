using System.Globalization;
using DbSwitch.Proxies;
using HaproxyRuntime;

namespace DbSwitch.Keeping;

/// <summary>What keeps clients from the selected server, or leads them past it, though the manager's part is done: what somebody has set by hand and the keeper does not touch. Pure.</summary>
public static class ClientHindrances
{
    /// <returns>One sentence with what to do, fit to follow the proxy's name and a colon; null for nothing.</returns>
    public static string? Of(Goal goal, ProxyObservation.Seen seen)
    {
        ArgumentNullException.ThrowIfNull(goal);
        ArgumentNullException.ThrowIfNull(seen);
        var server = goal.MayBeReady ? seen.Servers.FirstOrDefault(s => goal.Server is { } spec && s.HasAddress(spec.Address) && s.MayTakeClients) : null;
        return Overruled(seen) ?? (server is null ? null : IsDown(server) ?? IsFull(seen, server) ?? Frontend(seen) ?? ProcessIsFull(seen.Process)) ?? Master(seen);
    }

    /// <summary>A server is reached although it is in maintenance.</summary>
    public static string? Overruled(ProxyObservation.Seen seen)
    {
        ArgumentNullException.ThrowIfNull(seen);
        if (seen.Reached.Count == 0)
        {
            return null;
        }

        var (clients, servers) = (seen.Reached.Values.Sum(), string.Join(" and ", seen.Reached.Keys.Order(StringComparer.Ordinal)));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{clients} {(clients == 1 ? "client" : "clients")} reached {servers} although it was in maintenance: haproxy.cfg leads them there (\"option persist\" or \"force-persist\" with \"stick\", \"use-server\" or \"persist rdp-cookie\"). Delete those lines, and reload HAProxy");
    }

    /// <summary>Nobody is kept out for it, and the next manager would have to be told.</summary>
    private static string? Master(ProxyObservation.Seen seen) => seen.OldWorkers.FirstOrDefault(w => w.OthersAreKnown)?.Problem is { } problem
        ? $"{problem}. What was left over by reloads that this manager has seen is fenced all the same; a manager that is started again would not know of it. Give the master's socket to the manager's user (\"-S PATH,mode,660,group,GROUP\" where HAProxy is started)"
        : null;

    private static string? IsDown(ObservedServer server) => server.State is { OperationalState: ServerOperationalState.Stopped, HasHealthCheck: true }
        ? $"HAProxy's health check says that {server.Name} is down, so clients are refused"
        : null;

    private static string? IsFull(ProxyObservation.Seen seen, ObservedServer server) =>
        seen.Counters?.Servers.FirstOrDefault(s => s.Name == server.Name) is { SessionLimit: > 0 and var limit, CurrentSessions: { } current } && current >= limit
            ? string.Create(CultureInfo.InvariantCulture, $"{server.Name} is full ({current} of {limit} sessions), so new clients wait. The manager does not change a server's maxconn. To lift it: dbswitch pause, dbswitch api set maxconn server {server.State.Backend}/{server.Name} 0, dbswitch resume")
            : null;

    private static string? Frontend(ProxyObservation.Seen seen)
    {
        foreach (var frontend in seen.Counters?.Frontends.Where(f => seen.Frontends.Count == 0 ? f.Mode is null or "tcp" : seen.Frontends.Contains(f.Proxy)) ?? [])
        {
            if (frontend.Status is "PAUSED" or "STOP")
            {
                return $"frontend {frontend.Proxy} is {(frontend.Status == "STOP" ? "shut down, so its clients are refused. Reload HAProxy" : $"disabled, so its clients are refused. The manager does not touch frontends. To enable it: dbswitch pause, dbswitch api enable frontend {frontend.Proxy}, dbswitch resume")}";
            }

            if (frontend is { SessionLimit: > 0 and var limit, CurrentSessions: { } current } && current >= limit)
            {
                return string.Create(CultureInfo.InvariantCulture, $"frontend {frontend.Proxy} is full ({current} of {limit} connections), so new clients wait or are refused. Raise its maxconn in haproxy.cfg, and reload HAProxy");
            }
        }

        return null;
    }

    private static string? ProcessIsFull(ProcessInfo process) => process.MaximumConnections > 0 && process.CurrentConnections >= process.MaximumConnections
        ? string.Create(CultureInfo.InvariantCulture, $"HAProxy is full ({process.CurrentConnections} of {process.MaximumConnections} connections), so new clients wait or are refused. Raise maxconn in global of haproxy.cfg, and reload HAProxy")
        : null;
}
