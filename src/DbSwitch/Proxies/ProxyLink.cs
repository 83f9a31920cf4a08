using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using DbSwitch.Model;
using HaproxyRuntime;

namespace DbSwitch.Proxies;

/// <summary>
/// The one connection to a proxy's Runtime API that every switch on that proxy shares. It is kept open, so that its end tells at once of a restart or a reload,
/// and made anew when it is needed. What is lost makes its proxy unknown: after a command that changes state was not answered the proxy is unknown, and stays so until the
/// connection that carried it has answered, or has ended at the other end, or the process is another one.
/// </summary>
/// <param name="isDown">Asks the host of a managed proxy, on this machine, whether it has seen HAProxy end and not started it again; null where there is none to ask.</param>
/// <param name="master">Its master socket, by which old workers are found and reached; null where there is none.</param>
public sealed class ProxyLink(string name, RuntimeEndpoint endpoint, RuntimeOptions options, RuntimeEndpoint? master = null, Func<bool>? isDown = null) : IAsyncDisposable
{
    private readonly OldWorkers _oldWorkers = new(master is null ? null : new MasterClient(master, options), options.Time);
    private readonly SemaphoreSlim _opening = new(1, 1);
    private Connected? _connected;

    // Commands that change state: on their way, or never answered, in the order in which they were sent. A command is here before its first byte is sent, and leaves with its complete answer.
    private readonly List<LostCommand> _unproven = [];

    public string Name { get; } = name;

    public RuntimeEndpoint Endpoint { get; } = endpoint;

    public RuntimeEndpoint? Master { get; } = master;

    /// <summary>Whether a command was lost with its connection: then nobody else may hold one, so that its end can be proven.</summary>
    public bool AwaitsProof => Unproven.Exists(l => l.On.Session.Ended.IsCompleted);

    /// <summary>Whether a command that was never answered can do no more harm; see <see cref="LostCommandRule.IsGone"/>.</summary>
    internal Func<bool, bool, int?, bool> IsGone { get; init; } = LostCommandRule.IsGone;

    /// <summary>Raised when the connection ended: something happened to the proxy, look at it now. May be raised on any thread.</summary>
    public event Action? Ended;

