using System.Net;
using DbSwitch.Keeping;
using DbSwitch.Model;
using DbSwitch.Proxies;
using DbSwitch.Switching;
using DbSwitch.Switching.Rules;

namespace DbSwitch.Tests.Simulation;

/// <summary>
/// The manager as a row of small steps, between any two of which anything may happen. What may be done is decided by the product's own pure rules
/// (<see cref="Decider"/>, <see cref="SwitchoverRules"/>, <see cref="Adoption"/>, <see cref="LostCommandRule"/>); here is only their order.
/// </summary>
internal sealed partial class ModelManager
{
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(100);

    private readonly World _world;
    private readonly ModelStore _store;
    private readonly Flaw _flaw;
    private readonly Random _random;
    private readonly CycleResult?[] _latest;
    private readonly List<IEnumerator<object?>> _work = [];
    private Goal? _goal;
    private long _number;
    private long _goalSince;
    private long _undone;
    private int _address;
    private bool _held;
    private bool _releaseOwed;
    private bool _reached;

    // Proxies that a switchover does not wait for.
    private HashSet<int> _without = [];

    public ModelManager(World world, Flaw flaw)
    {
        (_world, _store, _flaw, _random) = (world, world.Store, flaw, world.Random);
        Links = [.. world.Proxies.Select(p => new ModelLink(p, world.HasMaster, world.Random, world.Clock, flaw) { Trouble = world.Trouble })];
        _latest = new CycleResult?[Links.Count];
        for (var i = 0; i < Links.Count; i++)
        {
            _work.Add(Keep(i).GetEnumerator());
        }

        _work.Add(Switch().GetEnumerator());
    }

    public IReadOnlyList<ModelLink> Links { get; }

    /// <summary>Every proxy is as the selection wants it, and nothing is left to do.</summary>
    public bool IsSettled => _store is { Selection: not null, Unfinished: null } && !_held && Array.TrueForAll(_latest, r => r is { Settled: true } && r.Goal!.Number == _number);

    public string Describe() => $"goal {_goal}; {string.Join("; ", _latest.Select(r => $"{r?.Proxy}: {r?.Problem} {r?.Fenced} {r?.Unfenced} {string.Join(",", r?.Taken ?? [])} {r?.Observed}"))}";

    public void Advance() => _work[_random.Next(_work.Count)].MoveNext();

    public void Kill()
    {
        foreach (var link in Links)
        {
            link.Kill();
        }
    }

    private IEnumerable<object?> Keep(int index)
    {
        while (true)
        {
            yield return null;
            var (goal, link, name) = (_goal, Links[index], $"p{index}");
            var observed = link.Observe(goal);
            if (goal is null || observed is not ProxyObservation.Seen seen)
            {
                _latest[index] = new CycleResult(name, goal, observed, false, [], [], (observed as ProxyObservation.Unknown)?.Reason);
                continue;
            }

            var decision = Decider.Decide(goal, seen, _world.Clock.GetElapsedTime(_goalSince));
            if (decision.Behind is not null)
            {
                _latest[index] = new CycleResult(name, goal, observed, false, [], [], "is behind");
                continue;
            }

            var taken = new List<Step>();
            string? problem = null;
            foreach (var step in _flaw == Flaw.ActivatesBeforeTheFence && goal is { MayBeReady: true } ? decision.Steps.OrderByDescending(s => s is Step.Add).Append(new Step.MakeReady(goal.Server!.Name)) : decision.Steps)
            {
                yield return null;
                var done = link.Send(step, goal.Generation);
                _world.Diary.Add($"{name}: {step} by {goal.Generation}: {done?.ToString() ?? "no answer"}");
                if (done != true)
                {
                    problem = done is null ? "was not answered" : null;
                    break;
                }

                taken.Add(step);
            }

            _latest[index] = new CycleResult(name, goal, observed, decision.Fenced, taken, [], problem);
            if (_latest[index]!.Settled && goal.Number == _number)
            {
                _world.IsInLine(index, goal.Number);
            }

            _world.Diary.Add($"{name}: pid {seen.Process.Pid} fenced {decision.Fenced} {string.Join(" ", seen.Servers.Select(s => $"{s.Name} maint {s.State.InMaintenance} sessions {s.Sessions?.Count}"))} old {string.Join(" ", seen.OldWorkers.Select(w => $"{w.Pid}: {string.Join(" ", w.Servers.Select(s => $"{s.Name} sessions {s.Sessions?.Count}"))}"))}");
        }
    }

    private IEnumerable<object?> Switch()
    {
        foreach (var pause in Start())
        {
            yield return pause;
        }

        while (true)
        {
            yield return null;
            if (_store.Selection is not { } selection)
            {
                continue;
            }

            if (_random.Next(20) == 0 && IsBehind())
            {
                // A person is asked, and says what the proxies do.
                TakeOver(Seen());
                Set(Keeping());
                continue;
            }

            _releaseOwed = _releaseOwed && !_store.SaveHold(false);
            var work = selection.Target is { } selected && !_held && _address != _world.AddressOf(selected) && !IsBehind() ? Select(selected)
                : _held && (_world.Calm || _random.Next(20) == 0) ? Release()
                : _world.Calm || _random.Next(20) > 0 ? []
                : _random.Next(6) == 0 ? Hold()
                : Select(new string?[] { "a", "b", "a", "b", null }[_random.Next(5)], waives: _random.Next(4) == 0);
            foreach (var pause in work)
            {
                yield return pause;
            }
        }
    }

