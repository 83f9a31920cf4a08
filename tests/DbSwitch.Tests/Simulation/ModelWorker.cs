using System.Net;
using DbSwitch.Keeping;
using DbSwitch.Proxies;
using HaproxyRuntime;

namespace DbSwitch.Tests.Simulation;

/// <summary>One HAProxy process with its backend, in memory, after the facts that were measured on the real one: what each command does in it, also when it is stopping.</summary>
internal sealed class ModelWorker(int pid, string version, bool hasScript, long generation, TimeProvider time)
{
    private readonly Dictionary<string, Server> _servers = [];
    private int _nextId = 1;
    private int _nextSession = 1;

    public int Pid { get; } = pid;

    public string Version { get; } = version;

    /// <summary>The companion script, and what it has heard.</summary>
    public bool HasScript { get; } = hasScript;

    public long Generation { get; private set; } = generation;

    public TimeSpan Hold { get; private set; }

    /// <summary>A reload has put another process in its place.</summary>
    public bool Stopping { get; set; }

    public bool HasEnded { get; set; }

    /// <summary>Clients that are connected and have not spoken: they are sent to a server when they do.</summary>
    public int Silent { get; private set; }

    /// <summary>Connections to its Runtime API that it has not closed.</summary>
    public List<ModelConnection> Connections { get; } = [];

    public bool ScriptCommandsServers => HasScript && !Version.StartsWith("2.", StringComparison.Ordinal);

    /// <summary>Every database that a client reaches through it, or could in the next moment.</summary>
    public IEnumerable<IPEndPoint> ReachableDatabases => HasEnded ? [] :
    [
        .. _servers.Values.SelectMany(s => s.Sessions.Select(o => o.Database)),
        .. Stopping && (Silent == 0 || HasScript) ? [] : _servers.Values.Where(s => !s.InMaintenance).Select(s => s.Address),
    ];

    public bool IsServing(IPEndPoint? database) =>
        _servers.Values.Where(s => !s.InMaintenance).Select(s => s.Address).SequenceEqual(database is null ? [] : [database]);

    public int Jobs => _servers.Values.Sum(s => s.Sessions.Count) + Silent + Connections.Count;

    public ProcessInfo Info => new(Version, Pid, Pid, TimeSpan.Zero, Stopping, 100, 0) { Jobs = Jobs };

    public IReadOnlyList<ServerState> ServersState() =>
    [
        .. _servers.Values.Select(s => new ServerState(
            "be", s.Id, s.Name, s.Address.Address, s.Address.Port, s.InMaintenance ? ServerOperationalState.Stopped : ServerOperationalState.Running,
            s.InMaintenance ? ServerAdminState.ForcedMaintenance : ServerAdminState.None, TimeSpan.FromSeconds(Math.Floor(time.GetElapsedTime(s.Changed).TotalSeconds)))),
    ];

    public IReadOnlyList<SessionState> Sessions() => [.. _servers.Values.SelectMany(s => s.Sessions.Select(o => o.State))];

