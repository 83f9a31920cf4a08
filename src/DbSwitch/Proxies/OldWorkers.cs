using System.Collections.Concurrent;
using HaproxyRuntime;

namespace DbSwitch.Proxies;

/// <summary>The processes that reloads of one proxy have left over, and the way into each.</summary>
/// <param name="master">Knows of all of them; null where there is no master socket: then those are known whose reload was seen, by the connection that was open to each.</param>
internal sealed class OldWorkers(MasterClient? master, TimeProvider time) : IAsyncDisposable
{
    private static readonly IReadOnlyDictionary<string, IReadOnlyList<ObservedServer>> NeverSeen = new Dictionary<string, IReadOnlyList<ObservedServer>>();

    private readonly ConcurrentDictionary<int, OldWorker> _workers = new();
    private (int Pid, long StartTime) _searchedFor;

    /// <summary>Null when it has gone.</summary>
    public RuntimeApi? WayInto(int pid) => _workers.GetValueOrDefault(pid)?.Api;

    /// <summary>A process that is stopping. Its connection is kept as the way in, unless the master is one: then nothing of ours keeps the process alive.</summary>
    public async Task AddAsync(int pid, RuntimeSession session, IReadOnlyDictionary<string, IReadOnlyList<ObservedServer>> lastSeen)
    {
        RuntimeApi way = master is null ? session : master.Worker(pid);
        var added = _workers.TryAdd(pid, new OldWorker(pid, way, lastSeen, time));
        if (master is not null || !added)
        {
            await session.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Another process answers now, and the connection to this one was lost on the way: nobody saw it end, so it may be an old worker with sessions. A master would know.</summary>
    public void AddLost(int pid, RuntimeSession session, IReadOnlyDictionary<string, IReadOnlyList<ObservedServer>> lastSeen)
    {
        if (master is null)
        {
            _workers.TryAdd(pid, new OldWorker(pid, session, lastSeen, time));
        }
    }

    /// <summary>Looks at one backend in each. Those that have nothing left are forgotten.</summary>
    /// <param name="current">The process that takes clients.</param>
    public async Task<IReadOnlyList<OldWorkerObservation>> ObserveAsync(ProcessInfo current, string backend, CancellationToken cancel)
    {
        var observed = new List<OldWorkerObservation>();
        if (await SearchAsync(current, cancel).ConfigureAwait(false) is { } unknown)
        {
            observed.Add(new OldWorkerObservation(0, [], false, unknown));
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
    }

    /// <summary>Those that were there before we came. Asked once for each process: another one can appear only by a reload, which puts another process in its place.</summary>
    /// <returns>Why they are not known; null when they are.</returns>
    private async Task<string?> SearchAsync(ProcessInfo current, CancellationToken cancel)
    {
        if (master is null || _searchedFor == (current.Pid, current.StartTime))
        {
            return null;
        }

        try
        {
            var processes = await master.ShowProcessesAsync(cancel).ConfigureAwait(false);

            // After a reload that failed some versions list the serving worker among the old ones.
            foreach (var old in processes.OldWorkers.Where(o => o.Pid != current.Pid))
            {
                _workers.TryAdd(old.Pid, new OldWorker(old.Pid, master.Worker(old), NeverSeen, time));
            }

            _searchedFor = (current.Pid, current.StartTime);
            return null;
        }
        catch (RuntimeApiException e)
        {
            return $"the master socket, which knows of old workers, can't be asked: {e.Message}";
        }
    }

    private async Task ForgetAsync(OldWorker worker)
    {
        _workers.TryRemove(worker.Pid, out _);
        if (worker.Api is RuntimeSession session)
        {
            await session.DisposeAsync().ConfigureAwait(false);
        }
    }
}
