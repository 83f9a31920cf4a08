using System.Net;
using DbSwitch.Keeping;
using DbSwitch.Model;
using DbSwitch.Proxies;
using DbSwitch.Storage;
using Microsoft.Extensions.Logging;

namespace DbSwitch.Switching;

/// <summary>How a switch comes to its selection when the manager starts: from the store, from an unfinished switchover, or from what the proxies serve.</summary>
public sealed partial class DatabaseSwitch
{
    private static readonly TimeSpan LookAroundDeadline = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan FinishDeadline = TimeSpan.FromSeconds(30);

    /// <summary>A switchover that was not committed when the manager ended is undone before anything else: its new target was never made ready anywhere.</summary>
    private async Task RecoverAsync()
    {
        if (_unfinished is { Committed: false } undone)
        {
            (_unfinished, _undone, _undoOwed) = (null, undone.Generation, Probes.PromotionTo(undone.To, undone.From, false) is null ? null : undone);
            var message = $"{Name}: rolled back, clients stay with {undone.From ?? "none"}: the manager ended before every proxy was fenced.";
            Undone(Name, undone.Generation, undone.Id, message);
            try
            {
                Selection = await _store.RollBackAsync(undone, message, _time.GetUtcNow(), CancellationToken.None).ConfigureAwait(false);
            }
            catch (StoreException e)
            {
                // The selection is what it was, whether the journal's entry has its end or not: the proxies are kept all the same.
                StoreProblem = e.Message;
                _owed = undone with { Result = SwitchoverResult.RolledBack, Message = message };
            }
        }
    }

