using System.Net;
using DbSwitch.Keeping;
using DbSwitch.Model;
using DbSwitch.Proxies;
using HaproxyRuntime;

namespace DbSwitch.Tests.Keeping;

/// <summary>A backend as HAProxy has it, in memory: what the decider's steps do to it, and what happens to it without us.</summary>
internal sealed class ModelBackend(Random random, TimeProvider time, string version)
{
    private static readonly ServerAdminState[] AdminStates =
    [
        ServerAdminState.None, ServerAdminState.ForcedMaintenance, ServerAdminState.InheritedMaintenance, ServerAdminState.ConfiguredMaintenance,
        ServerAdminState.ForcedDrain, ServerAdminState.ResolutionMaintenance,
    ];

    private readonly Dictionary<string, Server> _servers = [];
    private readonly Dictionary<string, Server> _configured = [];
    private int _nextId = 1;
    private int _pid = 1;

    public IEnumerable<string> ReachableServers => _servers.Values.Where(s => s.TakesClients || s.Sessions.Count > 0).Select(s => s.Name);

    public IEnumerable<string> ServersThatTakeClients => _servers.Values.Where(s => s.TakesClients).Select(s => s.Name);

    public bool Serves(ServerSpec spec) => _servers.TryGetValue(spec.Name, out var server) && server.TakesClients && server.Address.Equals(spec.Address);

    public ProxyObservation.Seen Look(BackendMemory memory, ServerSpec? mayBeReady)
    {
        var process = Some.Process(version, _pid, _pid);
        IReadOnlyList<ServerState> states = [.. _servers.Values.Select(s => Some.State(new ServerSpec(s.Name, s.Address), s.Admin, s.Id) with { SinceLastChange = TimeSpan.FromSeconds(Math.Floor(time.GetElapsedTime(s.Changed).TotalSeconds)) })];
        memory.Update(process, states);
        var sessions = memory.NeedsSessions(states, mayBeReady) ? _servers.Values.SelectMany(s => s.Sessions).ToList() : null;
        return new ProxyObservation.Seen(process, memory.Observe(states, sessions));
    }

    public void Take(Step step)
    {
        switch (step)
        {
            case Step.Maintain:
                Set(_servers[step.Server], ServerAdminState.ForcedMaintenance);
                break;
            case Step.MakeReady:
                Set(_servers[step.Server], ServerAdminState.None);
                break;
            case Step.Add add:
                _servers.Add(add.Server, new Server(_nextId++, add.Server, add.Spec.Address, ServerAdminState.ForcedMaintenance, time.GetTimestamp()));
                break;
            case Step.SetAddress set:
                _servers[step.Server].Address = set.Address;
                break;
            case Step.Cut cut:
                _servers[step.Server].Sessions.RemoveAll(s => cut.OnlySessions is null || cut.OnlySessions.Contains(s.Id));
                break;
            case Step.Delete when _servers[step.Server].Sessions.Count == 0 && !_configured.ContainsKey(step.Server):
                _servers.Remove(step.Server);
                break;
        }
    }

    /// <summary>Something that we did not do.</summary>
    public void SomethingHappens(IReadOnlyList<ServerSpec> specs)
    {
        var spec = specs[random.Next(specs.Count)];
        switch (random.Next(9))
        {
            case 0:
                _servers.TryAdd(spec.Name, new Server(_nextId++, spec.Name, spec.Address, ServerAdminState.None, time.GetTimestamp()));
                break;
            case 1 when _servers.TryGetValue(spec.Name, out var server):
                Set(server, AdminStates[random.Next(AdminStates.Length)]);
                break;
            case 2:
                _servers.Remove(spec.Name);
                break;
            case 3:
                Restart();
                break;
            case 4:
                _configured[spec.Name] = new Server(0, spec.Name, spec.Address, ServerAdminState.None, 0);
                break;
            default:
                ClientsComeAndGo();
                break;
        }
    }

    public void ClientsComeAndGo()
    {
        foreach (var server in _servers.Values)
        {
            server.Sessions.RemoveAll(s => s.ServerSide == ServerSideState.Connecting || random.Next(3) == 0);
            for (var i = random.Next(4); server.TakesClients && i > 0; i--)
            {
                server.Sessions.Add(Some.Session(new ServerSpec(server.Name, server.Address), random.Next(), random.Next(4) == 0 ? ServerSideState.Connecting : ServerSideState.Established));
            }
        }
    }

    private void Restart()
    {
        _pid++;
        _servers.Clear();
        foreach (var server in _configured.Values)
        {
            _servers.Add(server.Name, new Server(_nextId++, server.Name, server.Address, server.Admin, time.GetTimestamp()));
        }
    }

    private void Set(Server server, ServerAdminState admin) => (server.Admin, server.Changed) = (admin, time.GetTimestamp());

    private sealed class Server(int id, string name, IPEndPoint address, ServerAdminState admin, long changed)
    {
        public int Id { get; } = id;

        public string Name { get; } = name;

        public IPEndPoint Address { get; set; } = address;

        public ServerAdminState Admin { get; set; } = admin;

        public long Changed { get; set; } = changed;

        public List<SessionState> Sessions { get; } = [];

        // As HAProxy does it: a note that it once was disabled in the configuration keeps nobody away.
        public bool TakesClients => (Admin & (ServerAdminState.ForcedMaintenance | ServerAdminState.InheritedMaintenance | ServerAdminState.ResolutionMaintenance)) == 0;
    }
}
