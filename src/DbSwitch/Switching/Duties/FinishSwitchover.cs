using DbSwitch.Storage;
using DbSwitch.Switching.Core;
using DbSwitch.Switching.Phases;
using DbSwitch.Switching.Rules;
using DbSwitch.Switching.Running;
using Microsoft.Extensions.Logging;

namespace DbSwitch.Switching.Duties;

/// <summary>
/// A switchover that was committed goes forward, whoever began it: its database is promoted, its clients are let in, and its end is noted in the journal once every proxy serves it.
/// </summary>
internal sealed partial class FinishSwitchover(SwitchParts parts) : IDuty
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan FenceDeadline = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan PromoteDeadline = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan ServeDeadline = TimeSpan.FromSeconds(30);

    public string Name => "finish a switchover";

    public async Task RunAsync(CancellationToken stop)
    {
        while (true)
        {
            await parts.Core.WhenAsync(IsOwed, stop).ConfigureAwait(false);
            if (parts.Core.State.AwaitsPromotion)
            {
                await PromoteAsync(stop).ConfigureAwait(false);
            }
            else
            {
                await EndAsync(stop).ConfigureAwait(false);
            }

            if (IsOwed(parts.Core.State))
            {
                await Task.Delay(RetryInterval, parts.Time, stop).ConfigureAwait(false);
            }
        }
    }

    // While a switchover is under way it is its own.
    private static bool IsOwed(SwitchState state) => state is { IsInForce: true, Running: null, Pause: null } && (state.AwaitsPromotion || state.Unfinished is { Committed: true });

    private async Task PromoteAsync(CancellationToken stop)
    {
        using var turn = await parts.Core.EnterAsync(TurnKind.Housekeeping, TimeSpan.Zero, stop).ConfigureAwait(false);

        // Only now, alone, is it certain what is selected and what is owed.
        if (turn is null || turn.State is not { AwaitsPromotion: true, Pause: null, Selection.Target: { } selected } || parts.Probes.PromotionTo(selected, null, false) is not { } promotion)
        {
            return;
        }

        var address = parts.AddressOf(selected);
        await using (promotion.ConfigureAwait(false))
        {
            // A manager before this one may have let clients in at the address of then: another database, until they are proven to be out of it.
            if (turn.State.AddressInUse is { } before && !before.Equals(address)
                && await parts.Core.Keepers.ReachAsync(r => parts.Rules.IsFenced(r, null), FenceDeadline, stop).ConfigureAwait(false) is { Count: > 0 } open)
            {
                parts.Say(ProblemSource.Database, $"{selected} is selected and is at {address} now (before: {before}), and is not promoted there before no client is left where it was ({Missing.Describe(open, Fence.WhyNot)}). Mend what is named; a proxy that is gone for good is taken out by dbswitch release-proxy");
                return;
            }

            if (await PromoteDatabase.FinishAsync(promotion, parts.ClosureBy(selected, turn.State.Selection.Generation), PromoteDeadline, parts.Time, stop).ConfigureAwait(false) is { } notYet)
            {
                parts.Say(ProblemSource.Database, $"{selected} is selected, and no client is let in before its database is promoted: {notYet}");
                return;
            }
        }

        parts.Say(ProblemSource.Database, null);
        try
        {
            if (!Equals(address, turn.State.AddressInUse))
            {
                // Nobody is let in anywhere: what was promoted is what they get.
                await parts.Store.SaveAddressAsync(parts.Name, selected, address!, CancellationToken.None).ConfigureAwait(false);
                turn.Set(turn.State with { AddressInUse = address });
            }
        }
        catch (StoreException e)
        {
            parts.Core.SayStoreFailed(e.Message);
            return;
        }

        await Journal.SettlePromotionAsync(parts, turn).ConfigureAwait(false);
        Promoted(parts.Logger, parts.Name, selected);
    }

    private async Task EndAsync(CancellationToken stop)
    {
        var committed = parts.Core.State.Unfinished;
        var missing = await parts.Core.Keepers.WaitAsync(r => r.Settled && SwitchoverRules.Serves(r), ServeDeadline, stop).ConfigureAwait(false);
        using var turn = await parts.Core.EnterAsync(TurnKind.Housekeeping, Timeout.InfiniteTimeSpan, stop).ConfigureAwait(false);
        if (turn is null || turn.State.Unfinished is not { Committed: true } unfinished || unfinished != committed || turn.State.AwaitsPromotion)
        {
            return;
        }

        var (result, how) = missing.Count == 0
            ? (SwitchoverResult.Succeeded, "finished after the manager was started again")
            : (SwitchoverResult.Partial, $"the manager was started again, and {string.Join(", ", missing.Keys)} did not serve it within {ServeDeadline.TotalSeconds:0} s; still retrying");
        parts.Core.TellProgress(await Journal.EndAsync(parts, turn, unfinished, result, Journal.FinishedAs(parts.Name, unfinished, how)).ConfigureAwait(false), null);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Switch}: {Target} is promoted and takes writes; its clients are let in")]
    private static partial void Promoted(ILogger logger, string @switch, string target);
}
