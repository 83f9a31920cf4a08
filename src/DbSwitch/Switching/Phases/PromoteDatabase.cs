using DbSwitch.Databases;
using DbSwitch.Storage;
using DbSwitch.Switching.Running;

namespace DbSwitch.Switching.Phases;

/// <summary>The new database takes writes. No client is let in before: where it does not succeed, a duty goes on trying.</summary>
internal sealed class PromoteDatabase : ISwitchoverPhase
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(3);

    public SwitchoverPhase Name => SwitchoverPhase.Database;

    public bool ClientsWaitForIt => true;

    public bool AppliesTo(SwitchoverRun run) => run.Plan.Promotion is not null;

    public async Task<string?> DoAsync(SwitchoverRun run, CancellationToken cancel)
    {
        if (await FinishAsync(run.Plan.Promotion!, run.Parts.ClosureBy(run.Record), Deadline, run.Parts.Time, cancel).ConfigureAwait(false) is { } notYet)
        {
            return notYet;
        }

        run.Turn.Set(run.Turn.State with { AwaitsPromotion = false });
        return null;
    }

    /// <summary>Promotes, and verifies; may be called again and again.</summary>
    /// <returns>Null when it is done; otherwise why not yet.</returns>
    public static async Task<string?> FinishAsync(IPromotion promotion, Closure by, TimeSpan deadline, TimeProvider time, CancellationToken end)
    {
        using var timer = new CancellationTokenSource(deadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, end);
        try
        {
            await promotion.FinishAsync(by, either.Token).WaitAsync(deadline + LastWords, time, CancellationToken.None).ConfigureAwait(false);
            return null;
        }
        catch (Exception e) when (e is DatabaseException or TimeoutException)
        {
            end.ThrowIfCancellationRequested();
            return DatabaseWords.Of(e);
        }
    }
}
