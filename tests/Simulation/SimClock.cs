namespace DbSwitch.Simulation;

/// <summary>The one clock of a simulated world. It stands still until the world moves it, and its timers fire one at a time, in the order in which they are due.</summary>
internal sealed class SimClock
{
    private static readonly DateTimeOffset s_beginning = new(2026, 1, 1, 3, 0, 0, TimeSpan.Zero);

    private readonly List<SimTimer> _timers = [];
    private long _armed;

    public TimeSpan Now { get; private set; }

    public DateTimeOffset UtcNow => s_beginning + Now;

    /// <summary>How long it is until the next timer is due; null while none runs.</summary>
    public TimeSpan? UntilNext => Next is { } next ? (next.Due > Now ? next.Due - Now : TimeSpan.Zero) : null;

    private SimTimer? Next
    {
        get
        {
            SimTimer? next = null;
            foreach (var timer in _timers)
            {
                if (next is null || timer.Due < next.Due || (timer.Due == next.Due && timer.Number < next.Number))
                {
                    next = timer;
                }
            }

            return next;
        }
    }

    /// <summary>Time passes, and whatever is due waits for <see cref="Fire"/>.</summary>
    public void Pass(TimeSpan time) => Now += time;

    /// <summary>Goes on to the next timer, if it is due within so long, and fires it; otherwise so much time passes.</summary>
    public bool Fire(TimeSpan within)
    {
        if (Next is not { } next || next.Due - Now > within)
        {
            Now += within;
            return false;
        }

        Now = next.Due > Now ? next.Due : Now;
        _timers.Remove(next);
        next.Fire();
        return true;
    }

    /// <summary>The clock as one manager has it: with that manager's end none of its timers fires any more.</summary>
    public sealed class View(SimClock clock) : TimeProvider
    {
        private bool _dead;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => clock.UtcNow;

        public override long GetTimestamp() => clock.Now.Ticks + 1;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            var timer = new SimTimer(this, clock, callback, state);
            timer.Change(dueTime, period);
            return timer;
        }

        public void End()
        {
            _dead = true;
            clock._timers.RemoveAll(t => t.View == this);
        }

        internal bool IsDead => _dead;
    }

    private sealed class SimTimer(View view, SimClock clock, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period;

        public View View => view;

        public TimeSpan Due { get; private set; }

        public long Number { get; private set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            clock._timers.Remove(this);
            _period = period;
            if (dueTime != Timeout.InfiniteTimeSpan && !view.IsDead)
            {
                (Due, Number) = (clock.Now + dueTime, ++clock._armed);
                clock._timers.Add(this);
            }

            return true;
        }

        public void Fire()
        {
            if (_period > TimeSpan.Zero)
            {
                Change(_period, _period);
            }

            callback(state);
        }

        public void Dispose() => clock._timers.Remove(this);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
