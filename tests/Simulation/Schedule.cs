namespace DbSwitch.Simulation;

/// <summary>
/// Runs seeds, one after the other, on the one thread of the thread pool: whenever the product has nothing left to do on it, the world's next event happens. So everything has an order, and a seed
/// repeats it. Nobody waits for real time.
/// </summary>
internal sealed class Schedule(Flaw flaw, bool keepsDiary)
{
    private const int UsualEvents = 600;

    // What some flaws need is long: to do without a proxy, that comes back, and another switchover.
    private const int EventsForFlaws = 1_500;
    private const int CalmEvents = 30_000;

    private readonly int _faulty = flaw == Flaw.None ? UsualEvents : EventsForFlaws;
    private TaskCompletionSource<string?> _done = new();
    private World _world = null!;
    private int _event;

    /// <summary>What happened in the latest run, when that is kept.</summary>
    public List<string> Diary { get; private set; } = [];

    /// <summary>Events since the first run.</summary>
    public long Total { get; private set; }

    /// <summary>One seed.</summary>
    /// <returns>What went wrong; null for nothing.</returns>
    public string? Run(int seed)
    {
        (_done, _event, Diary) = (new TaskCompletionSource<string?>(), 0, []);
        ThreadPool.UnsafeQueueUserWorkItem(_ =>
        {
            _world = new World(seed, flaw, keepsDiary ? Diary : null);
            Again();
        }, null);
        return _done.Task.GetAwaiter().GetResult();
    }

    /// <summary>An exception that nobody in the product should ever meet.</summary>
    public void Met(Exception e) => _world?.Fail($"an unexpected error: {e}");

    private void Again() => ThreadPool.UnsafeQueueUserWorkItem(static me => ((Schedule)me!).Next(), this);

    private void Next()
    {
        if (ThreadPool.PendingWorkItemCount > 0)
        {
            Again();
            return;
        }

        try
        {
            _world.Check();
            if (_world.Failure is { } failure)
            {
                End($"{failure} (event {_event}{(_world.IsCalm ? ", after the faults" : "")})");
                return;
            }

            if (_world.IsCalm && _event % 16 == 0 && _world.WhyUnsettled() is var unsettled && (unsettled is null || _event > _faulty + CalmEvents))
            {
                End(unsettled is null ? null : $"it never settled: {unsettled}");
                return;
            }

            if (_event++ == _faulty)
            {
                if (flaw != Flaw.None)
                {
                    End(null);
                    return;
                }

                _world.CalmDown();
            }

            _world.Step();
        }
        catch (Exception e)
        {
            End($"the simulation itself is broken: {e}");
            return;
        }

        Again();
    }

    private void End(string? failure)
    {
        Total += _event;
        _done.SetResult(failure);
    }
}
