using System.Net;
using System.Net.Sockets;
using DbSwitch.Simulation.Databases;
using DbSwitch.Simulation.Proxies;

namespace DbSwitch.Simulation;

/// <summary>Proxies, clients, databases, a store, a manager and operators, to which anything happens in a random order that a seed repeats.</summary>
internal sealed partial class World
{
    private static readonly string[] s_versions = ["2.6.12-1+deb12u4", "3.0.11-1+deb13u3", "3.2.26-1"];

    private readonly Planted _planted;
    private readonly Dictionary<string, int> _addresses = new() { ["a"] = 1, ["b"] = 1 };
    private readonly bool _storeGoesBack;
    private SimManager? _manager;

    public World(int seed, Flaw flaw, List<string>? diary)
    {
        (Random, Diary) = (new Random(seed), diary);
        var hasScript = Random.Next(2) == 0;
        HasMaster = Random.Next(2) == 0;
        Promotes = Random.Next(3) == 0;
        var trouble = Random.Next(3) * 8;
        Databases.Trouble = Random.Next(3) * 10;
        Grace = TimeSpan.FromMilliseconds(Random.Next(3) * 20);
        Settle = TimeSpan.FromMilliseconds(Random.Next(5) == 0 ? 50 : 0);

        // Only a script that remembers can tell that a store is an old one once its proxies have restarted. And a store that has lost a promotion needs a person who knows more than is simulated.
        _storeGoesBack = hasScript && !Promotes && Random.Next(2) == 0;
        var version = Random.Next(2) == 0 ? s_versions[Random.Next(3)] : null;
        _planted = Planted.Of(flaw, this);
        Store.KeepsTheGeneration = _planted.KeepsTheGeneration;
        Proxies = [.. Enumerable.Range(0, Random.Next(1, 4)).Select(i => new SimProxy($"p{i}", version ?? s_versions[Random.Next(3)], hasScript, hasScript, Clock, Random, _planted.Distortion) { Trouble = trouble, Diary = diary })];
        Proxies.ForEach(p => p.Start());
        Store.Selecting = CheckSelection;
        Store.Began = Waive;
        diary?.Add($"{Proxies.Count} proxies ({string.Join(", ", Proxies.Select(p => p.Version))}), script {hasScript}, master {HasMaster}, promotes {Promotes}, grace {Grace}, settle {Settle}");
        StartManager();
    }

    public Random Random { get; }

    public SimClock Clock { get; } = new();

    public List<SimProxy> Proxies { get; }

    public SimStore Store { get; } = new();

    public SimDatabases Databases { get; } = new();

    /// <summary>What happened, for whoever repeats a seed; null when nobody reads it.</summary>
    public List<string>? Diary { get; }

    public bool HasMaster { get; }

    public bool Promotes { get; }

    public TimeSpan Grace { get; }

    public TimeSpan Settle { get; }

    /// <summary>Nothing fails any more, and nobody asks for anything that need not be asked.</summary>
    public bool IsCalm { get; private set; }

    /// <summary>One event.</summary>
    public void Step()
    {
        switch (Random.Next(200))
        {
            case < 158:
                SomethingGoesOn();
                break;
            case < 176:
                ClientsDoSomething();
                break;
            case < 180:
                DatabasesGoOn();
                break;
            case < 183:
                SomethingArrivesLate();
                break;
            case < 187 when !IsCalm:
                AProxyHasTrouble(Proxies[Random.Next(Proxies.Count)]);
                break;
            case < 191 when !IsCalm:
                TheManagerHasTrouble();
                break;
            case < 198 when !IsCalm:
                AnOperatorOrders();
                break;
            case < 198:
                APersonHelps();
                break;
            default:
                Clock.Fire(TimeSpan.FromMilliseconds(Random.Next(3_000)));
                break;
        }

        foreach (var proxy in Proxies)
        {
            foreach (var worker in proxy.Frozen ? [] : proxy.Workers.ToList())
            {
                for (var hopping = Random.Next(3) == 0 ? worker.MomentPasses(Random) : 0; hopping > 0; hopping--)
                {
                    proxy.Current?.ClientComes(Random);
                }
            }

            NoticeClosed(proxy);
            proxy.EndTheIdle();
            proxy.Connections.RemoveAll(c => c.ClosedByUs && (c.ClosedByPeer || (c.Worker is null && c.ToPeer.Count == 0)));
        }

        if (_manager is { HasEnded: true })
        {
            Diary?.Add("the manager has ended");
            EndManager();
        }
    }

