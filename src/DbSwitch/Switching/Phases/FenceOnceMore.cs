using DbSwitch.Storage;
using DbSwitch.Switching.Running;

namespace DbSwitch.Switching.Phases;

/// <summary>Some proofs are older than the slowest one, or than the time to settle: once more, now that all are fenced. A proxy may have restarted meanwhile.</summary>
internal sealed class FenceOnceMore : ISwitchoverPhase
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    public SwitchoverPhase Name => SwitchoverPhase.Fence;

    public bool AppliesTo(SwitchoverRun run) => run.Parts.Core.Keepers.Proxies.Count > 1 || run.Plan.Settle > TimeSpan.Zero;

    public Task<string?> DoAsync(SwitchoverRun run, CancellationToken cancel) => Fence.ProveAsync(run, Deadline, cancel);
}
