using System.Collections.Concurrent;
using DbSwitch.Model;
using HaproxyRuntime;

namespace DbSwitch.Proxies;

/// <summary>
/// The one connection to a proxy's Runtime API that every switch on that proxy shares. It is kept open, so that its end tells at once of a restart or a reload,
/// and made anew when it is needed. Invariant 2 lives here: after a command that changes state was not answered the proxy is unknown, and stays so until the
/// connection that carried it has answered, or has ended at the other end, or the process is another one.
/// </summary>
/// <param name="isDown">Asks the host of a managed proxy, on this machine, whether it has seen HAProxy end and not started it again; null where there is none to ask.</param>
/// <param name="master">Its master socket, by which old workers are found and reached; null where there is none.</param>
public sealed class ProxyLink(string name, RuntimeEndpoint endpoint, RuntimeOptions options, RuntimeEndpoint? master = null, Func<bool>? isDown = null) : IAsyncDisposable
{
    private static readonly IReadOnlyDictionary<string, IReadOnlyList<ObservedServer>> NeverSeen = new Dictionary<string, IReadOnlyList<ObservedServer>>();

    private readonly MasterClient? _master = master is null ? null : new MasterClient(master, options);
    private readonly SemaphoreSlim _opening = new(1, 1);
    private Connected? _connected;

    // Commands that change state: on their way, or never answered. A command is here before its first byte is sent, and leaves with its complete answer.
    private readonly ConcurrentDictionary<LostCommand, byte> _unproven = new();

    // Left over from reloads. Without a master socket each keeps the connection that was open to it, by which it can still be asked and told.
    private readonly ConcurrentDictionary<int, OldWorker> _oldWorkers = new();

    public string Name { get; } = name;

    public RuntimeEndpoint Endpoint { get; } = endpoint;

    public RuntimeEndpoint? Master { get; } = master;

    /// <summary>Whether a command was lost with its connection: then nobody else may hold one, so that its end can be proven.</summary>
    public bool AwaitsProof => _unproven.Keys.Any(l => l.On.Session.Ended.IsCompleted);

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

            // All on their way before the first is answered. Whether the process is stopping is asked each time: see ReloadWatch.
            var asking = connected.Session.ShowInfoAsync(cancel);
            var listing = connected.Session.ShowServersStateAsync(backend, cancel);
            var hearing = connected.HasCompanion ? connected.Session.ExecuteAsync(CompanionCommand.Show, cancel) : Task.FromResult("");
            await Task.WhenAll(asking, listing, hearing).ConfigureAwait(false);
            var (process, servers) = (await asking.ConfigureAwait(false), await listing.ConfigureAwait(false));
            if (process.Stopping)
            {
                await LeaveAsync(connected).ConfigureAwait(false);
                return new ProxyObservation.Unknown("has just reloaded");
            }

