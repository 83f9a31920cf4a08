using DbSwitch.Databases;
using DbSwitch.Switching.Core;
using DbSwitch.Switching.Running;
using Microsoft.Extensions.Logging;

namespace DbSwitch.Switching.Duties;

/// <summary>A selected database that a switchover had closed to clients, and did not come to open again when it was undone, is opened.</summary>
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
                await OpenAsync(turn, selected, stop).ConfigureAwait(false);
            }
        }
    }

    private bool IsOwed => parts.Core.State is { IsInForce: true, Pause: null, AwaitsPromotion: false, Selection.Target: { } target } state
        && (state.UndoOwed is not null || (parts.Probes.Latest(target) is { Facts.IsClosedByUs: true } look && look.At > state.LastEnd));

    private async Task OpenAsync(Turn turn, string selected, CancellationToken stop)
    {
        var (to, from) = turn.State.UndoOwed is { } undone ? (undone.To, undone.From) : (selected, selected);
        if (parts.Probes.PromotionTo(to, from, false) is not { } promotion)
        {
            // Its address is not known yet, or the configuration does not promote it any more.
            return;
        }

        await using (promotion.ConfigureAwait(false))
        {
            using var timer = new CancellationTokenSource(Deadline, parts.Time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, stop);
            try
            {
                await promotion.UndoAsync(either.Token).WaitAsync(either.Token).ConfigureAwait(false);
                await Journal.SettleUndoAsync(parts, turn).ConfigureAwait(false);
                parts.Core.Say(ProblemSource.Database, null);
                Opened(parts.Logger, parts.Name, selected);
            }
            catch (Exception e) when (e is DatabaseException || (e is OperationCanceledException && !stop.IsCancellationRequested))
            {
                var problem = $"{selected} is selected, and a switchover that was undone has left it closed to clients: {DatabaseWords.Of(e)}";
                if (parts.Core.Say(ProblemSource.Database, problem))
                {
                    Trouble(parts.Logger, parts.Name, problem);
                }
            }
        }

        // Not again before it was looked at again.
        await parts.Probes.GuardAsync(selected, null, false, stop).ConfigureAwait(false);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Switch}: {Problem}")]
    private static partial void Trouble(ILogger logger, string @switch, string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Switch}: {Target} was closed to clients by a switchover that was undone, and is open again")]
    private static partial void Opened(ILogger logger, string @switch, string target);
}
