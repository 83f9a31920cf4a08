using System.Globalization;
using DbSwitch.Configuration.Values;
using DbSwitch.Model;
using DbSwitch.Proxies;
using DbSwitch.Storage;
using Microsoft.Extensions.Logging;

namespace DbSwitch.Switching;

/// <summary>
/// How clients are made to wait without a switchover: the selected server goes into maintenance everywhere, its open sessions go on, and new connections wait in the
/// proxies until somebody releases them or the time is over. It is in the store, so that a manager that is started again lets them go on too.
/// </summary>
public sealed partial class DatabaseSwitch
{
    private static readonly TimeSpan HoldDeadline = TimeSpan.FromSeconds(5);

    // A hold that has ended and that the store could not forget.
    private bool _releaseOwed;

    /// <summary>Makes new connections wait, on every proxy or on none.</summary>
    /// <param name="time">For how long at most; more than 0.</param>
    public async Task<HoldOutcome> HoldAsync(string by, string reason, TimeSpan time, CancellationToken cancel)
    {
        if (!await _changing.WaitAsync(TimeSpan.Zero, cancel).ConfigureAwait(false))
        {
            return new HoldOutcome.Refused(Conflict("a switchover or another change is under way; try again when it has ended"));
        }

        try
        {
            return await HoldAloneAsync(by, reason, time, cancel).ConfigureAwait(false);
        }
        catch (StoreException e)
        {
            StoreProblem = e.Message;
            return Refused(RefusalReason.Guard, e.Message.TrimEnd('.'));
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Lets them go on, to the target that is selected.</summary>
    public async Task<HoldOutcome> ReleaseAsync(string by, CancellationToken cancel)
    {
        await _changing.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            return await ReleaseAloneAsync(by, cancel).ConfigureAwait(false);
        }
        finally
        {
            Running = null;
            _changing.Release();
        }
    }

    private async Task<HoldOutcome> HoldAloneAsync(string by, string reason, TimeSpan time, CancellationToken cancel)
    {
        if (Selection is not { Target: { } target } || _addressInUse is null)
        {
            return Refused(RefusalReason.Conflict, Selection is null ? "what is selected is not known yet" : "no target is selected: new connections wait already, or are closed");
        }

        if (Refusal(null) is { } refusal)
        {
            return new HoldOutcome.Refused(refusal);
        }

        if (Hold is { } other)
        {
            return Refused(RefusalReason.Conflict, $"new connections wait already, held by {other.By} until {other.Until:u}{(other.Reason.Length > 0 ? $" ({other.Reason})" : "")}; end that first (dbswitch release)");
        }

        if (await _switchover.GuardAsync(KeepingGoal(), [], cancel).ConfigureAwait(false) is { } no)
        {
            _keepers.Set(KeepingGoal());
            return Refused(RefusalReason.Guard, no);
        }

        if (Latest.Where(r => r.Observed is ProxyObservation.Seen { Companion: null }).Select(r => r.Proxy).ToList() is { Count: > 0 } bare)
        {
            return Refused(RefusalReason.Guard, $"{string.Join(" and ", bare)} {(bare.Count == 1 ? "has" : "have")} no companion script, so new connections would be closed instead of waiting; load deploy/dbswitch.lua (docs/companion.md)");
        }

        if (OutlastsCeiling(time, "the hold") is { } tooLong)
        {
            return new HoldOutcome.Refused(tooLong);
        }

        var now = _time.GetUtcNow();
        var hold = new HoldState(by, reason, now, now + time);
        await _store.SaveHoldAsync(Name, hold, cancel).ConfigureAwait(false);
        Hold = hold;
        _held.Nudge();
        var missing = await _keepers.ReachAsync(KeepingGoal(), SwitchoverRules.IsHeld, HoldDeadline, CancellationToken.None, SwitchoverRules.IsHopeless).ConfigureAwait(false);
        if (missing.Count > 0)
        {
            // Clients of one proxy that wait while those of another go on would be neither.
            await EndHoldAsync().ConfigureAwait(false);
            _keepers.Set(KeepingGoal());
            return new HoldOutcome.Refused(new SwitchoverOutcome.Refused(RefusalReason.Guard, $"{Name} could not be held on every proxy, and clients go on: {Switchover.Describe(missing, r => r.Problem ?? "did not confirm it in time")}."));
        }

        Holds(Name, by, hold.Until, reason);
        return new HoldOutcome.Done($"{Name}: new connections wait until {hold.Until:u} at the latest ({Durations.Show(time)}); open sessions with {target} go on. \"dbswitch release\" ends it.");
    }

    private async Task<HoldOutcome> ReleaseAloneAsync(string by, CancellationToken cancel)
    {
        if (Hold is not { } hold)
        {
            return new HoldOutcome.Done($"{Name} was not held; nothing was done. Clients go to {Selection?.Target ?? "none"}.");
        }

        var held = _time.GetUtcNow() - hold.Since;
        if (HasMoved(out var target, out var address))
        {
            // Another address now: they go on by way of a switchover to it, never to the old one in between.
            await MoveAsync(target, address, cancel).ConfigureAwait(false);
        }

        await EndHoldAsync().ConfigureAwait(false);
        var missing = await _keepers.ReachAsync(KeepingGoal(), SwitchoverRules.IsActivated, HoldDeadline, cancel).ConfigureAwait(false);
        Released(Name, by, held.TotalSeconds);
        return new HoldOutcome.Done(
            missing.Count == 0
                ? $"{Name}: released after {held.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)} s; clients go on to {Selection!.Target}."
                : $"{Name}: released, but not seen to serve {Selection!.Target} everywhere yet, and tried on: {Switchover.Describe(missing, r => r.Problem ?? "does not serve it yet")}.");
    }

    /// <summary>From here on it is not held; what the keepers do by that is the caller's matter. A store that fails is told later.</summary>
    private async Task EndHoldAsync()
    {
        if (Hold is null)
        {
            return;
        }

        (Hold, _releaseOwed) = (null, true);
        _held.Nudge();
        try
        {
            await SettleHoldAsync().ConfigureAwait(false);
        }
        catch (StoreException e)
        {
            StoreProblem = e.Message;
        }
    }

    private async Task SettleHoldAsync()
    {
        if (_releaseOwed)
        {
            await _store.SaveHoldAsync(Name, null, CancellationToken.None).ConfigureAwait(false);
            _releaseOwed = false;
        }
    }

    private async Task ReleaseInTimeAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                var left = Hold is { } hold ? hold.Until - _time.GetUtcNow() : TimeSpan.FromHours(1);
                if (left <= TimeSpan.Zero)
                {
                    await ReleaseAsync("dbswitch (its time was over)", stop).ConfigureAwait(false);
                }
                else
                {
                    await _held.WaitAsync(left, stop).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The manager ends: the next one finds it in the store.
        }
    }

    private static HoldOutcome.Refused Refused(RefusalReason reason, string why) => new(new SwitchoverOutcome.Refused(reason, $"Nothing was touched: {why}."));

    [LoggerMessage(Level = LogLevel.Information, Message = "{Switch}: held by {By} until {Until:u} ({Reason}); new connections wait")]
    private partial void Holds(string @switch, string by, DateTimeOffset until, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Switch}: released by {By} after {Seconds:0.0} s")]
    private partial void Released(string @switch, string by, double seconds);
}

/// <summary>The answer to a hold or a release.</summary>
public abstract record HoldOutcome
{
    private HoldOutcome()
    {
    }

    /// <param name="Message">What clients experience now.</param>
    public sealed record Done(string Message) : HoldOutcome;

    /// <summary>Clients go on as before.</summary>
    public sealed record Refused(SwitchoverOutcome.Refused Why) : HoldOutcome;
}
