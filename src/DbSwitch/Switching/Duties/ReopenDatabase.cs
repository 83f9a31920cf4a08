using DbSwitch.Databases;
using DbSwitch.Storage;
using DbSwitch.Switching.Core;
using DbSwitch.Switching.Running;
using Microsoft.Extensions.Logging;

namespace DbSwitch.Switching.Duties;

/// <summary>A selected database that a switchover of ours had closed to clients, and did not come to open again when it was undone, is opened. What anybody else has closed is told, and left closed.</summary>
internal sealed partial class ReopenDatabase(SwitchParts parts) : IDuty
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(3);

    public string Name => "open a database again";

    public async Task RunAsync(CancellationToken stop)
    {
        while (true)
        {
            await Task.Delay(Interval, parts.Time, stop).ConfigureAwait(false);
            if (!IsOwed)
            {
                continue;
            }

            using var turn = await parts.Core.EnterAsync(TurnKind.Housekeeping, TimeSpan.Zero, stop).ConfigureAwait(false);

            // Only now, alone, is it certain what is selected and what is owed.
            if (turn is not null && IsOwed && turn.State.Selection?.Target is { } selected)
            {
                await MendAsync(turn, selected, stop).ConfigureAwait(false);
            }
        }
    }

    private bool IsOwed => parts.Core.State is { IsInForce: true, Pause: null, AwaitsPromotion: false, Selection.Target: { } target } state
        && (state.UndoOwed is not null || state.ClosedByOther is not null || (parts.Probes.Latest(target) is { } look && look.At > state.LastEnd && IsClosed(look)));

    private static bool IsClosed(Probe look) => look.Facts is { ClosedBy: not null, FollowsAnother: false };

    private async Task MendAsync(Turn turn, string selected, CancellationToken stop)
    {
        if (turn.State.UndoOwed is { } undone)
        {
            await OpenAsync(turn, selected, parts.ClosureBy(undone), parts.Probes.PromotionTo(undone.To, undone.From, false), stop).ConfigureAwait(false);
        }
        else if (parts.Probes.Latest(selected) is not { Facts: { ClosedBy: { } by, FollowsAnother: false } })
        {
            // Somebody has opened it.
            turn.Set(turn.State with { ClosedByOther = null });
            parts.Say(ProblemSource.Database, null);
        }
        else if (await IsOursAndUndoneAsync(by, stop).ConfigureAwait(false) is not { } ours)
        {
            return;
        }
        else if (ours)
        {
            await OpenAsync(turn, selected, by, parts.Probes.PromotionTo(selected, selected, false), stop).ConfigureAwait(false);
        }
        else
        {
            turn.Set(turn.State with { ClosedByOther = by });
            parts.Say(ProblemSource.Database, $"{selected} is selected, and closed to clients by {by.Who}, since {by.Next}{(by.NextAddress is null ? "" : $" ({by.NextAddress})")} was to take its place: clients get no answer. Select that one, or open {selected} all the same and lose what that one has confirmed: dbswitch select --none, then dbswitch select {selected} --force");
        }
    }

    /// <summary>What somebody else has closed, or a switchover that was committed, is not ours to open. One that the store does not know is nobody's.</summary>
    /// <returns>Null while the store can't say.</returns>
    private async Task<bool?> IsOursAndUndoneAsync(Closure by, CancellationToken cancel)
    {
        if (!by.IsOfSameSwitch(parts.ClosureBy(by.Next, 0)))
        {
            return false;
        }

        try
        {
            return await parts.Store.FindAsync(parts.Name, by.Switchover, cancel).ConfigureAwait(false) is { Committed: false, Generation: var generation } && generation == by.Generation;
        }
        catch (StoreException e)
        {
            parts.Core.SayStoreFailed(e.Message);
            return null;
        }
    }

    /// <param name="promotion">Null while its address is not known, and where the configuration does not promote it any more.</param>
    private async Task OpenAsync(Turn turn, string selected, Closure by, IPromotion? promotion, CancellationToken stop)
    {
        if (promotion is null)
        {
            return;
        }

        await using (promotion.ConfigureAwait(false))
        {
            using var timer = new CancellationTokenSource(Deadline, parts.Time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, stop);
            try
            {
                await promotion.UndoAsync(by, either.Token).WaitAsync(either.Token).ConfigureAwait(false);
                await Journal.SettleUndoAsync(parts, turn).ConfigureAwait(false);
                parts.Say(ProblemSource.Database, null);
                Opened(parts.Logger, parts.Name, selected);
            }
            catch (Exception e) when (e is DatabaseException || (e is OperationCanceledException && !stop.IsCancellationRequested))
            {
                parts.Say(ProblemSource.Database, $"{selected} is selected, and a switchover that was undone has left it closed to clients: {DatabaseWords.Of(e)}");
            }
        }

        // Not again before it was looked at again.
        await parts.Probes.GuardAsync(selected, null, false, stop).ConfigureAwait(false);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Switch}: {Target} was closed to clients by a switchover that was undone, and is open again")]
    private static partial void Opened(ILogger logger, string @switch, string target);
}
