using DbSwitch.Storage;
using DbSwitch.Switching.Core;
using DbSwitch.Switching.Rules;
using DbSwitch.Switching.Running;

namespace DbSwitch.Switching.Phases;

/// <summary>The new server takes clients on every proxy. What is left over is deleted when that is done, by the goal that follows.</summary>
internal sealed class Activate : ISwitchoverPhase
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);

    public SwitchoverPhase Name => SwitchoverPhase.Activate;

    public bool AppliesTo(SwitchoverRun run) => true;

    public async Task<string?> DoAsync(SwitchoverRun run, CancellationToken cancel)
    {
        var missing = await run.Turn.ReachAsync(run.Turn.State with { Stage = Stage.Activate }, SwitchoverRules.IsActivated, Deadline, cancel, without: run.Plan.Without).ConfigureAwait(false);
        return missing.Count == 0 ? null : Missing.Describe(missing, r => r.Problem ?? "does not serve it yet");
    }
}
