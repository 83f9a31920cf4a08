using System.Net;
using DbSwitch.Model;
using HaproxyRuntime;

namespace DbSwitch.Proxies;

/// <summary>
/// What earlier looks at one backend have proven, so that the whole session list need not be read again at each tick: since when a server has been in maintenance,
/// and whether it was seen without a stream since. Everything is forgotten with the process that it was true of.
/// </summary>
public sealed class BackendMemory(TimeProvider time)
{
    // HAProxy gives the time of the last change in whole seconds.
    private static readonly TimeSpan Rounding = TimeSpan.FromSeconds(2);

    private readonly Dictionary<ServerKey, Entry> _inMaintenance = [];
    private readonly HashSet<ServerKey> _pinned = [];
    private readonly Dictionary<string, IPEndPoint> _moving = [];
    private (int Pid, long StartTime) _process;

    /// <summary>Whether the last look needed the sessions: then the next one is likely to, and asks for them along with the rest.</summary>
    public bool NeededSessions { get; private set; }

    /// <summary>Takes in what was just read of the servers; an entry survives only while its server never left maintenance.</summary>
    public void Update(ProcessInfo process, IReadOnlyList<ServerState> servers)
    {
        if (_process != (process.Pid, process.StartTime))
        {
            _process = (process.Pid, process.StartTime);
            _inMaintenance.Clear();
            _pinned.Clear();
            _moving.Clear();
        }

        var now = time.GetTimestamp();
        var present = servers.Where(s => (s.AdminState & ServerAdminState.ForcedMaintenance) != 0).ToDictionary(ServerKey.Of);
        foreach (var gone in _inMaintenance.Keys.Where(k => !present.ContainsKey(k)).ToList())
        {
            _inMaintenance.Remove(gone);
        }

        foreach (var (key, server) in present)
        {
            // Somebody may have let clients in and out again between two looks: then its last change is younger than our memory of it.
            var brokeOff = _inMaintenance.TryGetValue(key, out var entry) && server.SinceLastChange + Rounding < time.GetElapsedTime(entry.Since, now);
            if (entry is null || brokeOff)
            {
                _inMaintenance[key] = new Entry(now);
            }
        }
    }

    /// <summary>Whether sessions must be read before a decision: some server is in maintenance, is not the one that may be ready, and was not seen without sessions yet.</summary>
    /// <param name="mayBeReady">The server that may take clients, known by its address; null for none.</param>
    public bool NeedsSessions(IReadOnlyList<ServerState> servers, ServerSpec? mayBeReady) => NeededSessions = servers.Any(s =>
        !(mayBeReady is not null && mayBeReady.Address.Port == s.Port && mayBeReady.Address.Address.Equals(s.Address))
        && _inMaintenance.TryGetValue(ServerKey.Of(s), out var entry) && !entry.SeenWithoutSessions);

    /// <summary>Joins what was read now with what is remembered.</summary>
    /// <param name="sessions">Every stream of the process, read after the servers; null when not asked for.</param>
    public IReadOnlyList<ObservedServer> Observe(IReadOnlyList<ServerState> servers, IReadOnlyList<SessionState>? sessions) =>
        [.. servers.Select(server =>
        {
            var key = ServerKey.Of(server);
            if (_moving.TryGetValue(server.Name, out var told) && told.Port == server.Port && told.Address.Equals(server.Address))
            {
                _moving.Remove(server.Name);
            }

            var moves = _moving.GetValueOrDefault(server.Name);
            var own = sessions?.Where(s => s.Backend == server.Backend && s.Server == server.Name).ToList();
            if (!_inMaintenance.TryGetValue(key, out var entry))
            {
                return new ObservedServer(server, own, null, false, _pinned.Contains(key)) { MovesTo = moves };
            }

            // Counters prove nothing (streams in turn-around are in none of them): only the list of streams does.
            var since = time.GetElapsedTime(entry.Since);
            var fenced = own is null ? entry.SeenWithoutSessions : own.Count == 0;

            // A break in the first two seconds would not show in the time of the last change: until then the proof is good for this look alone.
            entry.SeenWithoutSessions = fenced && since >= Rounding;
            return new ObservedServer(server, own, since, fenced, _pinned.Contains(key)) { MovesTo = moves };
        })];

    /// <summary>A server was told another address, which HAProxy applies a moment later: until it was read back where it leads is not known.</summary>
    public void Moves(string server, IPEndPoint address) => _moving[server] = address;

    /// <summary>HAProxy said that this server can't be deleted: it isn't asked again while this process lives.</summary>
    public void Pin(ServerState server) => _pinned.Add(ServerKey.Of(server));

    private readonly record struct ServerKey(int Id, string Name, IPAddress? Address, int Port)
    {
        public static ServerKey Of(ServerState server) => new(server.Id, server.Name, server.Address, server.Port);
    }

    private sealed class Entry(long since)
    {
        public long Since { get; } = since;

        public bool SeenWithoutSessions { get; set; }
    }
}
