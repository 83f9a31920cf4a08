using DbSwitch.Keeping;
using DbSwitch.Proxies;
using DbSwitch.Storage;
using DbSwitch.Switching.Core;
using DbSwitch.Switching.Rules;
using DbSwitch.Switching.Running;

namespace DbSwitch.Switching.Phases;

/// <summary>On every proxy no client reaches any database, proven. The next server is made present meanwhile, in maintenance.</summary>
internal sealed class Fence : ISwitchoverPhase
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RestoreDeadline = TimeSpan.FromSeconds(3);

    public SwitchoverPhase Name => SwitchoverPhase.Fence;

    public bool AppliesTo(SwitchoverRun run) => true;

    public Task<string?> DoAsync(SwitchoverRun run, CancellationToken cancel)
    {
        run.Count.Fencing();
        return ProveAsync(run, run.Plan.Grace + Deadline, cancel);
    }

    /// <summary>Back to what was, on every proxy that can be asked, under the generation that the rollback takes: what was sent for this switchover and comes late is refused by it.</summary>
    public async Task UndoAsync(SwitchoverRun run, CancellationToken cancel)
    {
        await run.RollBackAsync().ConfigureAwait(false);
        var keepers = run.Parts.Core.Keepers;

        // A proxy that can't be asked is not waited for, and is named all the same.
        await keepers.ReachAsync(r => r.Observed is ProxyObservation.Unknown || SwitchoverRules.Serves(r), RestoreDeadline, cancel).ConfigureAwait(false);
        var missing = keepers.Latest.Where(r => !SwitchoverRules.Serves(r)).ToDictionary(r => r.Proxy, r => (CycleResult?)r);
        if (missing.Count > 0)
        {
            run.LeaveOver($"Not confirmed yet, still retrying: {Missing.Describe(missing, r => r.Problem ?? "does not serve it yet")}.");
        }
    }

    /// <returns>Null when every proxy has proven it; otherwise which has not, and why.</returns>
    public static async Task<string?> ProveAsync(SwitchoverRun run, TimeSpan deadline, CancellationToken cancel)
    {
        var next = SwitchoverRules.ServerOf(run.Plan);

        // A hold ends here and not earlier: nobody is let in for a moment in between. And what a person has decided is in force from here on.
        var missing = await run.Turn.ReachAsync(run.Turn.State with { Stage = Stage.Fence, Hold = null, IsInForce = true, NeedsPerson = null, Restores = false }, r => run.Parts.Rules.IsFenced(r, next), deadline, cancel, SwitchoverRules.IsHopeless, run.Plan.Without).ConfigureAwait(false);
        return missing.Count == 0 ? null : $"not every proxy could be fenced ({Missing.Describe(missing, WhyNot)})";
    }

    public static string WhyNot(CycleResult result) => result switch
    {
        { Observed: ProxyObservation.Unknown unknown } => unknown.Reason,
        { Problem: { } problem } => problem,
        { Unfenced: { } why } => why,
        { Observed: ProxyObservation.Seen seen } when seen.Servers.Sum(s => s.Sessions?.Count ?? 0) is > 0 and var sessions => $"{sessions} {(sessions == 1 ? "session" : "sessions")} did not end",
        _ => "is not fenced",
    };
}
