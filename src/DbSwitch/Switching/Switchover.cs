using DbSwitch.Keeping;
using DbSwitch.Model;
using DbSwitch.Proxies;
using DbSwitch.Storage;

namespace DbSwitch.Switching;

/// <summary>
/// One switchover, in two phases over all proxies: fence everywhere, then activate everywhere. Each phase is journalled before it begins, so that a manager that
/// is killed in between knows what to undo or to finish when it is back.
/// </summary>
internal sealed class Switchover(string name, KeeperGroup keepers, ISwitchStore store, TimeProvider time)
{
    private static readonly TimeSpan LookDeadline = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FenceDeadline = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RestoreDeadline = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan ActivateDeadline = TimeSpan.FromSeconds(10);

    /// <summary>Guard: every proxy answers, now. Nothing is touched.</summary>
    /// <returns>Null when it may begin; otherwise why not.</returns>
    public async Task<string?> GuardAsync(Goal present, CancellationToken cancel)
    {
        var missing = await keepers.ReachAsync(present, r => r.Observed is ProxyObservation.Seen, LookDeadline, cancel).ConfigureAwait(false);
        return missing.Count == 0 ? null : Describe(missing, r => r.Observed is ProxyObservation.Unknown u ? u.Reason : r.Problem ?? "was not settled in time");
    }

    /// <summary>Fence: on every proxy, no client reaches any server. The new one is made present meanwhile, in maintenance.</summary>
    /// <returns>Null when that is proven everywhere; otherwise why not.</returns>
    public async Task<string?> FenceAsync(ServerSpec? next, TimeSpan grace, CancellationToken cancel)
    {
        var fence = new Goal(0, next, false) { Grace = grace, DeletesLeftovers = false };
        var missing = await keepers.ReachAsync(fence, IsFenced, grace + FenceDeadline, cancel, IsHopeless).ConfigureAwait(false);
        if (missing.Count == 0 && keepers.Proxies.Count > 1)
        {
            // Some proofs are older than the slowest one: once more, now that all are fenced (a proxy may have restarted meanwhile).
            missing = await keepers.ReachAsync(fence, IsFenced, LookDeadline, cancel).ConfigureAwait(false);
        }

        return missing.Count == 0 ? null : Describe(missing, WhyNotFenced);

        // HAProxy has said no to a command, and will say so again; or it says nothing at all, while clients wait elsewhere.
        static bool IsHopeless(CycleResult r) => r is { Problem: not null, Observed: ProxyObservation.Seen } or { Observed: ProxyObservation.Unknown { Silent: true } };

        bool IsFenced(CycleResult r) => r is { Fenced: true, Problem: null, Observed: ProxyObservation.Seen seen } && seen.Servers.All(s => s.Fenced) && (next is null || seen.Servers.Any(s => s.Name == next.Name && s.HasAddress(next.Address)));
    }

    /// <summary>Activate: the new server takes clients on every proxy.</summary>
    public async Task<string?> ActivateAsync(Goal goal, CancellationToken cancel)
    {
        var missing = await keepers.ReachAsync(goal, r => r is { Problem: null, Fenced: true } && ServesGoal(r), ActivateDeadline, cancel).ConfigureAwait(false);
        return missing.Count == 0 ? null : Describe(missing, r => r.Problem ?? "does not serve it yet");
    }

    /// <summary>Back to what was: waits until every proxy that can be asked serves it again.</summary>
    public Task RestoreAsync(Goal goal, CancellationToken cancel) => keepers.ReachAsync(goal, r => r.Observed is ProxyObservation.Unknown || ServesGoal(r), RestoreDeadline, cancel);

    public Task<SwitchoverRecord?> BeginAsync(long expected, SwitchoverRequest request, CancellationToken cancel) => store.BeginAsync(name, expected, request, time.GetUtcNow(), cancel);

    // From the journal's commit on nobody may cancel: the answer must be known.
    public Task<Selection> CommitAsync(SwitchoverRecord record) => store.CommitAsync(record, time.GetUtcNow(), CancellationToken.None);

    public Task EndAsync(SwitchoverRecord record, SwitchoverResult result, string message) => store.EndAsync(record, result, message, time.GetUtcNow(), CancellationToken.None);

    public Task<Selection> RollBackAsync(SwitchoverRecord record, string message) => store.RollBackAsync(record, message, time.GetUtcNow(), CancellationToken.None);

    internal static bool ServesGoal(CycleResult result) =>
        result is { Goal: { } goal, Observed: ProxyObservation.Seen seen }
        && (goal.Server is null || seen.Servers.Any(s => s.Name == goal.Server.Name && s.HasAddress(goal.Server.Address) && s.MayTakeClients));

    private static string WhyNotFenced(CycleResult result) => result switch
    {
        { Observed: ProxyObservation.Unknown unknown } => unknown.Reason,
        { Problem: { } problem } => problem,
        { Observed: ProxyObservation.Seen seen } when seen.Servers.Sum(s => s.Sessions?.Count ?? 0) is > 0 and var sessions => $"{sessions} sessions did not end",
        _ => "is not fenced",
    };

    private static string Describe(IReadOnlyDictionary<string, CycleResult?> missing, Func<CycleResult, string> why) =>
        string.Join("; ", missing.Select(m => $"{m.Key}: {(m.Value is null ? "has not answered yet" : why(m.Value))}"));
}
