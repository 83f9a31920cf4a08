using DbSwitch.Model;
using DbSwitch.Proxies;
using DbSwitch.Storage;
using Microsoft.Extensions.Logging;

namespace DbSwitch.Switching;

/// <summary>How an empty store, or one that is behind, comes to say what the proxies serve: by what they agree on, or by a person.</summary>
public sealed partial class DatabaseSwitch
{
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

    private async Task AdoptAsync(CancellationToken cancel)
    {
        var seen = SeenProxies();
        if (seen.Count != _keepers.Proxies.Count)
        {
            // One of them was lost again in this very moment: a proxy that can't be asked allows no answer at all.
            return;
        }

        switch (_rules.Adopt(seen, Specs(), Configuration.Initial))
        {
            case AdoptionAnswer.Take take:
                await SelectFirstAsync(new Selection(take.Target, _rules.Heard(seen.Values) + 1, _time.GetUtcNow(), "dbswitch", take.Reason), cancel).ConfigureAwait(false);
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
        var ahead = Math.Max(Math.Max(present.Generation, _undone), seen.Count > 0 ? _rules.Heard(seen.Values) : 0);
        if (_believed && ahead == Math.Max(present.Generation, _undone))
        {
            return null;
        }

        if (seen.Count != _keepers.Proxies.Count)
        {
            return new SwitchoverOutcome.Refused(RefusalReason.Guard, $"Nothing was touched: the store is older than what {Name}'s proxies do, and not all of them can be asked ({string.Join("; ", Latest.Where(r => r.Observed is not ProxyObservation.Seen).Select(r => $"{r.Proxy}: {r.Problem}"))}).");
        }

        var served = _rules.Adopt(seen, Specs(), null) is AdoptionAnswer.Take { Target: { } target } ? target : null;
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
        await SelectFirstAsync(new Selection(null, _rules.Heard(SeenProxies().Values) + 1, _time.GetUtcNow(), request.By, "an empty store, decided by a person"), cancel).ConfigureAwait(false);
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

    [LoggerMessage(Level = LogLevel.Information, Message = "{Switch}: {Target} is selected: {Reason}")]
    private partial void SelectedFirst(string @switch, string target, string reason);
}
