namespace DbSwitch.Tests.Simulation;

/// <summary>Proxies, clients, a store and a manager, to which anything happens in a random order that a seed repeats.</summary>
internal sealed class World
{
    private static readonly string[] Versions = ["2.6.12", "3.0.11", "3.2.26"];

    private readonly Flaw _flaw;
    private readonly Dictionary<string, int> _addresses = new() { ["a"] = 1, ["b"] = 1 };
    private readonly bool _storeGoesBack;
    private readonly Dictionary<int, long> _waived = [];
    private ModelManager? _manager;

    public World(int seed, Flaw flaw)
    {
        (Random, _flaw) = (new Random(seed), flaw);
        var hasScript = Random.Next(2) == 0;
        HasMaster = Random.Next(2) == 0;
        Trouble = Random.Next(3) * 5;

        // Only a script that remembers can tell that a store is an old one once its proxies have restarted.
        _storeGoesBack = hasScript && Random.Next(2) == 0;
        var version = Random.Next(2) == 0 ? Versions[Random.Next(3)] : null;
        Proxies = [.. Enumerable.Range(0, Random.Next(1, 4)).Select(_ => new ModelProxy(version ?? Versions[Random.Next(3)], hasScript, hasScript, Clock))];
        Proxies.ForEach(p => p.Start());
        _manager = new ModelManager(this, flaw);
    }

    public Random Random { get; }

    public TestClock Clock { get; } = new();

    public List<ModelProxy> Proxies { get; }

    public ModelStore Store { get; } = new();

    /// <summary>What happened, for whoever repeats a seed.</summary>
    public List<string> Diary { get; } = [];

    public bool HasMaster { get; }

    public int Trouble { get; private set; }

    /// <summary>Nothing fails any more, and nobody selects anything.</summary>
    public bool Calm { get; private set; }

    /// <summary>Which of its addresses a target's name resolves to.</summary>
    public int AddressOf(string target) => _addresses[target];

    public void Step()
    {
        switch (Random.Next(100))
        {
            case < 75:
                _manager?.Advance();
                Clock.Advance(TimeSpan.FromMilliseconds(Random.Next(30)));
                break;
            case < 88:
                ClientsDoSomething();
                break;
            case < 94:
                Proxies[Random.Next(Proxies.Count)].SomethingArrives(Random);
                break;
            case < 97 when !Calm:
                AProxyHasTrouble(Proxies[Random.Next(Proxies.Count)]);
                break;
            case < 99 when !Calm:
                TheManagerHasTrouble();
                break;
            default:
                Clock.Advance(TimeSpan.FromMilliseconds(Random.Next(3_000)));
                break;
        }

        Proxies.ForEach(p => p.EndTheIdle());
    }

    /// <summary>More than one database that clients of this switch reach, or could in the next moment; null when all is well.</summary>
    public string? TwoAtOnce()
    {
        var reachable = Proxies.SelectMany((p, i) => _waived.ContainsKey(i) ? [] : p.Workers.SelectMany(w => w.ReachableDatabases.Select(d => (Database: d, Where: $"p{i} pid {w.Pid}{(w.Stopping ? " (old)" : "")}")))).ToList();
        return reachable.Select(r => r.Database).Distinct().Count() <= 1 ? null : string.Join(", ", reachable.Distinct().Select(r => $"{r.Database} by {r.Where}"));
    }

    /// <summary>An operator's word, that no client comes through this proxy. It is good until that proxy is in line with a goal that comes after it.</summary>
    public void Waive(int proxy, long goal) => _waived[proxy] = goal;

    public void IsInLine(int proxy, long goal)
    {
        if (_waived.TryGetValue(proxy, out var waived) && goal > waived)
        {
            _waived.Remove(proxy);
        }
    }

    public void CalmDown()
    {
        (Calm, Trouble, Store.Fails) = (true, 0, false);
        foreach (var proxy in Proxies)
        {
            (proxy.Frozen, proxy.CutOff) = (false, false);
            proxy.Start();
        }

        if (!HasMaster)
        {
            // What can't be asked ends by itself ("hard-stop-after"), and a person starts the manager again.
            Proxies.ForEach(p => p.EndOldWorkers());
            _manager?.Kill();
            _manager = null;
        }

        _manager ??= new ModelManager(this, _flaw);
        foreach (var link in _manager.Links)
        {
            link.Trouble = 0;
        }
    }

    /// <summary>Every proxy serves what is selected, and nothing else.</summary>
    public bool IsSettled => _manager is { IsSettled: true };

    public string Describe() => $"{Store.Selection}, {Store.Unfinished}; {_manager?.Describe()}";

    private void ClientsDoSomething()
    {
        var proxy = Proxies[Random.Next(Proxies.Count)];
        if (proxy.Frozen)
        {
            return;
        }

        switch (Random.Next(3))
        {
            case 0:
                proxy.Current?.ClientComes(Random);
                break;
            case 1 when proxy.Workers.ToList() is { Count: > 0 } workers:
                if (workers[Random.Next(workers.Count)].SilentClientSpeaks(Random))
                {
                    proxy.Current?.ClientComes(Random);
                }

                break;
            default:
                proxy.Workers.ToList().ForEach(w => w.SessionsGoOn(Random));
                break;
        }
    }

    private void AProxyHasTrouble(ModelProxy proxy)
    {
        var what = Random.Next(8);
        Diary.Add($"trouble {what} for p{Proxies.IndexOf(proxy)} (pid {proxy.Current?.Pid})");
        switch (what)
        {
            case 0:
                proxy.Kill();
                break;
            case 1:
                proxy.Kill();
                proxy.Start();
                break;
            case 2 or 3 when HasMaster || _manager?.Links[Proxies.IndexOf(proxy)].IsConnected == true:
                proxy.Reload();
                break;
            case 4:
                proxy.Frozen = !proxy.Frozen;
                break;
            case 5:
                proxy.CutOff = !proxy.CutOff;
                break;
            default:
                (proxy.Frozen, proxy.CutOff) = (false, false);
                proxy.Start();
                break;
        }
    }

    private void TheManagerHasTrouble()
    {
        var what = Random.Next(6);
        Diary.Add($"trouble {what} for the manager");
        switch (what)
        {
            // Without a master socket an old worker is known only to the manager that saw the reload (docs/architecture.md says so).
            case 0 or 1 when HasMaster || Proxies.TrueForAll(p => p.Old.Count == 0):
                _manager?.Kill();
                _manager = null;
                if (_storeGoesBack && Random.Next(2) == 0)
                {
                    Store.GoesBack(Random);
                }

                break;
            case 0 or 1 or 2:
                Store.Fails = !Store.Fails;
                break;
            case 3:
                _addresses[Random.Next(2) == 0 ? "a" : "b"] = Random.Next(1, 3);
                break;
            default:
                Store.BackUp();
                Store.Fails = false;
                _manager ??= new ModelManager(this, _flaw);
                break;
        }
    }
}