    /// <summary>
    /// A store that is not empty is believed, unless the proxies serve another target and none serves the one that it says is selected: then it is an old one, and a
    /// person must say. Proxies that can't be asked are not waited for longer than a moment.
    /// </summary>
    /// <param name="interrupted">Whether a switchover was under way when the manager ended, which explains what the proxies serve.</param>
    private async Task BelieveStoreAsync(bool interrupted, CancellationToken stop)
    {
        if (Selection is not { } selection)
        {
            return;
        }

        if (_addressInUse is null && AddressOf(selection.Target) is { } address)
        {
            _addressInUse = address;
            await NoteAddressAsync(selection.Target!, address).ConfigureAwait(false);
        }

        if (!interrupted)
        {
            try
            {
                await _keepers.WaitAsync(r => r.Observed is ProxyObservation.Seen, LookAroundDeadline, stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }

            var server = selection.Target is { } target && _addressInUse is { } inUse ? new ServerSpec(ServerNames.For(target, inUse.Port), inUse) : null;
            if (Adoption.Contradiction(SeenProxies(), server, Specs()) is { } situation)
            {
                NeedsPerson = $"{Name}: the store says that {selection.Target ?? "none"} is selected (generation {selection.Generation}), and its proxies serve another target ({situation}): an old store? Nothing is changed until a person decides with \"dbswitch select\".";
                AsksPerson(NeedsPerson);
                _decided.TrySetResult();
                return;
            }
        }

        _believed = true;
        _keepers.Set(KeepingGoal());
        _decided.TrySetResult();
    }

    /// <summary>One that was committed goes forward: the keepers do it, and the journal notes the end once they have.</summary>
    private async Task FinishAsync()
    {
        if (_unfinished is not { } committed || _awaitsDatabase)
        {
            return;
        }

        IReadOnlyDictionary<string, CycleResult?> missing;
        try
        {
            missing = await _keepers.WaitAsync(r => r.Settled && SwitchoverRules.Serves(r), FinishDeadline, _ending.Token).ConfigureAwait(false);
            await _changing.WaitAsync(_ending.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        _tending = true;
        try
        {
            if (_unfinished == committed)
            {
                var (result, how) = missing.Count == 0
                    ? (SwitchoverResult.Succeeded, "finished after the manager was started again")
                    : (SwitchoverResult.Partial, $"the manager was started again, and {string.Join(", ", missing.Keys)} did not serve it within {FinishDeadline.TotalSeconds:0} s; it goes on trying");
                var end = await _switchover.EndAsync(committed, Selection!, result, FinishedAs(committed, how)).ConfigureAwait(false);
                (_unfinished, StoreProblem, _owed) = (null, end.StoreProblem, end.Owed);
            }
        }
        finally
        {
            _tending = false;
            _changing.Release();
        }
    }

    private string FinishedAs(SwitchoverRecord committed, string how) => $"{Name}: {committed.To ?? "none"} is selected (before: {committed.From ?? "none"}; {how}).";

    /// <summary>With an empty store nothing is decided until every proxy has been seen: until then the keepers only look.</summary>
    private async Task AdoptWhenAllAreSeenAsync(CancellationToken stop)
    {
        while (Selection is null && NeedsPerson is null && !stop.IsCancellationRequested)
        {
            try
            {
                var unseen = await _keepers.WaitAsync(r => r.Observed is ProxyObservation.Seen, TimeSpan.FromSeconds(1), stop).ConfigureAwait(false);
                if (unseen.Count == 0)
                {
                    await AdoptAsync(stop).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (StoreException e)
            {
                StoreProblem = e.Message;
                await Task.Delay(TimeSpan.FromSeconds(1), _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Waits until the switch has a selection, or knows that a person must say; false when the deadline passes before.</summary>
    public async Task<bool> DecidedAsync(TimeSpan deadline, CancellationToken cancel)
    {
        try
        {
            await _decided.Task.WaitAsync(deadline, _time, cancel).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private async Task AdoptAsync(CancellationToken cancel)
    {
        var seen = SeenProxies();
        if (seen.Count != _keepers.Proxies.Count)
        {
            // One of them was lost again in this very moment: a proxy that can't be asked allows no answer at all.
            return;
        }

        switch (Adoption.Decide(seen, Specs(), Configuration.Initial))
        {
            case AdoptionAnswer.Take take:
                await SelectFirstAsync(new Selection(take.Target, Adoption.Generation(seen.Values) + 1, _time.GetUtcNow(), "dbswitch", take.Reason), cancel).ConfigureAwait(false);
                break;
            case AdoptionAnswer.AskPerson ask:
                NeedsPerson = $"{Name}: the store is empty and its proxies do not all serve one of its targets ({ask.Situation}). Nothing is changed until a person decides.";
                AsksPerson(NeedsPerson);
                _decided.TrySetResult();
                break;
        }
    }

    private Dictionary<string, ProxyObservation.Seen> SeenProxies() =>
        Latest.Where(r => r.Observed is ProxyObservation.Seen).ToDictionary(r => r.Proxy, r => (ProxyObservation.Seen)r.Observed);

    /// <summary>The server of each target whose address is known.</summary>
    private Dictionary<string, ServerSpec> Specs() =>
        Configuration.Targets.Values.Where(t => AddressOf(t.Name) is not null).ToDictionary(t => t.Name, t => new ServerSpec(t.ServerName, AddressOf(t.Name)!));

    /// <summary>
    /// A person speaks while the store is behind what the proxies have heard of: it takes over what they serve, or none where they don't agree, under a generation
    /// above all of theirs. Nothing changes for clients by that.
    /// </summary>
    /// <returns>Null when the store leads (again); otherwise why it can't.</returns>
    private async Task<SwitchoverOutcome?> CatchUpAsync(string by, CancellationToken cancel)
    {
        var seen = SeenProxies();
        var present = Selection!;
        var ahead = Math.Max(Math.Max(present.Generation, _undone), seen.Count > 0 ? Adoption.Generation(seen.Values) : 0);
        if (_believed && ahead == Math.Max(present.Generation, _undone))
        {
            return null;
        }

        if (seen.Count != _keepers.Proxies.Count)
        {
            return new SwitchoverOutcome.Refused(RefusalReason.Guard, $"Nothing was touched: the store is older than what {Name}'s proxies do, and not all of them can be asked ({string.Join("; ", Latest.Where(r => r.Observed is not ProxyObservation.Seen).Select(r => $"{r.Proxy}: {r.Problem}"))}).");
        }

        var served = Adoption.Decide(seen, Specs(), null) is AdoptionAnswer.Take { Target: { } target } ? target : null;
        var selection = new Selection(served, ahead + 1, _time.GetUtcNow(), by, "taken over from the proxies: the store was older");
        if (!await _store.TakeOverAsync(Name, present.Generation, selection, AddressOf(served), cancel).ConfigureAwait(false))
        {
            return Conflict("its generation in the store is another one than here; was the store changed by hand?");
        }

        (Selection, _addressInUse, _believed, NeedsPerson) = (selection, AddressOf(served), true, null);
        SelectedFirst(Name, served ?? "none", selection.Reason);
        _keepers.Set(KeepingGoal());
        return null;
    }

    /// <summary>A person has said what an empty store could not: the keepers fence all else first, proxy by proxy.</summary>
    private async Task<SwitchoverOutcome> DecideByPersonAsync(SwitchoverRequest request, CancellationToken cancel)
    {
        if (request.Target is { } target && AddressOf(target) is null)
        {
            return new SwitchoverOutcome.Refused(RefusalReason.Guard, $"Nothing was touched: {target} has no address ({Addresses.Of(target).Problem}).");
        }

        if (Pause is { } pause)
        {
            return Conflict($"{Name} is paused by {pause.By}; resume it first");
        }

        if (Latest.FirstOrDefault(r => r.Observed is not ProxyObservation.Seen) is { } unseen)
        {
            return new SwitchoverOutcome.Refused(RefusalReason.Guard, $"Nothing was touched: {unseen.Proxy}: {unseen.Problem}.");
        }

        if ((await GuardTargetAsync(request, cancel).ConfigureAwait(false)).Refusal is { } notFit)
        {
            return notFit;
        }

        // From "none", which fences whatever is served, to the target: the ordinary way, on all proxies.
        await SelectFirstAsync(new Selection(null, Adoption.Generation(SeenProxies().Values) + 1, _time.GetUtcNow(), request.By, "an empty store, decided by a person"), cancel).ConfigureAwait(false);
        NeedsPerson = null;
        if (request.Target is null)
        {
            return new SwitchoverOutcome.Unchanged($"{Name}: none is selected; the manager fences what its proxies serve.");
        }

        var outcome = await SelectAloneAsync(request, null, null, cancel).ConfigureAwait(false);
        return outcome is SwitchoverOutcome.Refused refused
            ? refused with { Message = $"{Name}: none is selected now, and clients get no database until one is. {refused.Message}" }
            : outcome;
    }

    private async Task SelectFirstAsync(Selection selection, CancellationToken cancel)
    {
        var address = AddressOf(selection.Target);
        if (!await _store.InitializeAsync(Name, selection, address, cancel).ConfigureAwait(false))
        {
            throw new StoreException($"{Name} has a selection in the store already, that was not there a moment ago.");
        }

        (Selection, _addressInUse, _believed) = (selection, address, true);
        SelectedFirst(Name, selection.Target ?? "none", selection.Reason);
        _keepers.Set(KeepingGoal());
        _decided.TrySetResult();
    }

    private async Task RememberAddressAsync(string target, IPEndPoint address)
    {
        if (Selection?.Target == target)
        {
            // What is in use is noted when it is: see FollowAddressAsync.
            return;
        }

        await NoteAddressAsync(target, address).ConfigureAwait(false);
    }

    private async Task NoteAddressAsync(string target, IPEndPoint address)
    {
        try
        {
            await _store.SaveAddressAsync(Name, target, address, CancellationToken.None).ConfigureAwait(false);
        }
        catch (StoreException e)
        {
            // It is only for the day on which the name does not resolve; the address itself is in use.
            StoreProblem = e.Message;
            NotRemembered(Name, target, e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Switch}: {Target} is selected: {Reason}")]
    private partial void SelectedFirst(string @switch, string target, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Switch}: generation {Generation}, switchover {Id}: {Message}")]
    private partial void Undone(string @switch, long generation, long id, string message);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Problem}")]
    private partial void AsksPerson(string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Switch}: the address of {Target} could not be noted: {Problem}")]
    private partial void NotRemembered(string @switch, string target, string problem);
}