    /// <summary>The faults end, and whatever can't end by itself is ended by a person.</summary>
    public void CalmDown()
    {
        Diary?.Add("all faults end");
        (IsCalm, Store.Fails, Databases.Trouble) = (true, false, 0);
        foreach (var database in Databases.All)
        {
            database.IsDown = false;
        }

        foreach (var proxy in Proxies)
        {
            (proxy.Frozen, proxy.CutOff, proxy.DeniesMaster, proxy.Trouble) = (false, false, false, 0);
            proxy.Start();
        }

        if (!HasMaster)
        {
            // What can't be asked ends by itself ("hard-stop-after"), and a person starts the manager again.
            Proxies.ForEach(p => p.EndOldWorkers());
            EndManager();
        }

        if (_manager is { IsEnding: true })
        {
            EndManager();
        }

        if (_manager is null)
        {
            StartManager();
        }
    }

    /// <summary>The addresses of a name, at once or late, or not at all.</summary>
    public async Task<IPAddress[]> ResolveAsync(string name, CancellationToken cancel)
    {
        if (!IsCalm && Random.Next(30) == 0)
        {
            throw new SocketException((int)SocketError.TryAgain);
        }

        if (!IsCalm && Random.Next(60) == 0)
        {
            await Task.Delay(Timeout.Infinite, cancel).ConfigureAwait(false);
        }

        return [AddressOf(name[..1]).Address];
    }

    /// <summary>Where a target's name leads to now.</summary>
    private IPEndPoint AddressOf(string target) => new(new IPAddress([10, 0, (byte)target[0], (byte)_addresses[target]]), 1);

    private void StartManager()
    {
        Diary?.Add("a manager starts");
        _manager = new SimManager(this, _planted);
    }

    private void EndManager()
    {
        _manager?.Kill();
        _manager = null;
    }

    /// <summary>The manager and its proxies, its store and its databases get on with what they are at: the usual event.</summary>
    private void SomethingGoesOn()
    {
        var able = new List<(SimProxy Proxy, SimConnection Connection)>();
        foreach (var proxy in Proxies)
        {
            foreach (var connection in proxy.Connections)
            {
                if (!connection.ClosedByUs && (proxy.CanRead(connection) || proxy.CanDeliver(connection)))
                {
                    able.Add((proxy, connection));
                }
            }
        }

        var asked = _manager?.Pending.Count ?? 0;
        if (able.Count + asked == 0)
        {
            // Nobody waits for anything but the time.
            Clock.Fire(Clock.UntilNext is { } next && next < TimeSpan.FromSeconds(30) ? next : TimeSpan.FromSeconds(1));
            return;
        }

        if (Random.Next(4) == 0)
        {
            Clock.Fire(TimeSpan.FromMilliseconds(Random.Next(20)));
            return;
        }

        Clock.Pass(TimeSpan.FromMicroseconds(Random.Next(500)));
        var which = Random.Next(able.Count + asked);
        if (which < able.Count)
        {
            GoOn(able[which].Proxy, able[which].Connection);
        }
        else
        {
            GoOn(_manager!.Pending[which - able.Count]);
        }
    }

    private void GoOn(Pending asked)
    {
        var manager = _manager!;
        var over = asked.GoOn(Random);
        Diary?.Add($"{asked.What}{(over ? ": answered" : "")}");
        if (over)
        {
            manager.Pending.Remove(asked);
        }
    }

