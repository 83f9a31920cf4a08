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
            TellProgress(undone with { Result = SwitchoverResult.RolledBack, Ended = _time.GetUtcNow(), Message = message }, null);
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
            if (_rules.Contradiction(SeenProxies(), server, Specs()) is { } situation)
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
                TellProgress(end.Record, null);
            }
        }
        finally
        {
            _tending = false;
            _changing.Release();
        }
    }

    private string FinishedAs(SwitchoverRecord committed, string how) => $"{Name}: {committed.To ?? "none"} is selected (before: {committed.From ?? "none"}; {how}).";

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

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Switch}: generation {Generation}, switchover {Id}: {Message}")]
    private partial void Undone(string @switch, long generation, long id, string message);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Problem}")]
    private partial void AsksPerson(string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Switch}: the address of {Target} could not be noted: {Problem}")]
    private partial void NotRemembered(string @switch, string target, string problem);
}
