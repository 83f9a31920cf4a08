using System.Net;
using HaproxyRuntime;

namespace DbSwitch.Simulation.Proxies;

/// <summary>One HAProxy process with its backend, in memory, after the facts that were measured on the real one: its clients, also when it is stopping.</summary>
internal sealed partial class SimWorker(SimProxy proxy, int pid, long generation, SimClock clock)
{
    private const int Listeners = 4;

    private readonly Dictionary<string, SimServer> _servers = [];
    private readonly List<TimeSpan> _waiting = [];
    private readonly TimeSpan _started = clock.Now;
    private readonly Stack<int> _freeStreams = new();
    private int _nextId = 1;
    private int _nextStream = 1;

    public int Pid { get; } = pid;

    /// <summary>What its companion script has heard.</summary>
    public long Generation { get; private set; } = generation;

    /// <summary>A reload has put another process in its place.</summary>
    public bool Stopping { get; set; }

    public bool HasEnded { get; private set; }

    /// <summary>Clients that are connected and have not spoken: they are sent to a server when they do.</summary>
    public int Silent { get; private set; }

    /// <summary>Clients that its companion script makes wait.</summary>
    public int Waiting => _waiting.Count;

    /// <summary>Connections to its Runtime API that it has not closed.</summary>
    public List<SimConnection> Connections { get; } = [];

    public bool ScriptCommandsServers => proxy.HasScript && !proxy.Version.StartsWith("2.", StringComparison.Ordinal);

    /// <summary>A stopping process ends when this is 0.</summary>
    public int Jobs => _servers.Values.Sum(s => s.Streams.Count) + Silent + _waiting.Count + Connections.Count + (Stopping ? 0 : Listeners);

    public IEnumerable<SimStream> Streams => _servers.Values.SelectMany(s => s.Streams);

    /// <summary>Every database that a client reaches through it, or could in the next moment.</summary>
    public IEnumerable<IPEndPoint> ReachableDatabases => HasEnded ? [] :
    [
        .. _servers.Values.SelectMany(s => s.Streams.Select(o => o.Database)),
        .. Stopping && (Silent == 0 || proxy.HasScript) ? [] : _servers.Values.Where(s => !s.InMaintenance).Select(s => s.Address),
    ];

    /// <summary>Clients get to this database, and to no other.</summary>
    public bool IsServing(IPEndPoint? database) =>
        _servers.Values.Where(s => !s.InMaintenance).Select(s => s.Address).SequenceEqual(database is null ? [] : [database]) && (database is null || _waiting.Count == 0);

    public void End()
    {
        HasEnded = true;
        Connections.ForEach(c => c.ClosedByPeer = true);
        Connections.Clear();
    }

    /// <summary>A client that speaks at once, or keeps silent for now.</summary>
    public void ClientComes(Random random)
    {
        if (random.Next(4) == 0)
        {
            Silent++;
        }
        else
        {
            Route(random);
        }
    }

    /// <returns>Whether it goes on to the process that has taken this one's place.</returns>
    public bool SilentClientSpeaks(Random random)
    {
        if (Silent == 0)
        {
            return false;
        }

        Silent--;
        if (Stopping && proxy.HasScript)
        {
            return true;
        }

        Route(random);
        return false;
    }

    /// <summary>Some streams end by themselves; some that are on their way arrive, also at a server that went to maintenance meanwhile.</summary>
    public void StreamsGoOn(Random random)
    {
        foreach (var server in _servers.Values)
        {
            EndStreams(server, _ => random.Next(4) == 0);
            for (var i = 0; i < server.Streams.Count; i++)
            {
                if (server.Streams[i].State == ServerSideState.TurnAround)
                {
                    server.Streams[i] = server.Streams[i] with { State = ServerSideState.Established };
                }
            }
        }

        Silent = random.Next(20) == 0 ? 0 : Silent;
    }

    /// <summary>What HAProxy does a moment after it was told to; and those that wait look for a server.</summary>
    /// <returns>How many go on to the process that has taken this one's place.</returns>
    public int MomentPasses(Random random)
    {
        foreach (var server in _servers.Values)
        {
            EndStreams(server, s => s.Ends);
            (server.Address, server.NextAddress) = (server.NextAddress ?? server.Address, null);
        }

        if (Stopping)
        {
            var hopping = _waiting.Count;
            _waiting.Clear();
            return hopping;
        }

        _waiting.RemoveAll(since => clock.Now - since > _hold);
        while (_waiting.Count > 0 && _servers.Values.Any(s => !s.InMaintenance))
        {
            _waiting.RemoveAt(_waiting.Count - 1);
            Route(random);
        }

        return 0;
    }

    private void Route(Random random)
    {
        var usable = _servers.Values.Where(s => !s.InMaintenance).ToList();
        if (usable.Count > 0)
        {
            var server = usable[random.Next(usable.Count)];
            server.Streams.Add(new SimStream(_freeStreams.TryPop(out var free) ? free : _nextStream++, random.Next(3) == 0 ? ServerSideState.TurnAround : ServerSideState.Established, server.Address));
        }
        else if (proxy.HasScript && !Stopping)
        {
            _waiting.Add(clock.Now);
        }
    }

    private void EndStreams(SimServer server, Predicate<SimStream> which)
    {
        // HAProxy gives the id of one that has ended to the next client.
        foreach (var ended in server.Streams.FindAll(which))
        {
            server.Streams.Remove(ended);
            _freeStreams.Push(ended.Id);
        }
    }
}
