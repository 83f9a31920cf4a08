using System.Net;
using HaproxyRuntime;

namespace DbSwitch.Proxies;

/// <summary>What is known of one backend in one proxy at one moment: either all that a decision needs, or that it is unknown, and why.</summary>
public abstract record ProxyObservation
{
    private ProxyObservation()
    {
    }

    /// <summary>The proxy answered every question.</summary>
    public sealed record Seen(ProcessInfo Process, IReadOnlyList<ObservedServer> Servers) : ProxyObservation
    {
        /// <summary>What the companion script says of the backend; null where it is not loaded.</summary>
        public Companion? Companion { get; init; }

        /// <summary>What was counted at this look or a moment before; null while nothing was.</summary>
        public ProxyCounters? Counters { get; init; }

        /// <summary>The frontends by which clients were seen to come to the backend; empty while none was.</summary>
        public IReadOnlySet<string> Frontends { get; init; } = new HashSet<string>();

        /// <summary>How many clients reached a server, by its name, although it was in maintenance and proven fenced: something in haproxy.cfg overrules maintenance.</summary>
        public IReadOnlyDictionary<string, long> Reached { get; init; } = new Dictionary<string, long>();

        /// <summary>The stick tables that lead clients to servers of the backend; null where they were not asked for: only before a switchover.</summary>
        public IReadOnlyList<string>? StickTables { get; init; }

        /// <summary>Processes that a reload has left over, and that still have something to end.</summary>
        public IReadOnlyList<OldWorkerObservation> OldWorkers { get; init; } = [];
    }

    /// <summary>
    /// There is no HAProxy, and whoever starts it says so: its socket refuses, and its host has seen it end. No client reaches anything through it, and when it is back it
    /// has no server that nobody has given it.
    /// </summary>
    /// <param name="Reason">Fit to follow the proxy's name and a colon.</param>
    public sealed record Down(string Reason) : ProxyObservation;

    /// <summary>Nothing is known, so nothing is done.</summary>
    /// <param name="Reason">Fit to follow the proxy's name and a colon.</param>
    /// <param name="Silent">It was asked and did not answer in time, so waiting a little longer promises nothing.</param>
    public sealed record Unknown(string Reason, bool Silent = false) : ProxyObservation
    {
        /// <summary>Nobody listens there: no HAProxy, as far as the machine that was asked can tell.</summary>
        public bool IsRefused { get; init; }
    }
}

/// <summary>One server, and what is known of its sessions.</summary>
/// <param name="Sessions">Its streams, those that only try to reach it included; null when they were not asked for. Asked after the state was read.</param>
/// <param name="InMaintenanceFor">How long it has been seen in maintenance by command without a break; null when it isn't.</param>
/// <param name="Fenced">No client reaches it, proven: in maintenance by command, and since then <c>show sess</c> showed no stream of it.</param>
/// <param name="Pinned">HAProxy said that it can't be deleted while it runs.</param>
public sealed record ObservedServer(ServerState State, IReadOnlyList<SessionState>? Sessions, TimeSpan? InMaintenanceFor, bool Fenced, bool Pinned)
{
    public string Name => State.Name;

    /// <summary>Whether a new client could be sent to it: anything but maintenance counts, whatever health checks say at the moment.</summary>
    public bool MayTakeClients => !State.InMaintenance;

    /// <summary>The address that it was told and was not seen to have yet: where it leads is not known. Null when it has what it was told.</summary>
    public IPEndPoint? MovesTo { get; init; }

    /// <summary>For how long no byte has gone over any of its sessions, at least; null where that is not known.</summary>
    public TimeSpan? SilentFor { get; init; }

    /// <summary>How many of its sessions HAProxy was told to end, seconds ago, and has not: one side has closed, and the other neither reads nor closes (2.6, 3.0 and 3.2).</summary>
    public int Unendable { get; init; }

    public bool HasAddress(IPEndPoint address) => MovesTo is null && State.Port == address.Port && address.Address.Equals(State.Address);
}

/// <summary>The backend in a process that a reload has left over. It takes no new connections, but those it has may still be on their way to a server.</summary>
/// <param name="Servers">As it has them; their <see cref="ObservedServer.Fenced"/> is what holds in this process.</param>
/// <param name="CanFence">Its companion script can put a server into maintenance, which HAProxy's own commands refuse there.</param>
/// <param name="Problem">Why it can't be asked, fit to follow "an old worker (pid 7)"; then <paramref name="Servers"/> is what was last seen there, if anything. Null when it answered.</param>
public sealed record OldWorkerObservation(int Pid, IReadOnlyList<ObservedServer> Servers, bool CanFence, string? Problem = null)
{
    /// <summary>It stands for processes that a master would know of (pid 0), and every one that a reload has left over since the master was heard last is known all the same.</summary>
    public bool OthersAreKnown { get; init; }

    /// <summary>Beside it, in the worker that this one has followed, these took clients when it was looked at last.</summary>
    public IReadOnlyList<ObservedServer> ServedBefore { get; init; } = [];
}
