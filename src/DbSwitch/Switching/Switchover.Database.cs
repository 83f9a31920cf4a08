using DbSwitch.Databases;
using DbSwitch.Keeping;
using DbSwitch.Model;
using DbSwitch.Storage;

namespace DbSwitch.Switching;

/// <summary>
/// The Database phase, in two parts. Before the commit, which is the point of no return and is in the journal: the old database is made quiet, and all of that can be undone.
/// After it: the new one is promoted, and it goes forward only. No client reaches either meanwhile.
/// </summary>
internal sealed partial class Switchover
{
    // Below the 5 s that clients wait by default.
    private static readonly TimeSpan QuietDeadline = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan PromoteDeadline = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ReopenDeadline = TimeSpan.FromSeconds(3);

    /// <returns>Null when nothing can be written to the old database any more, and the new one has all of it; otherwise why it is to be undone.</returns>
    private async Task<string?> QuietAsync(SwitchoverPlan plan, Abortion abortion, CancellationToken end)
    {
        if (plan.Promotion is not { } promotion)
        {
            return null;
        }

        plan.Watch.Next(SwitchoverPhase.Database);
        using var timer = new CancellationTokenSource(QuietDeadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, end, abortion.Asked);
        try
        {
            await promotion.QuietAsync(either.Token).WaitAsync(QuietDeadline + ReopenDeadline, time, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception e) when (e is DatabaseException or TimeoutException)
        {
            end.ThrowIfCancellationRequested();
            return abortion.By is not null ? AbortedBy(abortion) : Words(e);
        }

        // It took a while: a proxy that was started again meanwhile, by somebody with other ideas, is seen by its keeper.
        var next = plan.After.Server;
        var unfenced = keepers.Latest.Where(r => !rules.IsFenced(r, next)).ToDictionary(r => r.Proxy, r => (CycleResult?)r);
        return unfenced.Count == 0 ? null : $"not every proxy is fenced any more ({Describe(unfenced, WhyNotFenced)})";
    }

    /// <returns>Null when the new database takes writes; otherwise why it does not yet.</returns>
    private async Task<string?> PromoteAsync(SwitchoverPlan plan, CancellationToken end)
    {
        if (plan.Promotion is not { } promotion)
        {
            return null;
        }

        plan.Watch.Next(SwitchoverPhase.Database);
        return await FinishAsync(promotion, PromoteDeadline, time, end).ConfigureAwait(false);
    }

    /// <summary>Promotes, and verifies; may be called again and again.</summary>
    /// <returns>Null when it is done; otherwise why not yet.</returns>
    public static async Task<string?> FinishAsync(IPromotion promotion, TimeSpan deadline, TimeProvider time, CancellationToken end)
    {
        using var timer = new CancellationTokenSource(deadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, end);
        try
        {
            await promotion.FinishAsync(either.Token).WaitAsync(deadline + ReopenDeadline, time, CancellationToken.None).ConfigureAwait(false);
            return null;
        }
        catch (Exception e) when (e is DatabaseException or TimeoutException)
        {
            end.ThrowIfCancellationRequested();
            return Words(e);
        }
    }

    /// <summary>What a person is told of it.</summary>
    public static string Words(Exception e) => e is TimeoutException or OperationCanceledException ? "the databases did not answer in time" : e.Message;

    /// <returns>What is to be added to the reason of a rollback; empty when the old database lets clients in as before.</returns>
    private async Task<string> ReopenAsync(SwitchoverPlan plan)
    {
        if (plan.Promotion is not { } promotion)
        {
            return "";
        }

        using var timer = new CancellationTokenSource(ReopenDeadline, time);
        try
        {
            await promotion.UndoAsync(timer.Token).WaitAsync(timer.Token).ConfigureAwait(false);
            return "";
        }
        catch (Exception e) when (e is DatabaseException or OperationCanceledException)
        {
            return $"; and it could not be opened to clients again yet ({Words(e)}), which is tried on";
        }
    }

    private SwitchoverEnd NotPromoted(SwitchoverRecord record, Selection selection, string why)
    {
        var message = $"{name}: {record.To} is selected, and no client is let in before its database is promoted ({why}); the manager goes on trying. Look at \"dbswitch status\".";
        Ended(name, record.Generation, record.Id, message);
        return new SwitchoverEnd(record with { Result = SwitchoverResult.Partial, Message = message }, selection) { AwaitsDatabase = true };
    }
}
