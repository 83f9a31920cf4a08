using DbSwitch.Proxies;

namespace DbSwitch.Keeping;

/// <summary>What one cycle saw, decided and did in one proxy. The log, the status, a switchover and the tests all read this one value.</summary>
/// <param name="Goal">The goal it was made for; null while none is known yet, when it only looked.</param>
/// <param name="Fenced">Every server but the one that may be ready is proven fenced.</param>
/// <param name="Taken">The steps that were done, all of which HAProxy confirmed.</param>
/// <param name="Withheld">The steps that would have been done, but the switch is paused.</param>
/// <param name="Problem">Why not all is as it shall be, with what to do; null when nothing is wrong.</param>
public sealed record CycleResult(
    string Proxy,
    Goal? Goal,
    ProxyObservation Observed,
    bool Fenced,
    IReadOnlyList<Step> Taken,
    IReadOnlyList<Step> Withheld,
    string? Problem)
{
    /// <summary>Why it is not fenced, where that is not a matter of a moment: a process left over from a reload; null otherwise.</summary>
    public string? Unfenced { get; init; }

    /// <summary>What is not as one would wish though the manager's part is done: HAProxy's own health check says down.</summary>
    public string? Notice { get; init; }

    /// <summary>From the first question to the last step.</summary>
    public TimeSpan Took { get; init; }

    /// <summary>The wanted server takes clients (or none is wanted), every other is fenced, nothing is left to do but waiting. Never while the wanted one's address is not known.</summary>
    public bool Settled => Goal is { OnlyLooks: false, Undetermined: null } goal && Fenced && Taken.Count == 0 && Withheld.Count == 0 && Problem is null && (goal.Server is null || goal.MayBeReady == TakesClients(goal));

    private bool TakesClients(Goal goal) =>
        Observed is ProxyObservation.Seen seen && seen.Servers.Any(s => s.HasAddress(goal.Server!.Address) && s.MayTakeClients);
}
