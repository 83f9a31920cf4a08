using System.Collections.Concurrent;
using HaproxyRuntime;

namespace DbSwitch.Proxies;

/// <summary>The processes that reloads of one proxy have left over, and the way into each.</summary>
/// <remarks>
/// The master knows of all of them. Where there is no master socket, or the master can't be asked, those are known whose reload was seen, by the connection that was open to each: it is kept until
/// the master has named its process.
/// </remarks>
/// <param name="master">Null where there is no master socket.</param>
internal sealed class OldWorkers(MasterClient? master, TimeProvider time) : IAsyncDisposable
{
    // A master that executes itself anew for a reload refuses connections for milliseconds, and knows more than we do.
    private static readonly TimeSpan MasterPatience = TimeSpan.FromSeconds(1);

    // "show proc" may end before its end when it comes near to tune.bufsize: 16 KB hold some two hundred lines (haproxy#3204).
    private const int MostProcesses = 100;

    private static readonly IReadOnlyDictionary<string, IReadOnlyList<ObservedServer>> NeverSeen = new Dictionary<string, IReadOnlyList<ObservedServer>>();

    private readonly ConcurrentDictionary<int, OldWorker> _workers = new();
    private readonly SemaphoreSlim _searching = new(1, 1);
    private Worker? _toldOf;
    private Worker? _knownUpTo;
    private Worker? _left;
    private IReadOnlyDictionary<string, IReadOnlyList<ObservedServer>> _leftWith = NeverSeen;
    private long? _silentSince;

    /// <summary>Null when it has gone.</summary>
    public RuntimeApi? WayInto(int pid) => _workers.GetValueOrDefault(pid)?.Api;

    /// <summary>A process that is stopping. The connection to it is the way in.</summary>
    public async Task AddAsync(int pid, long startTime, RuntimeSession session, IReadOnlyDictionary<string, IReadOnlyList<ObservedServer>> lastSeen)
    {
        (_left, _leftWith, _toldOf) = (new Worker(pid, startTime), lastSeen, null);
        if (!_workers.TryAdd(pid, new OldWorker(pid, session, lastSeen, time)))
        {
            await session.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Another process answers now, and the connection to this one ended on the way. Unless it was the other end that ended it, it may be an old worker with sessions. A master would know.</summary>
    public void AddLost(int pid, long startTime, RuntimeSession session, IReadOnlyDictionary<string, IReadOnlyList<ObservedServer>> lastSeen)
    {
        (_left, _leftWith, _toldOf) = (new Worker(pid, startTime), lastSeen, null);
        if (!session.EndedByPeer)
        {
            _workers.TryAdd(pid, new OldWorker(pid, session, lastSeen, time));
        }
    }

    /// <summary>Looks at one backend in each. Those that have nothing left are forgotten.</summary>
    /// <param name="current">The process that takes clients.</param>
    public async Task<IReadOnlyList<OldWorkerObservation>> ObserveAsync(ProcessInfo current, string backend, CancellationToken cancel)
    {
        var observed = new List<OldWorkerObservation>();
        if (master is not null && await SearchAsync(master, new Worker(current.Pid, current.StartTime), cancel).ConfigureAwait(false) is { } unknown)
        {
            observed.Add(unknown with { ServedBefore = [.. _leftWith.GetValueOrDefault(backend, []).Where(s => s.MayTakeClients)] });
        }

        foreach (var worker in _workers.Values)
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

    public async ValueTask DisposeAsync()
    {
        foreach (var worker in _workers.Values)
        {
            await ForgetAsync(worker).ConfigureAwait(false);
        }

        _searching.Dispose();
    }

    /// <summary>Those that were there before we came, and the master's way into each. Asked once for each process: another one can appear only by a reload, which puts another process in its place.</summary>
    /// <returns>What is to be known of those that the master did not tell; null when it has told all.</returns>
    private async Task<OldWorkerObservation?> SearchAsync(MasterClient asked, Worker current, CancellationToken cancel)
    {
        if (_toldOf == current)
        {
            return null;
        }

        await _searching.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            if (_toldOf == current)
            {
                return null;
            }

            // Whoever was the last that is known of has left, and what came after it is this one.
            _knownUpTo = _left is not null && _left == _knownUpTo ? current : _knownUpTo;
            var left = _left;
            var processes = await asked.ShowProcessesAsync(cancel).ConfigureAwait(false);
            if (processes.All.Count > MostProcesses)
            {
                return new OldWorkerObservation(0, [], false, $"the master names {processes.All.Count} processes, so many that its list may be cut short. Wait until old ones have ended, or restart that HAProxy; \"hard-stop-after\" in its haproxy.cfg bounds their time");
            }

            var isDone = await TakeAsync(asked, processes, current).ConfigureAwait(false);
            (_toldOf, _knownUpTo, _silentSince) = (isDone && left == _left ? current : null, current, null);
            return null;
        }
        catch (RuntimeApiException e)
        {
            _silentSince ??= time.GetTimestamp();
            return new OldWorkerObservation(0, [], false, $"the master socket, which knows of old workers, can't be asked: {e.Message}")
            {
                // One that hangs may be about to say something else.
                OthersAreKnown = _knownUpTo == current && e.Error == RuntimeApiError.Unreachable && time.GetElapsedTime(_silentSince.Value) >= MasterPatience,
            };
        }
        finally
        {
            _searching.Release();
        }
    }

    /// <returns>Whether each that it named is reached through it from here on.</returns>
    private async Task<bool> TakeAsync(MasterClient asked, MasterProcesses processes, Worker current)
    {
        var isDone = true;

        // After a reload that failed some versions list the serving worker among the old ones.
        var old = processes.OldWorkers.Where(o => o.Pid != current.Pid).ToDictionary(o => o.Pid);
        foreach (var (pid, process) in old)
        {
            var known = _workers.GetValueOrDefault(pid);
            if (known?.Api is RuntimeSession { Unanswered.Count: > 0, Ended.IsCompleted: false })
            {
                // What was sent over it is still to be answered.
                isDone = false;
                continue;
            }

            if (known is { Api: WorkerApi })
            {
                continue;
            }

            // From here on nothing of ours keeps the process alive.
            _workers[pid] = new OldWorker(pid, asked.Worker(process), known?.LastSeen ?? NeverSeen, time);
            if (known is not null)
            {
                await known.LeaveAsync().ConfigureAwait(false);
            }
        }

        foreach (var gone in _workers.Values.Where(w => !old.ContainsKey(w.Pid) && w.Api is RuntimeSession { Ended.IsCompleted: true }).ToList())
        {
            await ForgetAsync(gone).ConfigureAwait(false);
        }

        return isDone;
    }

    private async Task ForgetAsync(OldWorker worker)
    {
        _workers.TryRemove(worker.Pid, out _);
        await worker.LeaveAsync().ConfigureAwait(false);
    }

    private sealed record Worker(int Pid, long StartTime);
}
