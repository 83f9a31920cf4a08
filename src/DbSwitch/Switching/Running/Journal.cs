using DbSwitch.Storage;
using DbSwitch.Switching.Core;
using Microsoft.Extensions.Logging;

namespace DbSwitch.Switching.Running;

/// <summary>
/// What is written to the store beside a switchover's beginning and commit, and what becomes of it when the store can't be written: the proxies are kept as before, and what is owed is noted once it can be.
/// </summary>
internal static partial class Journal
{
    /// <summary>Notes the end of a committed switchover.</summary>
    public static async Task<SwitchoverRecord> EndAsync(SwitchParts parts, Turn turn, SwitchoverRecord record, SwitchoverResult result, string message)
    {
        record = record with { OwesPromotion = turn.State.AwaitsPromotion };
        var ended = record with { Committed = true, Result = result, Ended = parts.Time.GetUtcNow(), Message = message };
        try
        {
            await parts.Store.EndAsync(record, result, message, ended.Ended!.Value, CancellationToken.None).ConfigureAwait(false);
            turn.Set(turn.State with { Unfinished = null, EndOwed = null });
            parts.Core.Say(ProblemSource.Store, null);
        }
        catch (StoreException e)
        {
            parts.Core.SayStoreFailed(e.Message);
            turn.Set(turn.State with { Unfinished = null, EndOwed = ended });
            ended = ended with { Message = $"{message} Its end could not be noted in the store: {e.Message}" };
        }

        Ended(parts.Logger, parts.Name, record.Generation, record.Id, ended.Message);
        return ended;
    }

    /// <summary>Notes what the store does not know of yet: it takes no new switchover before the last one has its end.</summary>
    /// <exception cref="StoreException">It still can't be noted.</exception>
    public static async Task SettleAsync(SwitchParts parts, Turn turn)
    {
        if (turn.State.Unfinished is { Committed: true } left)
        {
            turn.Set(turn.State with
            {
                EndOwed = left with { OwesPromotion = turn.State.AwaitsPromotion, Result = SwitchoverResult.Partial, Message = FinishedAs(parts.Name, left, "the manager was started again, and the next switchover began before every proxy was seen to serve it") },
                Unfinished = null,
            });
        }

        await SettleOwedAsync(parts, turn).ConfigureAwait(false);
    }

    /// <summary>The same, but for a switchover that still goes forward.</summary>
    /// <exception cref="StoreException">It still can't be noted.</exception>
    public static async Task SettleOwedAsync(SwitchParts parts, Turn turn)
    {
        if (turn.State.EndOwed is { Committed: true } ended)
        {
            await parts.Store.EndAsync(ended, ended.Result, ended.Message, ended.Ended ?? parts.Time.GetUtcNow(), CancellationToken.None).ConfigureAwait(false);
            turn.Set(turn.State with { EndOwed = null });
        }
        else if (turn.State.EndOwed is { } undone)
        {
            var selection = await parts.Store.RollBackAsync(undone, undone.Message, turn.State.UndoOwed?.Id == undone.Id, undone.Ended ?? parts.Time.GetUtcNow(), CancellationToken.None).ConfigureAwait(false);
            turn.Set(turn.State with { Selection = selection, EndOwed = null });
        }

        await SettleHoldAsync(parts, turn).ConfigureAwait(false);
    }

    /// <summary>The store forgets a hold that ends now; that it can't is told, and tried again later.</summary>
    public static async Task ForgetHoldAsync(SwitchParts parts, Turn turn)
    {
        if (turn.State.Hold is null && !turn.State.ReleaseOwed)
        {
            return;
        }

        turn.Set(turn.State with { ReleaseOwed = true });
        try
        {
            await SettleHoldAsync(parts, turn).ConfigureAwait(false);
        }
        catch (StoreException e)
        {
            parts.Core.SayStoreFailed(e.Message);
        }
    }

    /// <summary>What is selected is promoted. Where the store can't note it, it is promoted once more after a restart, which does no harm.</summary>
    public static async Task SettlePromotionAsync(SwitchParts parts, Turn turn)
    {
        turn.Set(turn.State with { AwaitsPromotion = false });
        if (turn.State.Unfinished is not null)
        {
            // Its end notes it.
            return;
        }

        try
        {
            await parts.Store.SettlePromotionAsync(parts.Name, CancellationToken.None).ConfigureAwait(false);
        }
        catch (StoreException e)
        {
            parts.Core.SayStoreFailed(e.Message);
        }
    }

    /// <summary>What was done to the databases is taken back. Where the store can't note it, it is taken back once more after a restart, which does no harm.</summary>
    public static async Task SettleUndoAsync(SwitchParts parts, Turn turn)
    {
        turn.Set(turn.State with { UndoOwed = null });
        try
        {
            await parts.Store.SettleUndoAsync(parts.Name, CancellationToken.None).ConfigureAwait(false);
        }
        catch (StoreException e)
        {
            parts.Core.SayStoreFailed(e.Message);
        }
    }

    public static string FinishedAs(string name, SwitchoverRecord committed, string how) => $"{name}: {committed.To ?? "none"} is selected (before: {committed.From ?? "none"}; {how}).";

    private static async Task SettleHoldAsync(SwitchParts parts, Turn turn)
    {
        if (turn.State.ReleaseOwed)
        {
            await parts.Store.SaveHoldAsync(parts.Name, null, CancellationToken.None).ConfigureAwait(false);
            turn.Set(turn.State with { ReleaseOwed = false });
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Switch}: generation {Generation}, switchover {Id}: {Message}")]
    private static partial void Ended(ILogger logger, string @switch, long generation, long id, string message);
}