    /// <returns>Whether it did it; it says so either way.</returns>
    public bool Execute(Step step, long generation)
    {
        var throughScript = ScriptCommandsServers && step is Step.Maintain or Step.MakeReady or Step.SetAddress or Step.Cut { OnlySessions: null } or Step.MaintainInOldWorker;
        if (throughScript && !Admit(generation))
        {
            return false;
        }

        switch (step)
        {
            case Step.TellGeneration tell:
                return Admit(tell.Generation);
            case Step.TellHold tell:
                Hold = tell.Hold;
                return true;
            case Step.Maintain or Step.MaintainInOldWorker when _servers.TryGetValue(step.Server, out var server) && (throughScript || !Stopping):
                Put(server, inMaintenance: true);
                return true;
            case Step.MakeReady when _servers.TryGetValue(step.Server, out var server) && !Stopping:
                Put(server, inMaintenance: false);
                return true;
            case Step.Cut cut when _servers.TryGetValue(step.Server, out var server) && (throughScript || !Stopping || cut.OnlySessions is not null):
                server.Sessions.RemoveAll(s => cut.OnlySessions is null || cut.OnlySessions.Contains(s.State.Id));
                return true;
            case Step.CutInOldWorker cut when _servers.TryGetValue(step.Server, out var server):
                server.Sessions.RemoveAll(s => cut.Sessions.Contains(s.State.Id));
                return true;
            case Step.Add add:
                return _servers.TryAdd(add.Server, new Server(_nextId++, add.Server, add.Spec.Address, time.GetTimestamp()));
            case Step.SetAddress set when _servers.TryGetValue(step.Server, out var server) && !Stopping:
                server.Address = set.Address;
                return true;
            case Step.Delete when _servers.TryGetValue(step.Server, out var server) && server.InMaintenance && server.Sessions.Count == 0 && !Stopping:
                return _servers.Remove(step.Server);
            default:
                return false;
        }
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
        if (Stopping && HasScript)
        {
            return true;
        }

        Route(random);
        return false;
    }

    /// <summary>Some sessions end by themselves; some that are on their way arrive, also at a server that went to maintenance meanwhile.</summary>
    public void SessionsGoOn(Random random)
    {
        foreach (var server in _servers.Values)
        {
            server.Sessions.RemoveAll(_ => random.Next(4) == 0);
            for (var i = 0; i < server.Sessions.Count; i++)
            {
                if (server.Sessions[i].State.ServerSide == ServerSideState.TurnAround)
                {
                    server.Sessions[i] = server.Sessions[i] with { State = server.Sessions[i].State with { ServerSide = ServerSideState.Established } };
                }
            }
        }

        Silent = random.Next(6) == 0 ? 0 : Silent;
    }

    private void Route(Random random)
    {
        var usable = _servers.Values.Where(s => !s.InMaintenance).ToList();
        if (usable.Count > 0)
        {
            var server = usable[random.Next(usable.Count)];
            var state = random.Next(3) == 0 ? ServerSideState.TurnAround : ServerSideState.Established;
            server.Sessions.Add(new Open(new SessionState($"0x{_nextSession++:x}", "127.0.0.1:1", "db", "be", server.Name, state), server.Address));
        }
    }

    private bool Admit(long generation)
    {
        if (generation < Generation)
        {
            return false;
        }

        Generation = generation;
        return true;
    }

    private void Put(Server server, bool inMaintenance)
    {
        if (server.InMaintenance != inMaintenance)
        {
            (server.InMaintenance, server.Changed) = (inMaintenance, time.GetTimestamp());
        }
    }

    /// <param name="Database">Where it was connected to: another address of the server does not change that.</param>
    private sealed record Open(SessionState State, IPEndPoint Database);

    private sealed class Server(int id, string name, IPEndPoint address, long changed)
    {
        public int Id { get; } = id;

        public string Name { get; } = name;

        public IPEndPoint Address { get; set; } = address;

        public bool InMaintenance { get; set; } = true;

        public long Changed { get; set; } = changed;

        public List<Open> Sessions { get; } = [];
    }
}

/// <summary>A connection to a process's Runtime API, as both ends have it.</summary>
internal sealed class ModelConnection(ModelWorker worker)
{
    public ModelWorker Worker { get; } = worker;

    /// <summary>On its way and not yet executed.</summary>
    public Queue<(Step Step, long Generation)> InFlight { get; } = new();

    /// <summary>What the manager last saw through it.</summary>
    public IReadOnlyList<ObservedServer> LastSeen { get; set; } = [];

    /// <summary>Our end was closed, or lost it; HAProxy may not know yet.</summary>
    public bool ClosedByUs { get; set; }

    /// <summary>HAProxy closed it, or ended, and we have seen that.</summary>
    public bool EndedByPeer => !ClosedByUs && (Worker.HasEnded || !Worker.Connections.Contains(this));
}