    /// <summary>Looks at one backend. Never throws for anything that a proxy can do.</summary>
    public async Task<ProxyObservation> ObserveAsync(string backend, BackendMemory memory, ServerSpec? mayBeReady, bool alwaysSessions, CancellationToken cancel)
    {
        Connected? connected = null;
        try
        {
            connected = await ConnectAsync(cancel).ConfigureAwait(false);
            if (connected.Session.Overdue is { Count: > 0 } overdue)
            {
                return new ProxyObservation.Unknown($"does not answer (\"{overdue[0]}\" was sent and may yet be executed)", Silent: true);
            }

            // All on their way before the first is answered, and sessions behind the servers: what is proven by them is proven of servers that were in maintenance already. Whether the process is stopping is asked each time: see ReloadWatch.
            var asking = connected.Session.ShowInfoAsync(cancel);
            var listing = connected.Session.ShowServersStateAsync(backend, cancel);
            var hearing = connected.HasCompanion ? connected.Session.ExecuteAsync(CompanionCommand.Show, cancel) : Task.FromResult("");
            var reading = alwaysSessions || memory.NeededSessions || memory.LearnsFromSessions ? ReadSessionsAsync(connected, cancel) : Task.FromResult<IReadOnlyList<SessionState>?>(null);
            var counting = memory.WantsCounters ? CountAsync(connected.Session, backend, cancel) : Task.FromResult<ProxyCounters?>(null);
            await Task.WhenAll(asking, listing, hearing, reading, counting).ConfigureAwait(false);
            var (process, servers) = (await asking.ConfigureAwait(false), WayBack.Without(await listing.ConfigureAwait(false)));
            if (process.Stopping)
            {
                await LeaveAsync(connected).ConfigureAwait(false);
                return new ProxyObservation.Unknown("has just reloaded");
            }

            memory.Update(process, servers);
            if (await counting.ConfigureAwait(false) is { } counted)
            {
                memory.Take(counted);
            }

            var sessions = await reading.ConfigureAwait(false);
            if (memory.NeedsSessions(servers, mayBeReady))
            {
                sessions ??= await ReadSessionsAsync(connected, cancel).ConfigureAwait(false);
            }

            var companion = Companion.Parse(await hearing.ConfigureAwait(false), backend);
            var seen = memory.Observe(servers, sessions);
            connected.LastSeen[backend] = seen;
            return new ProxyObservation.Seen(process, seen)
            {
                Companion = companion,
                OldWorkers = await _oldWorkers.ObserveAsync(process, backend, cancel).ConfigureAwait(false),
                Counters = memory.Counters,
                Frontends = memory.Frontends,
                Reached = memory.Reached,
                StickTables = alwaysSessions ? await StickTables.ReadAsync(connected.Session, backend, servers, cancel).ConfigureAwait(false) : null,
            };
        }
        catch (FormatException e)
        {
            return new ProxyObservation.Unknown(e.Message);
        }
        catch (RuntimeApiException e)
        {
            // A peer that talks nonsense is left; unless a change is on its way there, whose answer is waited for.
            if (e.Error is RuntimeApiError.Unexpected && connected is not null && !Unproven.Exists(l => l.On == connected))
            {
                await DropAsync(connected).ConfigureAwait(false);
            }

            // The host is asked after the socket has refused: what it has seen end can't have been what refused.
            return e.Error == RuntimeApiError.Unreachable && Endpoint is RuntimeEndpoint.Unix && isDown?.Invoke() == true
                ? new ProxyObservation.Down("HAProxy is down, as its host says, and serves nobody; it gets what is selected when it is back")
                : new ProxyObservation.Unknown(Explain(e, backend), Silent: e.Error == RuntimeApiError.TimedOut) { IsRefused = e.Error == RuntimeApiError.Unreachable && e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionRefused } };
        }
    }

    /// <summary>What each server of one backend has to do, over the connection that is open anyway. Never throws for anything that a proxy can do.</summary>
    /// <returns>Null where that is not known now.</returns>
    public async Task<IReadOnlyList<ServerLoad>?> ReadLoadAsync(string backend)
    {
        if (_connected is not { } connected || connected.Session.Ended.IsCompleted || connected.Session.Overdue.Count > 0)
        {
            return null;
        }

        try
        {
            var rows = await connected.Session.ShowStatisticsAsync(backend, StatisticsKinds.Servers, CancellationToken.None).ConfigureAwait(false);
            return [.. rows.Where(r => r.Kind == StatisticsKind.Server).Select(r => new ServerLoad(r.Name, IPEndPoint.TryParse(r.Address ?? "", out var address) ? address : null, r.CurrentSessions ?? 0, r.Rate ?? 0))];
        }
        catch (Exception e) when (e is RuntimeApiException or ObjectDisposedException)
        {
            // Whatever it is, the keepers meet it too, and say so.
            return null;
        }
    }

    /// <summary>The proxy has reloaded: the next look is over a new connection, which the new worker takes.</summary>
    public void LeaveOldWorker()
    {
        // A command on its way is waited for: in an old worker it can do nothing, but its answer says so.
        if (_connected is { } connected && connected.Session.Unanswered.Count == 0)
        {
            _ = LeaveAsync(connected);
        }
        else
        {
            Ended?.Invoke();
        }
    }

    /// <summary>Sends one command that changes state, once.</summary>
    /// <exception cref="RuntimeApiException">There was no complete answer: from here on the proxy is unknown.</exception>
    public async Task<CommandResult> ChangeAsync(RuntimeCommand command, CancellationToken cancel)
    {
        var connected = await ConnectAsync(cancel).ConfigureAwait(false);
        var sent = new LostCommand(command, connected);
        lock (_unproven)
        {
            _unproven.Add(sent);
        }

        try
        {
            var result = await CompanionCommand.ChangeAsync(connected.Session, command, cancel).ConfigureAwait(false);
            Forget(l => l == sent);
            return result;
        }
        catch (RuntimeApiException e) when (!e.OutcomeIsUnknown)
        {
            Forget(l => l == sent);
            throw;
        }

        // Any other exception leaves it there, also when it was we who stopped waiting: it may have been sent.
    }

    /// <summary>Sends one command to a process that a reload has left over. There it can end sessions and nothing else, so an answer that never came is nobody's worry.</summary>
    /// <exception cref="RuntimeApiException">There was no complete answer, or the process has gone.</exception>
    public async Task<CommandResult> ChangeInOldWorkerAsync(int pid, RuntimeCommand command, CancellationToken cancel) =>
        _oldWorkers.WayInto(pid) is { } way ? await CompanionCommand.ChangeAsync(way, command, cancel).ConfigureAwait(false) : new CommandResult(CommandOutcome.NoSuchSession, $"the old worker (pid {pid}) has ended");

    public async ValueTask DisposeAsync()
    {
        await DropAsync(_connected).ConfigureAwait(false);
        await _oldWorkers.DisposeAsync().ConfigureAwait(false);
        _opening.Dispose();
    }

    private async Task<Connected> ConnectAsync(CancellationToken cancel)
    {
        await _opening.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            if (_connected is { } living && !living.Session.Ended.IsCompleted)
            {
                if (living.Session.Unanswered.Count == 0)
                {
                    // Whatever was late on this connection has been answered since.
                    Forget(l => l.On == living);
                }

                return living;
            }

            var before = _connected;
            var session = await RuntimeSession.OpenAsync(Endpoint, options, cancel).ConfigureAwait(false);
            try
            {
                var opened = await GreetAsync(session, cancel).ConfigureAwait(false);
                if (before is not null && (before.Pid, before.StartTime) != (opened.Pid, opened.StartTime))
                {
                    _oldWorkers.AddLost(before.Pid, before.StartTime, before.Session, before.LastSeen);
                }

                _connected = opened;
                _ = session.Ended.ContinueWith(_ => Ended?.Invoke(), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
                return opened;
            }
            catch
            {
                await session.DisposeAsync().ConfigureAwait(false);
                throw;
            }
        }
        finally
        {
            _opening.Release();
        }
    }

    private async Task<Connected> GreetAsync(RuntimeSession session, CancellationToken cancel)
    {
        var process = await session.ShowInfoAsync(cancel).ConfigureAwait(false);
        var level = await session.ShowCliLevelAsync(cancel).ConfigureAwait(false);
        if (level != "admin")
        {
            throw new RuntimeApiException(RuntimeApiError.Refused, Endpoint, RuntimeCommand.ShowCliLevel, $"this Runtime API is at level {level}; a switch needs level admin (\"stats socket … level admin\" in haproxy.cfg)");
        }

        foreach (var lost in Unproven)
        {
            await ProveGoneAsync(lost, process, session, cancel).ConfigureAwait(false);
            Forget(l => l == lost);
        }

        var script = await session.ExecuteAsync(CompanionCommand.Show, cancel).ConfigureAwait(false);
        return new Connected(session, process.Pid, process.StartTime, script.StartsWith("version ", StringComparison.Ordinal));
    }

    private async Task ProveGoneAsync(LostCommand lost, ProcessInfo process, RuntimeSession session, CancellationToken cancel)
    {
        var sameProcess = (process.Pid, process.StartTime) == (lost.On.Pid, lost.On.StartTime);
        if (!IsGone(sameProcess, lost.On.Session.EndedByPeer, null)
            && !IsGone(sameProcess, lost.On.Session.EndedByPeer, (await session.ShowSessionsAsync(cancel).ConfigureAwait(false)).Count(c => c.Frontend == "GLOBAL")))
        {
            throw new RuntimeApiException(RuntimeApiError.TimedOut, Endpoint, lost.Command, "was sent and not answered, and HAProxy may still hold the connection that carried it");
        }
    }

    private List<LostCommand> Unproven
    {
        get
        {
            lock (_unproven)
            {
                return [.. _unproven];
            }
        }
    }

    private void Forget(Predicate<LostCommand> which)
    {
        lock (_unproven)
        {
            _unproven.RemoveAll(which);
        }
    }

    /// <summary>Its process is stopping: the next look is over a new connection, and this one is kept as the way into what is left of the old.</summary>
    private async Task LeaveAsync(Connected connected)
    {
        if (Interlocked.CompareExchange(ref _connected, null, connected) != connected)
        {
            return;
        }

        await _oldWorkers.AddAsync(connected.Pid, connected.StartTime, connected.Session, connected.LastSeen).ConfigureAwait(false);
        Ended?.Invoke();
    }

    private async Task DropAsync(Connected? connected)
    {
        if (connected is not null)
        {
            Interlocked.CompareExchange(ref _connected, null, connected);
            await connected.Session.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>What this version's counters don't tell is not told; nothing that must be known hangs on them.</summary>
    private static async Task<ProxyCounters?> CountAsync(RuntimeSession session, string backend, CancellationToken cancel)
    {
        try
        {
            return await ProxyCounters.ReadAsync(session, backend, cancel).ConfigureAwait(false);
        }
        catch (RuntimeApiException e) when (e.Error is RuntimeApiError.Unexpected or RuntimeApiError.Refused or RuntimeApiError.NotSupported)
        {
            return null;
        }
    }

    private static async Task<IReadOnlyList<SessionState>?> ReadSessionsAsync(Connected connected, CancellationToken cancel) => await connected.Session.ShowSessionsAsync(cancel).ConfigureAwait(false);

    private static string Explain(RuntimeApiException e, string backend) =>
        e is { Error: RuntimeApiError.Refused, Outcome: CommandOutcome.NoSuchBackend }
            ? $"has no backend {backend} (add \"backend {backend}\" to its haproxy.cfg, or correct the switch's backend: key)"
            : e.Problem;

    // Classes, not records: each is itself and equal to no other.
    private sealed class Connected(RuntimeSession session, int pid, long startTime, bool hasCompanion)
    {
        public bool HasCompanion { get; } = hasCompanion;

        /// <summary>By backend.</summary>
        public ConcurrentDictionary<string, IReadOnlyList<ObservedServer>> LastSeen { get; } = new();

        public RuntimeSession Session { get; } = session;

        public int Pid { get; } = pid;

        public long StartTime { get; } = startTime;
    }

    private sealed class LostCommand(RuntimeCommand command, Connected on)
    {
        public RuntimeCommand Command { get; } = command;

        public Connected On { get; } = on;
    }
}
