using DbSwitch.Databases;
using DbSwitch.Storage;
using DbSwitch.Switching.Running;

namespace DbSwitch.Switching.Phases;

/// <summary>Nothing can be written to the old database any more, and the new one has all of it. All of that can be undone.</summary>
internal sealed class QuietDatabase : ISwitchoverPhase
{
    // Below the 5 s that clients wait by default.
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan ReopenDeadline = TimeSpan.FromSeconds(3);

    public SwitchoverPhase Name => SwitchoverPhase.Database;

    public bool AppliesTo(SwitchoverRun run) => run.Plan.Promotion is not null;

    public async Task<string?> DoAsync(SwitchoverRun run, CancellationToken cancel)
    {
        using var timer = new CancellationTokenSource(Deadline, run.Parts.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancel);
        try
        {
            await run.Plan.Promotion!.QuietAsync(run.Parts.ClosureBy(run.Record), either.Token).WaitAsync(Deadline + ReopenDeadline, run.Parts.Time, CancellationToken.None).ConfigureAwait(false);
            return null;
        }
        catch (Exception e) when (e is DatabaseException or TimeoutException)
        {
            run.Parts.Core.Ending.ThrowIfCancellationRequested();
            return DatabaseWords.Of(e);
        }
    }

    public async Task UndoAsync(SwitchoverRun run, CancellationToken cancel)
    {
        using var timer = new CancellationTokenSource(ReopenDeadline, run.Parts.Time);
        try
        {
            await run.Plan.Promotion!.UndoAsync(run.Parts.ClosureBy(run.Record), timer.Token).WaitAsync(timer.Token).ConfigureAwait(false);
            await Journal.SettleUndoAsync(run.Parts, run.Turn).ConfigureAwait(false);
        }
        catch (Exception e) when (e is DatabaseException or OperationCanceledException)
        {
            run.Turn.Set(run.Turn.State with { UndoOwed = run.Record });
            run.LeaveOver($"it could not be opened to clients again yet ({DatabaseWords.Of(e)}); still retrying");
        }
    }
}
