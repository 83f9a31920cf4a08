using DbSwitch.Keeping;
using DbSwitch.Proxies;

namespace DbSwitch.Measuring;

/// <summary>Was something put back that somebody else had changed? Pure.</summary>
internal static class DriftRule
{
    /// <summary>
    /// All was as it should be; then, for the same goal and in the same process, something had to be done. What follows a restart, a switchover or a reload is no drift, and a server
    /// that is only forgotten at last is none either.
    /// </summary>
    public static bool Repaired(CycleResult? before, CycleResult result) =>
        before is { Settled: true, Goal: { } goal, Observed: ProxyObservation.Seen then }
        && result.Goal?.Number == goal.Number
        && result.Observed is ProxyObservation.Seen now
        && (now.Process.Pid, now.Process.StartTime) == (then.Process.Pid, then.Process.StartTime)
        && result.Taken.Any(s => s is Step.Maintain or Step.Cut or Step.Add or Step.SetAddress or Step.MakeReady or Step.DisableAgent or Step.Weigh or Step.Raise);
}