    private IEnumerable<object?> Start()
    {
        if (_store.Unfinished is { Committed: false } undone)
        {
            _undone = undone.Generation;
            while (!_store.RollBack(undone))
            {
                yield return null;
            }
        }

        (_address, _held) = (_store.Address, _store.Held);
        while (true)
        {
            yield return null;
            var seen = Seen();
            if (seen.Count != Links.Count)
            {
                continue;
            }

            if (_store.Selection is null)
            {
                var answer = _flaw == Flaw.InitialOverLivingProxies ? new AdoptionAnswer.Take("a", "") : Adoption.Decide(seen, Specs(), "a");
                Found((answer as AdoptionAnswer.Take)?.Target, Adoption.Generation(seen.Values) + 1);
            }
            else if (_store.Unfinished is null && Adoption.Judge(seen, [.. seen.Keys], SpecOf(_store.Selection.Target, _address), _store.Selection.Generation, Specs()) is StoreVerdict.Contradicted && _flaw != Flaw.IgnoresTheGeneration)
            {
                // A person is asked, and says what the proxies do.
                TakeOver(seen);
            }

            break;
        }

        Set(Keeping());
        if (_store.Unfinished is { Committed: true })
        {
            foreach (var pause in Wait(r => r.Settled, 200))
            {
                yield return pause;
            }
        }

        // What is owed to the store is noted once it can be written.
        for (_store.End(); _store.Unfinished is { Committed: true }; _store.End())
        {
            yield return null;
        }
    }

    private IEnumerable<object?> FenceAll(Goal after)
    {
        var fence = new Goal(0, after.Server, false) { Grace = Grace, DeletesLeftovers = false, Generation = after.Generation, Hold = Grace, MayBeReady = _flaw == Flaw.ActivatesBeforeTheFence && after.Server is not null };
        for (var round = 0; round < (Links.Count > 1 ? 2 : 1); round++)
        {
            Set(fence);
            foreach (var pause in Wait(r => r.Goal?.Number >= _number && SwitchoverRules.IsFenced(r, after.Server), 200))
            {
                yield return pause;
            }

            if (!_reached)
            {
                yield break;
            }
        }
    }

    private IEnumerable<object?> Wait(Func<CycleResult, bool> reached, int patience)
    {
        for (var i = 0; i < patience; i++)
        {
            _reached = _flaw == Flaw.CommitsTooEarly ? Array.Exists(_latest, r => r is not null && reached(r)) : _latest.Index().All(r => _without.Contains(r.Index) || (r.Item is not null && reached(r.Item)));
            if (_reached)
            {
                yield break;
            }

            yield return null;
        }
    }

    private bool IsBehind() => Seen() is { } seen && seen.Count == Links.Count && Adoption.Generation(seen.Values) > Math.Max(_store.Selection!.Generation, _undone);

    private void Found(string? target, long generation)
    {
        _address = target is null ? 0 : _world.AddressOf(target);
        _store.Initialize(new Selection(target, generation, default, "test", ""), _address);
    }

    private void TakeOver(Dictionary<string, ProxyObservation.Seen> seen)
    {
        var served = Adoption.Decide(seen, Specs(), null) is AdoptionAnswer.Take { Target: { } one } ? one : null;
        _address = served is null ? 0 : _world.AddressOf(served);
        _store.TakeOver(new Selection(served, Math.Max(Adoption.Generation(seen.Values), _store.Selection!.Generation) + 1, default, "test", ""), _address);
    }

    private Dictionary<string, ProxyObservation.Seen> Seen() =>
        _latest.Where(r => r?.Observed is ProxyObservation.Seen).ToDictionary(r => r!.Proxy, r => (ProxyObservation.Seen)r!.Observed);

    private Dictionary<string, ServerSpec> Specs() => new() { ["a"] = SpecOf("a", _world.AddressOf("a"))!, ["b"] = SpecOf("b", _world.AddressOf("b"))! };

    private void Set(Goal goal)
    {
        _goal = goal with { Number = ++_number };
        _world.Diary.Add($"goal {_number}: {goal.Server} ready {goal.MayBeReady} generation {goal.Generation}");
        _goalSince = _world.Clock.GetTimestamp();
    }

    private Goal Keeping()
    {
        var goal = GoalOf(_store.Selection!.Target, _address) with { Generation = Math.Max(_store.Selection.Generation, _undone) };
        return _held && goal.MayBeReady ? goal with { MayBeReady = false, Held = true } : goal;
    }

    private static Goal GoalOf(string? target, int address) =>
        new(0, SpecOf(target, address), target is not null) { Grace = Grace, Hold = TimeSpan.FromSeconds(5) };

    private static ServerSpec? SpecOf(string? target, int address) =>
        target is null ? null : new ServerSpec($"{target}_1", new IPEndPoint(new IPAddress([10, 0, (byte)target[0], (byte)address]), 1));
}
