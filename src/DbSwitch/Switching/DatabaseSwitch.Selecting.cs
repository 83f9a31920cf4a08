using System.Net;
using DbSwitch.Configuration.Values;
using DbSwitch.Databases;
using DbSwitch.Model;
using DbSwitch.Storage;

namespace DbSwitch.Switching;

/// <summary>Who may change the selection, when, and how it goes.</summary>
public sealed partial class DatabaseSwitch
{
    /// <summary>Sends clients to another target, or to none: succeeded, refused (nothing touched), or rolled back.</summary>
    /// <param name="ifGeneration">Refuse when the generation is not this one; null for any.</param>
    /// <param name="drain">How long open sessions may end by themselves before they are cut; null for the configuration's.</param>
    public async Task<SwitchoverOutcome> SelectAsync(SwitchoverRequest request, long? ifGeneration, TimeSpan? drain, CancellationToken cancel)
    {
        var outcome = await AloneAsync(request, () => SelectAloneAsync(request, ifGeneration, drain, cancel), cancel).ConfigureAwait(false);
        if (outcome is SwitchoverOutcome.Refused refused)
        {
            SelectionRefused?.Invoke(refused);
        }

        return outcome;
    }

    /// <summary>One request at a time: the others are told which.</summary>
    private async Task<SwitchoverOutcome> AloneAsync(SwitchoverRequest request, Func<Task<SwitchoverOutcome>> work, CancellationToken cancel)
    {
        if (UnknownProxy(request.Without) is { } unknown)
        {
            return unknown;
        }

        if (request.Target is { } wanted && !Configuration.Targets.ContainsKey(wanted))
        {
            return new SwitchoverOutcome.Refused(RefusalReason.UnknownTarget, $"{Name} has no target {wanted}; its targets are {string.Join(", ", Configuration.Targets.Keys)}{Suggestion.AtEnd(wanted, Configuration.Targets.Keys)}");
        }

        if (!await _changing.WaitAsync(_tending || _isOver ? TendPatience : TimeSpan.Zero, cancel).ConfigureAwait(false))
        {
            return Conflict(_running is { } other ? $"a switchover to {other.To ?? "none"} by {other.By} is under way (id {other.Id}); wait for its end" : "another change is under way; try again");
        }

        _isOver = false;
        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (StoreException e)
        {
            StoreProblem = e.Message;
            return new SwitchoverOutcome.Refused(RefusalReason.Guard, $"Nothing was touched: {e.Message}");
        }
        finally
        {
            Running = null;
            _changing.Release();
        }
    }

    private async Task<SwitchoverOutcome> SelectAloneAsync(SwitchoverRequest request, long? ifGeneration, TimeSpan? drain, CancellationToken cancel)
    {
        if (Selection is null)
        {
            return NeedsPerson is null ? NotKnownYet() : await DecideByPersonAsync(request, cancel).ConfigureAwait(false);
        }

        if (Refusal(ifGeneration) is { } refusal)
        {
            return refusal;
        }

        if (await CatchUpAsync(request.By, cancel).ConfigureAwait(false) is { } behind)
        {
            return behind;
        }

        var present = Selection;
        if (request.Target == present.Target)
        {
            return AlreadySelected(present);
        }

        if (NoAddress(request.Target) is { } noAddress)
        {
            return noAddress;
        }

        await SettleAsync().ConfigureAwait(false);
        present = Selection;
        var grace = GraceFor(drain ?? Configuration.Drain);
        var watch = new PhaseWatch(_time, SwitchoverPhase.Guard);
        if (OutlastsCeiling(grace + Configuration.Settle, "the drain and settle:") is { } tooLong)
        {
            return tooLong;
        }

        var (overridden, vetoed) = await AskAsync(request, cancel).ConfigureAwait(false);
        if (vetoed is not null)
        {
            return vetoed;
        }

        var guarded = await GuardTargetAsync(request, cancel).ConfigureAwait(false);
        if (guarded.Refusal is { } notFit)
        {
            return notFit;
        }

        if (await _switchover.GuardAsync(KeepingGoal(), request.Without, cancel).ConfigureAwait(false) is { } no)
        {
            _keepers.Set(KeepingGoal());
            return new SwitchoverOutcome.Refused(RefusalReason.Guard, $"Nothing was touched: {no}.");
        }

        var (promotion, notPrepared) = await PrepareAsync(request, cancel).ConfigureAwait(false);
        if (notPrepared is not null)
        {
            return notPrepared;
        }

        try
        {
            watch.Next(SwitchoverPhase.Journal);
            await EndHoldAsync().ConfigureAwait(false);
            var record = await _store.BeginAsync(Name, present.Generation, request with { Overridden = string.Join("; ", ((string[])[overridden, guarded.Overridden]).Where(o => o.Length > 0)) }, _time.GetUtcNow(), cancel).ConfigureAwait(false);
            StoreProblem = null;
            return record is null
                ? Conflict("its generation in the store is another one than here; was the store changed by hand?")
                : new SwitchoverOutcome.Ended(await RunAsync(record, present, request, AddressOf(request.Target), grace, watch, promotion).ConfigureAwait(false));
        }
        finally
        {
            if (promotion is not null)
            {
                await promotion.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private async Task<SwitchoverRecord> RunAsync(SwitchoverRecord record, Selection present, SwitchoverRequest request, IPEndPoint? address, TimeSpan grace, PhaseWatch watch, IPromotion? promotion)
    {
        using var abortion = new Abortion(record.Id);
        (_abortion, Running, _grace) = (abortion, record, grace);
        watch.Entered += phase => TellProgress(record, phase);
        try
        {
            var plan = new SwitchoverPlan(KeepingGoal(), GoalOf(request.Target, address) with { Generation = record.Generation }, grace, Configuration.Settle, request.Without, watch) { Promotion = promotion, Pauses = !request.Follows && request.Target != present.Target, Force = request.Force };
            var end = await RunAsync(record, present, address, plan, abortion).ConfigureAwait(false);
            abortion.End(end);
            TellProgress(end, null);
            SwitchoverTrace.Emit(end, watch);
            return end;
        }
        finally
        {
            _abortion = null;
        }
    }

    private async Task<SwitchoverRecord> RunAsync(SwitchoverRecord record, Selection present, IPEndPoint? address, SwitchoverPlan plan, Abortion abortion)
    {
        var end = await _switchover.RunAsync(record, plan, abortion, _ending.Token).ConfigureAwait(false);
        _isOver = true;
        (Selection, StoreProblem, _owed, _undone) = (end.Selection ?? present, end.StoreProblem, end.Owed, record.Generation);
        if (end.Record.Committed)
        {
            (_addressInUse, MoveProblem) = (address, null);
            (_awaitsDatabase, DatabaseProblem, _unfinished) = (end.AwaitsDatabase, end.AwaitsDatabase ? end.Record.Message : null, end.AwaitsDatabase ? record : _unfinished);
        }

        (_lastEnd, _undoOwed) = (_time.GetUtcNow(), end.OwesDatabase ? record : null);

        // From here on under the generation that the store has now, which a rollback has made another one.
        _keepers.Set(KeepingGoal());
        return end.Record;
    }
}
