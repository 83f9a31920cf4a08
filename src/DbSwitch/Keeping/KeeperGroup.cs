using System.Collections.Concurrent;
using DbSwitch.Proxies;
using Microsoft.Extensions.Logging;

namespace DbSwitch.Keeping;

/// <summary>The keepers of one switch, one for each of its proxies: they share one goal, and their latest results are here.</summary>
public sealed class KeeperGroup : IDisposable
{
    private readonly ConcurrentDictionary<string, CycleResult> _latest = new();
    private readonly List<ProxyKeeper> _keepers;
    private readonly TimeProvider _time;
    private readonly Lock _changing = new();
    private TaskCompletionSource _reported = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Goal? _goal;
    private long _number;

    public KeeperGroup(string backend, IEnumerable<ProxyLink> proxies, Func<bool> paused, TimeProvider time, ILoggerFactory loggers, Func<Goal, ProxyObservation, TimeSpan, Decision>? decide = null)
    {
        _time = time;
        _keepers = [.. proxies.Select(p => new ProxyKeeper(backend, p, () => _goal, paused, Take, time, loggers.CreateLogger<ProxyKeeper>(), decide))];
    }

    /// <summary>Raised after each cycle, on its keeper's thread of control: the result before it (null for the first) and the new one.</summary>
    public event Action<CycleResult?, CycleResult>? Reported;

    public IReadOnlyList<string> Proxies => [.. _keepers.Select(k => k.Proxy)];

    /// <summary>The latest result of each proxy, in the configuration's order; a proxy that was not looked at yet has none.</summary>
    public IReadOnlyList<CycleResult> Latest => [.. _keepers.Select(k => _latest.GetValueOrDefault(k.Proxy)).OfType<CycleResult>()];

    public Goal? Goal => _goal;

    public Task RunAsync(CancellationToken stop) => Task.WhenAll(_keepers.Select(k => k.RunAsync(stop)));

    public void Nudge() => _keepers.ForEach(k => k.Nudge());

    /// <summary>Gives all keepers a new goal and wakes them.</summary>
    /// <returns>The goal with its number.</returns>
    public Goal Set(Goal goal)
    {
        lock (_changing)
        {
            _goal = goal with { Number = ++_number };
        }

        Nudge();
        return _goal;
    }

    /// <summary>Sets a goal and waits until every proxy reports, for this goal or a later one, what is asked for.</summary>
    /// <returns>The results that fall short when the deadline has passed, by proxy; null for a proxy that has not reported. Empty when all is reached.</returns>
    /// <param name="hopeless">What no waiting can mend: then the deadline is not waited for. Null when all is waited for.</param>
    /// <param name="without">Proxies that get the goal like the others, and are not waited for.</param>
    public Task<IReadOnlyDictionary<string, CycleResult?>> ReachAsync(
        Goal goal, Func<CycleResult, bool> reached, TimeSpan deadline, CancellationToken cancel, Func<CycleResult, bool>? hopeless = null, IReadOnlyCollection<string>? without = null)
    {
        var number = Set(goal).Number;
        return WaitAsync(r => r.Goal?.Number >= number && reached(r), deadline, cancel, r => r.Goal?.Number >= number && hopeless?.Invoke(r) == true, without);
    }

    /// <summary>Waits until the latest result of every proxy is as asked for.</summary>
    public async Task<IReadOnlyDictionary<string, CycleResult?>> WaitAsync(Func<CycleResult, bool> reached, TimeSpan deadline, CancellationToken cancel, Func<CycleResult, bool>? hopeless = null, IReadOnlyCollection<string>? without = null)
    {
        using var timer = new CancellationTokenSource(deadline, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancel);
        while (true)
        {
            Task next;
            lock (_changing)
            {
                next = _reported.Task;
            }

            var missing = _keepers.Where(k => without?.Contains(k.Proxy) != true).Select(k => (k.Proxy, Result: _latest.GetValueOrDefault(k.Proxy))).Where(p => p.Result is null || !reached(p.Result)).ToDictionary(p => p.Proxy, p => p.Result);
            if (missing.Count == 0 || missing.Values.Any(r => r is not null && hopeless?.Invoke(r) == true))
            {
                return missing;
            }

            try
            {
                await next.WaitAsync(either.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                return missing;
            }
        }
    }

    public void Dispose() => _keepers.ForEach(k => k.Dispose());

    private void Take(CycleResult result)
    {
        var before = _latest.GetValueOrDefault(result.Proxy);
        _latest[result.Proxy] = result;
        Reported?.Invoke(before, result);
        TaskCompletionSource reported;
        lock (_changing)
        {
            reported = _reported;
            _reported = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        reported.SetResult();
    }
}
