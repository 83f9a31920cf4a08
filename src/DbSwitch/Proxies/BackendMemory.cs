using System.Collections.Immutable;
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

    // One that HAProxy can end is gone milliseconds after it was told to; with the timeouts for half-closed sessions, after 2 s at most.
    private static readonly TimeSpan CutPatience = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan CountInterval = TimeSpan.FromMilliseconds(900);

    private readonly Dictionary<ServerKey, Entry> _inMaintenance = [];
    private readonly HashSet<ServerKey> _pinned = [];
    private readonly Dictionary<string, IPEndPoint> _moving = [];
    private readonly Dictionary<(string Server, string Session), long> _cut = [];
    private readonly Silence _silence = new(time);
    private long? _counted;
    private (int Pid, long StartTime) _process;

    /// <summary>Whether the last look needed the sessions: then the next one is likely to, and asks for them along with the rest.</summary>
    public bool NeededSessions { get; private set; }

    /// <summary>Whether the counters are due: not in the middle of a fence, whose next look is milliseconds away.</summary>
    public bool WantsCounters => !NeededSessions && (_counted is not { } last || time.GetElapsedTime(last) >= CountInterval);

    /// <summary>Whether the sessions are due, though no decision needs them: what is learned from them tells idle ones apart when one does.</summary>
    public bool LearnsFromSessions => !NeededSessions && _silence.IsDue && Counters?.Servers.Any(s => s.CurrentSessions > 0) == true;

    /// <summary>How many clients reached a server after it was proven fenced, while it was in maintenance all the time; of this process.</summary>
    public ImmutableDictionary<string, long> Reached { get; private set; } = [];

    /// <summary>The counters as they were when they were last due.</summary>
    public ProxyCounters? Counters { get; private set; }

    /// <summary>Takes in what was just read of the servers; an entry survives only while its server never left maintenance.</summary>
    public void Update(ProcessInfo process, IReadOnlyList<ServerState> servers)
    {
        if (_process != (process.Pid, process.StartTime))
        {
            _process = (process.Pid, process.StartTime);
            _inMaintenance.Clear();
            _pinned.Clear();
            _moving.Clear();
            _cut.Clear();
            _silence.Clear();
            (_counted, Counters, Reached) = (null, null, []);
        }

        var now = time.GetTimestamp();
        var present = servers.Where(s => (s.AdminState & ServerAdminState.ForcedMaintenance) != 0).ToDictionary(ServerKey.Of);
        foreach (var gone in _inMaintenance.Keys.Where(k => !present.ContainsKey(k)).ToList())
        {
            _inMaintenance.Remove(gone);
        }

        // HAProxy gives the id of a session that has ended to the next client.
        ForgetCuts(_cut.Keys.Where(c => !present.Keys.Any(p => p.Name == c.Server)));
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

    /// <summary>
    /// Takes in the counters, read after the servers. That a counter stands still proves nothing; that the sessions of a server grew after it was proven to have none, and with it in
    /// maintenance ever since, proves that something leads clients there all the same. What was proven of it is void then.
    /// </summary>
    public void Take(ProxyCounters counters)
    {
        ArgumentNullException.ThrowIfNull(counters);
        (_counted, Counters) = (time.GetTimestamp(), counters);
        foreach (var (key, entry) in _inMaintenance)
        {
            if (counters.Servers.FirstOrDefault(s => s.Name == key.Name)?.TotalSessions is not { } total || (entry.Sessions is null && !entry.SeenWithoutSessions))
            {
                continue;
            }

            if (total > entry.Sessions)
            {
                Reached = Reached.SetItem(key.Name, Reached.GetValueOrDefault(key.Name) + total - entry.Sessions.Value);
                entry.SeenWithoutSessions = false;
            }

            entry.Sessions = total;
        }
    }

    /// <summary>The frontends by which clients were seen to come to the backend; empty while none was.</summary>
    public ImmutableHashSet<string> Frontends { get; private set; } = [];

    /// <summary>Whether sessions must be read before a decision: some server is in maintenance, is not the one that may be ready, and was not seen without sessions yet.</summary>
    /// <param name="mayBeReady">The server that may take clients, known by its address; null for none.</param>
    public bool NeedsSessions(IReadOnlyList<ServerState> servers, ServerSpec? mayBeReady) => NeededSessions = servers.Any(s =>
        !(mayBeReady is not null && mayBeReady.Address.Port == s.Port && mayBeReady.Address.Address.Equals(s.Address))
        && _inMaintenance.TryGetValue(ServerKey.Of(s), out var entry) && !entry.SeenWithoutSessions);

    /// <summary>Joins what was read now with what is remembered.</summary>
    /// <param name="sessions">Every stream of the process, read after the servers; null when not asked for.</param>
    public IReadOnlyList<ObservedServer> Observe(IReadOnlyList<ServerState> servers, IReadOnlyList<SessionState>? sessions)
    {
        Frontends = Frontends.Union(sessions?.Where(s => servers.Any(server => server.Backend == s.Backend)).Select(s => s.Frontend) ?? []);
        if (_cut.Count > 0 && sessions is not null)
        {
            ForgetCuts(_cut.Keys.Except(sessions.Where(s => s.Server is not null).Select(s => (s.Server!, s.Id))));
        }

        if (sessions is not null)
        {
            _silence.Learn(sessions.Where(s => servers.Any(server => server.Backend == s.Backend)));
        }

        return [.. servers.Select(server =>
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
            var fenced = (own is null ? entry.SeenWithoutSessions : own.Count == 0) && !server.AgentMayAct;

            // A break in the first two seconds would not show in the time of the last change: until then the proof is good for this look alone.
            entry.SeenWithoutSessions = fenced && since >= Rounding;
            return new ObservedServer(server, own, since, fenced, _pinned.Contains(key))
            {
                MovesTo = moves,
                SilentFor = own is { Count: > 0 } ? own.Min(_silence.Of) : null,
                Unendable = own?.Count(s => _cut.TryGetValue((server.Name, s.Id), out var cut) && time.GetElapsedTime(cut) >= CutPatience) ?? 0,
            };
        })];
    }

    /// <summary>A server was told another address, which HAProxy applies a moment later: until it was read back where it leads is not known.</summary>
    public void Moves(string server, IPEndPoint address) => _moving[server] = address;

    /// <summary>HAProxy has confirmed that it was told to end these sessions.</summary>
    public void WereCut(string server, IEnumerable<string> sessions)
    {
        ArgumentNullException.ThrowIfNull(sessions);
        foreach (var session in sessions)
        {
            _cut.TryAdd((server, session), time.GetTimestamp());
        }
    }

    /// <summary>HAProxy said that this server can't be deleted: it isn't asked again while this process lives.</summary>
    public void Pin(ServerState server) => _pinned.Add(ServerKey.Of(server));

    private void ForgetCuts(IEnumerable<(string Server, string Session)> ended)
    {
        foreach (var cut in ended.ToList())
        {
            _cut.Remove(cut);
        }
    }

    private readonly record struct ServerKey(int Id, string Name, IPAddress? Address, int Port)
    {
        public static ServerKey Of(ServerState server) => new(server.Id, server.Name, server.Address, server.Port);
    }

    private sealed class Entry(long since)
    {
        public long Since { get; } = since;

        public bool SeenWithoutSessions { get; set; }

        /// <summary>How many it has had in all, when that was last counted after the proof; null before.</summary>
        public long? Sessions { get; set; }
    }
}
