using HaproxyRuntime;

namespace DbSwitch.Proxies;

/// <summary>
/// A process that a reload has left over, and a way into it: the connection that was open when it was still the worker (HAProxy does not end it), or the master socket.
/// </summary>
/// <remarks>
/// "No stream has this server" does not fence it there: a client that connected before the reload and has not spoken yet is sent to a server when it does (3.0, 3.2).
/// So a server is fenced in it when it has no stream and is in maintenance <em>there</em>, or the companion script sends such clients to the new worker, or nothing is left in the process.
/// </remarks>
/// <param name="lastSeen">The servers of each backend when it was last asked as the worker.</param>
internal sealed class OldWorker(int pid, RuntimeApi api, IReadOnlyDictionary<string, IReadOnlyList<ObservedServer>> lastSeen, TimeProvider time)
{
    // One that is just leaving may never answer, and the worker that takes clients must not wait for that.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    public int Pid { get; } = pid;

    public RuntimeApi Api { get; } = api;

    public IReadOnlyDictionary<string, IReadOnlyList<ObservedServer>> LastSeen { get; } = lastSeen;

    /// <summary>Nothing can come from it any more: it has ended, or would have but for our connection.</summary>
    public bool IsGone { get; private set; }

    /// <summary>Looks at one backend in it. Never throws for anything that a process can do.</summary>
    public async Task<OldWorkerObservation> ObserveAsync(string backend, CancellationToken cancel)
    {
        using var timer = new CancellationTokenSource(Patience, time);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancel);
        try
        {
            var process = await Api.ShowInfoAsync(patience.Token).ConfigureAwait(false);
            var script = Companion.Parse(await Api.ExecuteAsync(CompanionCommand.Show, patience.Token).ConfigureAwait(false), backend);
            var servers = WayBack.Without(await Api.ShowServersStateAsync(backend, patience.Token).ConfigureAwait(false));
            var sessions = await Api.ShowSessionsAsync(patience.Token).ConfigureAwait(false);
            IsGone = HasNothingLeft(process);
            return Judge(process, script is not null, servers, sessions);
        }
        catch (RuntimeApiException e) when (e.Error == RuntimeApiError.NoSuchProcess || Api is RuntimeSession { EndedByPeer: true })
        {
            IsGone = true;
            return new OldWorkerObservation(Pid, [], false);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new OldWorkerObservation(Pid, LastSeen.GetValueOrDefault(backend, []), false, "it does not answer");
        }
        catch (Exception e) when (e is RuntimeApiException or FormatException)
        {
            return new OldWorkerObservation(Pid, LastSeen.GetValueOrDefault(backend, []), false, e is RuntimeApiException { Problem: var problem } ? problem : e.Message);
        }
    }

    /// <summary>Nothing of ours is connected to it any more.</summary>
    public ValueTask LeaveAsync() => Api is RuntimeSession session ? session.DisposeAsync() : ValueTask.CompletedTask;

    /// <summary>Nothing keeps it alive but this connection. Counters prove nothing of sessions; this one is what HAProxy itself ends the process by.</summary>
    internal static bool HasNothingLeft(ProcessInfo process) => process is { Stopping: true, Jobs: 1 };

    /// <summary>What holds in it. Pure. One that is not stopping yet still takes new clients, and the script keeps nobody from its servers.</summary>
    internal static OldWorkerObservation Judge(ProcessInfo process, bool hasScript, IReadOnlyList<ServerState> servers, IReadOnlyList<SessionState> sessions) => new(
        process.Pid,
        [.. servers.Select(server =>
        {
            var own = sessions.Where(s => s.Backend == server.Backend && s.Server == server.Name).ToList();
            var closed = (hasScript && process.Stopping) || (server.AdminState & ServerAdminState.ForcedMaintenance) != 0;
            return new ObservedServer(server, own, null, own.Count == 0 && closed, false);
        })],
        hasScript && Companion.CommandsServersIn(process.Version));
}
