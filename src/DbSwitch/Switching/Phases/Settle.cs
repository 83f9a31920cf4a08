using DbSwitch.Storage;
using DbSwitch.Switching.Running;

namespace DbSwitch.Switching.Phases;

/// <summary>
/// No client reaches the old database any more, and what was delivered may still run there: nobody can ask a database that is known by its address alone, so it is given the time that
/// the configuration says (<c>settle:</c>).
/// </summary>
internal sealed class Settle : ISwitchoverPhase
{
    public SwitchoverPhase Name => SwitchoverPhase.Settle;

    public bool AppliesTo(SwitchoverRun run) => run.Plan.Settle > TimeSpan.Zero;

    public async Task<string?> DoAsync(SwitchoverRun run, CancellationToken cancel)
    {
        var since = run.Parts.Time.GetTimestamp();
        while (run.Plan.Settle - run.Parts.Time.GetElapsedTime(since) is { Ticks: > 0 } left)
        {
            // A timer may be a few milliseconds early.
            await Task.Delay(left + TimeSpan.FromMilliseconds(1), run.Parts.Time, cancel).ConfigureAwait(false);
        }

        return null;
    }
}