            memory.Update(process, servers);
            var sessions = alwaysSessions || memory.NeedsSessions(servers, mayBeReady)
                ? await connected.Session.ShowSessionsAsync(cancel).ConfigureAwait(false)
                : null;
            var companion = Companion.Parse(await hearing.ConfigureAwait(false), backend);
            var seen = memory.Observe(servers, sessions);
            connected.LastSeen[backend] = seen;
            return new ProxyObservation.Seen(process, seen) { Companion = companion, OldWorkers = await ObserveOldWorkersAsync(connected, backend, cancel).ConfigureAwait(false) };
        }
        catch (FormatException e)
        {
            return new ProxyObservation.Unknown(e.Message);
        }
        catch (RuntimeApiException e)
        {
            // A peer that talks nonsense is left; unless a change is on its way there, whose answer is waited for.
            if (e.Error is RuntimeApiError.Unexpected && connected is not null && !_unproven.Keys.Any(l => l.On == connected))
            {
                await DropAsync(connected).ConfigureAwait(false);
            }

            // The host is asked after the socket has refused: what it has seen end can't have been what refused.
            return e.Error == RuntimeApiError.Unreachable && Endpoint is RuntimeEndpoint.Unix && isDown?.Invoke() == true
                ? new ProxyObservation.Down("HAProxy is down, as its host says, and serves nobody; it gets what is selected when it is back")
                : new ProxyObservation.Unknown(Explain(e, backend), Silent: e.Error == RuntimeApiError.TimedOut);
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
        _unproven[sent] = 0;
        try
        {
            var result = await ChangeAsync(connected.Session, command, cancel).ConfigureAwait(false);
            _unproven.TryRemove(sent, out _);
            return result;
        }
        catch (RuntimeApiException e) when (!e.OutcomeIsUnknown)
        {
            _unproven.TryRemove(sent, out _);
            throw;
        }

        // Any other exception leaves it there, also when it was we who stopped waiting: it may have been sent.
    }

    /// <summary>Sends one command to a process that a reload has left over. There it can end sessions and nothing else, so an answer that never came is nobody's worry.</summary>
    /// <exception cref="RuntimeApiException">There was no complete answer, or the process has gone.</exception>
    public async Task<CommandResult> ChangeInOldWorkerAsync(int pid, RuntimeCommand command, CancellationToken cancel) =>
        _oldWorkers.TryGetValue(pid, out var worker)
            ? await ChangeAsync(worker.Api, command, cancel).ConfigureAwait(false)
            : new CommandResult(CommandOutcome.NoSuchSession, $"the old worker (pid {pid}) has ended");

    public async ValueTask DisposeAsync()
    {
        await DropAsync(_connected).ConfigureAwait(false);
        foreach (var worker in _oldWorkers.Values)
        {
            await ForgetAsync(worker).ConfigureAwait(false);
        }

        _opening.Dispose();
    }

    private static async Task<CommandResult> ChangeAsync(RuntimeApi api, RuntimeCommand command, CancellationToken cancel)
    {
        if (!CompanionCommand.IsOne(command))
        {
            return await api.ChangeAsync(command, cancel).ConfigureAwait(false);
        }

        var answer = await api.ExecuteAsync(command, cancel).ConfigureAwait(false);
        return CompanionCommand.Read(answer) ?? throw new RuntimeApiException(RuntimeApiError.Unexpected, api.Endpoint, command, $"\"{answer.Trim()}\" is no answer of the companion script", answer);
    }

    private async Task<IReadOnlyList<OldWorkerObservation>> ObserveOldWorkersAsync(Connected connected, string backend, CancellationToken cancel)
    {
        var observed = new List<OldWorkerObservation>();
        if (await FindOldWorkersAsync(connected, cancel).ConfigureAwait(false) is { } unknown)
        {
            observed.Add(new OldWorkerObservation(0, [], false, unknown));
        }

        foreach (var worker in _oldWorkers.Values)
        {
            var one = await worker.ObserveAsync(backend, cancel).ConfigureAwait(false);
            if (worker.IsGone)
            {
                await ForgetAsync(worker).ConfigureAwait(false);
            }
            else
            {
                observed.Add(one);
            }
        }

        return observed;
    }

    /// <summary>Those that were there before we came. Asked once for each process: another one can appear only by a reload, which ends this connection's time.</summary>
    /// <returns>Why they are not known; null when they are.</returns>
    private async Task<string?> FindOldWorkersAsync(Connected connected, CancellationToken cancel)
    {
        if (_master is null || connected.KnowsOldWorkers)
        {
            return null;
        }

        try
        {
            var processes = await _master.ShowProcessesAsync(cancel).ConfigureAwait(false);

            // After a reload that failed some versions list the serving worker among the old ones.
            foreach (var old in processes.OldWorkers.Where(o => o.Pid != connected.Pid))
            {
                _oldWorkers.TryAdd(old.Pid, new OldWorker(old.Pid, _master.Worker(old), NeverSeen));
            }

            connected.KnowsOldWorkers = true;
            return null;
        }
        catch (RuntimeApiException e)
        {
            return $"the master socket, which knows of old workers, can't be asked: {e.Message}";
        }
    }

    private async Task ForgetAsync(OldWorker worker)
    {
        _oldWorkers.TryRemove(worker.Pid, out _);
        if (worker.Api is RuntimeSession session)
        {
            await session.DisposeAsync().ConfigureAwait(false);
        }
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
                if (_master is null && before is { Session.EndedByPeer: false } && (before.Pid, before.StartTime) != (opened.Pid, opened.StartTime))
                {
                    // Another process, and the connection to the one before was lost on the way: nobody saw that one end, so it may be an old worker with sessions.
                    _oldWorkers.TryAdd(before.Pid, new OldWorker(before.Pid, before.Session, before.LastSeen));
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

        foreach (var lost in _unproven.Keys)
        {
            await ProveGoneAsync(lost, process, session, cancel).ConfigureAwait(false);
            _unproven.TryRemove(lost, out _);
        }

        var script = await session.ExecuteAsync(CompanionCommand.Show, cancel).ConfigureAwait(false);
        return new Connected(session, process.Pid, process.StartTime, script.StartsWith("version ", StringComparison.Ordinal));
    }

    private async Task ProveGoneAsync(LostCommand lost, ProcessInfo process, RuntimeSession session, CancellationToken cancel)
    {
        var sameProcess = (process.Pid, process.StartTime) == (lost.On.Pid, lost.On.StartTime);
        if (!LostCommandRule.IsGone(sameProcess, lost.On.Session.EndedByPeer, null)
            && !LostCommandRule.IsGone(sameProcess, lost.On.Session.EndedByPeer, (await session.ShowSessionsAsync(cancel).ConfigureAwait(false)).Count(c => c.Frontend == "GLOBAL")))
        {
            throw new RuntimeApiException(RuntimeApiError.TimedOut, Endpoint, lost.Command, "was sent and not answered, and HAProxy may still hold the connection that carried it");
        }
    }

    private void Forget(Func<LostCommand, bool> which)
    {
        foreach (var command in _unproven.Keys.Where(which))
        {
            _unproven.TryRemove(command, out _);
        }
    }

    /// <summary>Its process is stopping: the next look is over a new connection, and this one is kept as the way into what is left of the old.</summary>
    private async Task LeaveAsync(Connected connected)
    {
        if (Interlocked.CompareExchange(ref _connected, null, connected) != connected)
        {
            return;
        }

        // With a master socket nothing of ours keeps it alive.
        RuntimeApi way = _master is null ? connected.Session : _master.Worker(connected.Pid);
        var added = _oldWorkers.TryAdd(connected.Pid, new OldWorker(connected.Pid, way, connected.LastSeen));
        if (_master is not null || !added)
        {
            await connected.Session.DisposeAsync().ConfigureAwait(false);
        }

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

    private static string Explain(RuntimeApiException e, string backend) =>
        e is { Error: RuntimeApiError.Refused, Outcome: CommandOutcome.NoSuchBackend }
            ? $"has no backend {backend} (add \"backend {backend}\" to its haproxy.cfg, or correct the switch's backend: key)"
            : e.Problem;

    // Classes, not records: each is itself and equal to no other.
    private sealed class Connected(RuntimeSession session, int pid, long startTime, bool hasCompanion)
    {
        public bool HasCompanion { get; } = hasCompanion;

        /// <summary>Whether those that were there before this process are in the list.</summary>
        public bool KnowsOldWorkers { get; set; }

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
