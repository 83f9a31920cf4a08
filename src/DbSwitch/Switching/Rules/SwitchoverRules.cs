using DbSwitch.Keeping;
using DbSwitch.Model;
using DbSwitch.Proxies;
using DbSwitch.Switching.Core;

namespace DbSwitch.Switching.Rules;

/// <summary>When may a switchover go on to its next phase? Pure: one proxy's result in, yes or no out; a phase is over when it is yes for every proxy.</summary>
internal static class SwitchoverRules
{
    private static readonly TimeSpan UsualCeiling = TimeSpan.FromSeconds(60);

    /// <summary>The server that clients are to go to; null for none.</summary>
    public static ServerSpec? ServerOf(SwitchoverPlan plan) => plan is { To: { } target, Address: { } address } ? new ServerSpec(ServerNames.For(target, address.Port), address) : null;

    /// <summary>No client of this proxy reaches any database: proven.</summary>
    /// <param name="next">The server that clients are to go to next, which must be present by now; null for none.</param>
    public static bool IsFenced(CycleResult result, ServerSpec? next) =>
        result is { Fenced: true, Observed: ProxyObservation.Down }
        || result is { Fenced: true, Problem: null, Observed: ProxyObservation.Seen seen }
        && seen.Servers.All(s => s.Fenced)
        && (next is null || seen.Servers.Any(s => s.Name == next.Name && s.HasAddress(next.Address)));

    /// <summary>Everything that a fence needs can be asked: the proxy, and each process that a reload has left over.</summary>
    public static bool CanBeFenced(CycleResult result) => result.Observed is ProxyObservation.Down || (result.Observed is ProxyObservation.Seen seen && seen.OldWorkers.All(w => Decider.WhyHopeless(w) is null));

    /// <summary>Why not, in words.</summary>
    public static string WhyItCanNotBeFenced(CycleResult result) => result.Observed switch
    {
        ProxyObservation.Unknown unknown => unknown.Reason,
        ProxyObservation.Seen seen when seen.OldWorkers.Select(Decider.WhyHopeless).OfType<string>().ToList() is { Count: > 0 } why => string.Join("; ", why),
        _ => result.Problem ?? "was not settled in time",
    };

    /// <summary>New connections wait in it; or there is no HAProxy, and nobody gets anywhere.</summary>
    public static bool IsHeld(CycleResult result) => result is { Observed: ProxyObservation.Down } || (result is { Problem: null, Observed: ProxyObservation.Seen seen } && seen.Servers.All(s => !s.MayTakeClients));

    /// <summary>The shortest time after which a proxy ends a wait whatever its script is told. Before the first connection has waited the script does not know it: then it is taken for what we write.</summary>
    /// <returns>Null where no proxy has the script.</returns>
    public static (string Proxy, TimeSpan Time)? Ceiling(IReadOnlyList<CycleResult> latest) => latest
        .Where(r => r.Observed is ProxyObservation.Seen { Companion: not null })
        .Select(r => (r.Proxy, Time: ((ProxyObservation.Seen)r.Observed).Companion!.Ceiling is { Ticks: > 0 } known ? known : UsualCeiling))
        .OrderBy(c => c.Time)
        .Select(c => ((string, TimeSpan)?)c)
        .FirstOrDefault();

    /// <summary>HAProxy has said no to a command, and will say so again; or what is left are sessions that it can't end; or it says nothing at all, while clients wait elsewhere.</summary>
    public static bool IsHopeless(CycleResult result) => result is { Problem: not null, Observed: ProxyObservation.Seen } or { Observed: ProxyObservation.Unknown { Silent: true } } || OnlyUnendableAreLeft(result);

    /// <summary>Whatever could end by itself has ended, and what is left HAProxy can't end.</summary>
    private static bool OnlyUnendableAreLeft(CycleResult result) =>
        result is { Goal: { MayBeReady: false, Held: false }, Observed: ProxyObservation.Seen seen }
        && seen.Servers.Any(s => s.Unendable > 0)
        && seen.Servers.All(s => s.Fenced || s.Unendable == s.Sessions?.Count);

    /// <summary>The server that shall take clients does (or none shall).</summary>
    public static bool Serves(CycleResult result) =>
        result is { Goal: { Undetermined: null } goal, Observed: ProxyObservation.Seen seen }
        && (goal.Server is null || seen.Servers.Any(s => s.HasAddress(goal.Server.Address) && s.MayTakeClients));

    /// <summary>It takes clients, and nothing else does; or there is no HAProxy, which gets it when it is back.</summary>
    public static bool IsActivated(CycleResult result) => result is { Observed: ProxyObservation.Down } || (result is { Problem: null, Fenced: true } && Serves(result));
}
