using DbSwitch.Databases;
using DbSwitch.Storage;
using DbSwitch.Switching.Commands;
using DbSwitch.Switching.Core;
using DbSwitch.Switching.Running;

namespace DbSwitch.Switching.Duties;

/// <summary>
/// When the selected database was started again and came back without its data, none is selected any more, by an ordinary switchover with its fence: clients wait, and get no answer, rather than an
/// empty database that looks healthy. A person decides what comes next. What it had before is known to this manager alone, and not to one that is started afterwards.
/// </summary>
internal sealed class LeaveEmptyDatabase(SwitchParts parts, Selecting selecting) : IDuty
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(2);

    public string Name => "keep clients from an empty database";

    public async Task RunAsync(CancellationToken stop)
    {
        // Of one selection only: whoever selects the same one again has decided that it is right as it is then.
        (long Generation, DatabaseFacts Facts)? before = null;
        while (true)
        {
            await Task.Delay(Interval, parts.Time, stop).ConfigureAwait(false);
            if (parts.Core.State is not { IsInForce: true, Pause: null, Running: null, AwaitsPromotion: false, Selection: { Target: { } selected } selection })
            {
                continue;
            }

            // What is said of an empty one is over when a person has decided.
            if (parts.Probes.Latest(selected) is not { Health: Health.Healthy, Facts: { } facts } || !parts.Configuration.Targets[selected].Database.HoldsWhenEmpty)
            {
                continue;
            }

            if (before is not { } had || had.Generation != selection.Generation || !facts.CameBackEmpty(had.Facts))
            {
                before = (selection.Generation, facts);
                parts.Say(ProblemSource.Empty, null);
                continue;
            }

            var why = $"{selected} was started again and came back without its data ({had.Facts.Amount} before, {facts.Amount} now)";
            // Nobody is left a drain's time to write to it.
            var outcome = await selecting.SelectAsync(new SwitchoverRequest(null, "dbswitch", why), selection.Generation, TimeSpan.Zero, stop).ConfigureAwait(false);
            if (parts.Core.State.Selection is { Target: null })
            {
                before = null;
                parts.Say(ProblemSource.Empty, $"{why}: none is selected, and clients wait. Bring its data back, or, where another target still has them, select that one with --force. If it may be empty: dbswitch select {selected}");
                continue;
            }

            parts.Say(ProblemSource.Empty, $"{why}, and clients may still reach it: {outcome.Message}");
            await Task.Delay(RetryInterval, parts.Time, stop).ConfigureAwait(false);
        }
    }
}
