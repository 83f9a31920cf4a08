using System.Globalization;
using DbSwitch.Configuration.Values;
using DbSwitch.Model;
using DbSwitch.Storage;
using DbSwitch.Switching.Core;
using DbSwitch.Switching.Outcomes;
using DbSwitch.Switching.Rules;
using DbSwitch.Switching.Running;
using Microsoft.Extensions.Logging;

namespace DbSwitch.Switching.Commands;

/// <summary>
/// How clients are made to wait without a switchover: the selected server goes into maintenance everywhere, its open sessions go on, and new connections wait in the proxies until somebody
/// releases them or the time has passed. It is in the store, so that a manager that is started again lets them go on too.
/// </summary>
internal sealed partial class Holding(SwitchParts parts, OperatorCommands commands)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    /// <summary>Makes new connections wait, on every proxy or on none.</summary>
    /// <param name="time">For how long at most; more than 0.</param>
    public async Task<HoldOutcome> HoldAsync(string by, string reason, TimeSpan time, CancellationToken cancel)
    {
        var request = new CommandRequest(Command.Hold, new SwitchoverRequest(null, by, reason), time, "the hold");
        return HoldOutcome.Of(await commands.DoAsync(request, () => HoldAloneAsync(request, time, cancel), cancel).ConfigureAwait(false));
    }

    /// <summary>Lets them go on, to the target that is selected.</summary>
    public async Task<HoldOutcome> ReleaseAsync(string by, CancellationToken cancel)
    {
        var request = new CommandRequest(Command.Release, new SwitchoverRequest(null, by, ""), TimeSpan.Zero, "");
        return HoldOutcome.Of(await commands.DoAsync(request, () => ReleaseAloneAsync(request.Turn, by, cancel), cancel).ConfigureAwait(false));
    }

    private async Task<SwitchoverOutcome> HoldAloneAsync(CommandRequest request, TimeSpan time, CancellationToken cancel)
    {
        var (turn, by, reason) = (request.Turn, request.Selection.By, request.Selection.Reason);
        var now = parts.Time.GetUtcNow();
        var hold = new HoldState(by, reason, now, now + time);
        await parts.Store.SaveHoldAsync(parts.Name, hold, cancel).ConfigureAwait(false);
        var missing = await turn.ReachAsync(turn.State with { Hold = new RunningHold(hold, parts.Time.GetTimestamp(), time), Stage = Stage.Keep }, SwitchoverRules.IsHeld, Deadline, parts.Core.Ending, SwitchoverRules.IsHopeless).ConfigureAwait(false);
        if (missing.Count > 0)
        {
            // Clients of one proxy that wait while those of another go on would be neither.
            turn.Set(turn.State with { Hold = null, ReleaseOwed = true, Restores = true });
            await Journal.ForgetHoldAsync(parts, turn).ConfigureAwait(false);
            return new SwitchoverOutcome.Refused(RefusalReason.Guard, $"{parts.Name} could not be held on every proxy, and clients go on: {Missing.Describe(missing, r => r.Problem ?? "did not confirm it in time")}.");
        }

        Holds(parts.Logger, parts.Name, by, hold.Until, reason);
        return new SwitchoverOutcome.Unchanged($"{parts.Name}: new connections wait until {hold.Until:u} at the latest ({Durations.Show(time)}); open sessions with {turn.State.Selection!.Target} go on. \"dbswitch release\" ends it.");
    }

    private async Task<SwitchoverOutcome> ReleaseAloneAsync(Turn turn, string by, CancellationToken cancel)
    {
        if (turn.State.Hold is not { } hold)
        {
            return new SwitchoverOutcome.Unchanged($"{parts.Name} was not held; nothing was done. {Clients.Now(turn.State)}");
        }

        var held = (hold.Said.Until - hold.Said.Since) - hold.Left(parts.Time);
        await FollowAsync(turn, cancel).ConfigureAwait(false);
        var missing = await turn.ReachAsync(turn.State with { Hold = null, ReleaseOwed = true, Restores = true }, SwitchoverRules.IsActivated, Deadline, cancel).ConfigureAwait(false);
        await Journal.ForgetHoldAsync(parts, turn).ConfigureAwait(false);
        Released(parts.Logger, parts.Name, by, held.TotalSeconds);
        return new SwitchoverOutcome.Unchanged(
            missing.Count == 0
                ? $"{parts.Name}: released after {held.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)} s; clients go on to {turn.State.Selection!.Target}."
                : $"{parts.Name}: released, but not confirmed everywhere yet, still retrying: {Missing.Describe(missing, r => r.Problem ?? "does not serve it yet")}.");
    }

    /// <summary>Where the target is at another address now, they go on by way of a switchover to it, never to the old one in between. Where that can't be journalled they go on to the old one.</summary>
    private async Task FollowAsync(Turn turn, CancellationToken cancel)
    {
        if (AddressMove.Due(parts) is not ({ } target, { } address))
        {
            return;
        }

        try
        {
            await AddressMove.DoAsync(parts, turn, target, address, cancel).ConfigureAwait(false);
        }
        catch (StoreException e)
        {
            parts.Core.SayStoreFailed(e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Switch}: held by {By} until {Until:u} ({Reason}); new connections wait")]
    private static partial void Holds(ILogger logger, string @switch, string by, DateTimeOffset until, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Switch}: released by {By} after {Seconds:0.0} s")]
    private static partial void Released(ILogger logger, string @switch, string by, double seconds);
}
