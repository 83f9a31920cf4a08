using DbSwitch.Proxies;
using DbSwitch.Switching;
using DbSwitch.Switching.Rules;

namespace DbSwitch.Tests.Simulation;

/// <content>What an operator orders: another target, with or without all proxies, a hold, and its end.</content>
internal sealed partial class ModelManager
{
    /// <param name="waives">Whether an operator says that no client comes through those proxies that can't be asked.</param>
    private IEnumerable<object?> Select(string? target, bool waives = false)
    {
        _without = _flaw == Flaw.WaivesForEver ? _without : [];
        if (waives)
        {
            _without.UnionWith(Enumerable.Range(0, Links.Count).Where(i => _latest[i] is not { Observed: ProxyObservation.Seen }));
        }

        foreach (var pause in Wait(r => r.Observed is ProxyObservation.Seen && r.Goal?.Number == _number, 60))
        {
            yield return pause;
        }

        if (!_reached)
        {
            yield break;
        }

        // The same target at another address is another database to its clients.
        var address = target is null ? 0 : _world.AddressOf(target);
        if (IsBehind() || (target == _store.Selection!.Target && address == _address) || _store.Unfinished is not null)
        {
            yield break;
        }

        EndHold();
        if (_store.Begin(_store.Selection.Generation, target) is not { } record)
        {
            yield break;
        }

        foreach (var proxy in waives ? _without : [])
        {
            _world.Waive(proxy, _number);
            _world.Diary.Add($"without p{proxy}");
        }

        yield return null;
        var before = Keeping();
        var after = GoalOf(target, address) with { Generation = record.Generation };
        var heedless = _flaw == Flaw.MovesWithoutAFence && record.From == record.To;
        foreach (var pause in heedless ? [] : FenceAll(after))
        {
            yield return pause;
        }

        // Time passes between the last proof and the commit, too.
        yield return null;
        if ((_reached || heedless) && _store.Commit(record, address))
        {
            _address = address;
            yield return null;
            Set(after);
            foreach (var pause in Wait(r => r.Goal?.Number >= _number && SwitchoverRules.IsActivated(r), 200))
            {
                yield return pause;
            }

            for (_store.End(); _store.Unfinished is not null; _store.End())
            {
                yield return null;
            }
        }
        else
        {
            _undone = record.Generation;
            _store.RollBack(record);
            Set(before with { Generation = Math.Max(_store.Selection.Generation, _undone) });
            while (_store.Unfinished is not null)
            {
                yield return null;
                _store.RollBack(record);
            }
        }

        Set(Keeping());
    }

    private IEnumerable<object?> Hold()
    {
        _without = _flaw == Flaw.WaivesForEver ? _without : [];
        foreach (var pause in Wait(r => r.Observed is ProxyObservation.Seen && r.Goal?.Number == _number, 60))
        {
            yield return pause;
        }

        if (!_reached || _held || IsBehind() || _store is not { Selection.Target: not null, Unfinished: null } || !_store.SaveHold(true))
        {
            yield break;
        }

        _held = true;
        yield return null;
        Set(Keeping());
        foreach (var pause in Wait(r => r.Goal?.Number >= _number && SwitchoverRules.IsHeld(r), 100))
        {
            yield return pause;
        }

        if (!_reached)
        {
            EndHold();
            Set(Keeping());
        }
    }

    private IEnumerable<object?> Release()
    {
        if (_store.Selection is { Target: { } target } && _address != _world.AddressOf(target) && !IsBehind())
        {
            if (_flaw == Flaw.ReleasesWhereItMoved)
            {
                _address = _world.AddressOf(target);
            }

            foreach (var pause in _flaw == Flaw.ReleasesWhereItMoved ? [] : Select(target))
            {
                yield return pause;
            }
        }

        EndHold();
        Set(Keeping());
    }

    private void EndHold()
    {
        (_held, _releaseOwed) = (false, _releaseOwed || _held);
        _releaseOwed = _releaseOwed && !_store.SaveHold(false);
    }
}