    private void GoOn(SimProxy proxy, SimConnection connection)
    {
        if (Random.Next(3) > 0)
        {
            // All that was sent is read and answered, and the answers arrive.
            while (proxy.CanRead(connection) && !GetsLost(proxy, connection))
            {
                proxy.Read(connection);
            }

            if (proxy.CanDeliver(connection))
            {
                connection.Deliver(connection.ToUs.Count);
            }
        }
        else if (proxy.CanRead(connection) && (!connection.HasNews || Random.Next(2) == 0))
        {
            if (!GetsLost(proxy, connection))
            {
                proxy.Read(connection);
            }
        }
        else if (proxy.CanDeliver(connection))
        {
            connection.Deliver(Random.Next(2) == 0 ? connection.ToUs.Count : Random.Next(connection.ToUs.Count + 1));
        }
    }

    /// <summary>A command that changes something meets trouble on its way: it waits there, and our end may give the connection up.</summary>
    private bool GetsLost(SimProxy proxy, SimConnection connection)
    {
        if (!connection.ToPeer.TryPeek(out var line) || line.StartsWith("show", StringComparison.Ordinal) || line == "prompt" || Random.Next(100) >= proxy.Trouble)
        {
            return false;
        }

        Diary?.Add($"{proxy.Name}: on its way: {line}");
        connection.Stalled = true;
        if (Random.Next(2) == 0)
        {
            connection.Break();
        }

        return true;
    }

    /// <summary>HAProxy notices soon that our end has closed a connection, after it has read what was sent on it; unless that is on its way for longer.</summary>
    private void NoticeClosed(SimProxy proxy)
    {
        foreach (var connection in proxy.Frozen ? [] : proxy.Connections.Where(c => c is { ClosedByUs: true, Stalled: false }).ToList())
        {
            if (Random.Next(3) == 0)
            {
                proxy.Read(connection);
            }
        }
    }

    private void SomethingArrivesLate()
    {
        var late = Proxies.SelectMany(p => p.Connections.Where(c => c.Stalled).Select(c => (Proxy: p, Connection: c))).ToList();
        if (late.Count > 0 && late[Random.Next(late.Count)] is var (proxy, connection) && !proxy.Frozen)
        {
            connection.Stalled = false;
            if (proxy.CanRead(connection) || connection.ClosedByUs)
            {
                var line = connection.ToPeer.TryPeek(out var next) ? next : "";
                if (proxy.Read(connection) && connection.Worker == proxy.Current)
                {
                    CheckLate(proxy, line);
                }
            }
        }
    }

    private void ClientsDoSomething()
    {
        var proxy = Proxies[Random.Next(Proxies.Count)];
        if (proxy.Frozen)
        {
            return;
        }

        switch (Random.Next(4))
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
            case 2 when proxy.Workers.SelectMany(w => w.Streams).Where(s => s.State == HaproxyRuntime.ServerSideState.Established).ToList() is { Count: > 0 } streams:
                Databases.Write(Databases.At(streams[Random.Next(streams.Count)].Database));
                break;
            default:
                proxy.Workers.ToList().ForEach(w => w.StreamsGoOn(Random));
                break;
        }
    }

    private void DatabasesGoOn()
    {
        foreach (var database in Databases.All)
        {
            database.Replicate(Random.Next(4));
        }

        var one = Databases[Random.Next(2) == 0 ? "a" : "b"];
        switch (Random.Next(8))
        {
            // Somebody who knows nothing of proxies.
            case < 3 when Promotes:
                Databases.Write(one);
                break;
            case 3 when !IsCalm:
                one.IsDown = !one.IsDown;
                Diary?.Add($"{one.Name} is {(one.IsDown ? "down" : "up")}");
                break;
            case < 6:
                one.IsDown = false;
                break;
            case 6 when Promotes && Store is { Unfinished: null, Selection.Target: { } selected } && one.Name != selected && one.IsClosed && Databases[selected].TakesWrites:
                one.Follow(Databases[selected]);
                Diary?.Add($"{one.Name} is rewound, and follows {selected}");
                break;
        }
    }
}
