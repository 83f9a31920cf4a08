namespace HaproxyRuntime;

/// <summary>
/// The deadlines of all commands of a session, on one timer. It is set for the earliest of them and then left alone: most answers come long before, and setting a timer anew
/// for each command would cost more than the rest of it. When it fires it is set again for the earliest that still waits. All but the constructor and
/// <see cref="Dispose"/> is called with the session's lock held.
/// </summary>
internal sealed class AnswerDeadlines : IDisposable
{
    // A timer's finest grain, and less than its longest time (49 days): one that fires too early is set again.
    private static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(1);

    private readonly TimeProvider _time;
    private readonly long _patience;
    private readonly ITimer _timer;
    private long _setFor = long.MaxValue;
    private int _waits;
    private long _busyUntil;

    /// <param name="options">By which clock, and how long an answer may take.</param>
    /// <param name="passed">Called when a deadline may have passed.</param>
    public AnswerDeadlines(RuntimeOptions options, Action passed)
    {
        _time = options.Time;
        _patience = options.AnswerTimeout == Timeout.InfiniteTimeSpan ? long.MaxValue : Units(options.AnswerTimeout);
        _timer = _time.CreateTimer(static state => ((Action)state!)(), passed, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>
    /// The deadline of a command that is sent now, <see cref="long.MaxValue"/> where there is none. HAProxy does one command after the other: what is sent behind a
    /// <c>wait</c> waits with it, until its time is up or it is answered.
    /// </summary>
    /// <param name="command">The command, or null.</param>
    /// <param name="begun">When its caller gave it.</param>
    public long Sent(RuntimeCommand? command, long begun)
    {
        var starts = _waits > 0 ? Math.Max(begun, _busyUntil) : begun;
        if (command is { Waits.Ticks: > 0 })
        {
            _waits++;
            starts = _busyUntil = Later(starts, Units(command.Waits));
        }

        return Later(starts, _patience);
    }

    /// <summary>A command was answered, in time or not.</summary>
    public void Answered(RuntimeCommand? command) => _waits -= command is { Waits.Ticks: > 0 } ? 1 : 0;

    /// <summary>Whether a deadline has passed.</summary>
    public bool HasPassed(long deadline) => _time.GetTimestamp() >= deadline;

    /// <summary>Sees to it that a deadline is noticed.</summary>
    public void Watch(long deadline)
    {
        if (deadline < _setFor)
        {
            var left = TimeSpan.FromSeconds((double)(deadline - _time.GetTimestamp()) / _time.TimestampFrequency);
            _setFor = _timer.Change(left < s_shortest ? s_shortest : left > s_longest ? s_longest : left, Timeout.InfiniteTimeSpan) ? deadline : long.MaxValue;
        }
    }

    /// <summary>The timer has fired and watches nothing.</summary>
    public void Fired() => _setFor = long.MaxValue;

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    private static long Later(long when, long by) => by > long.MaxValue - when ? long.MaxValue : when + by;

    private long Units(TimeSpan time) => (long)Math.Min(long.MaxValue, time.TotalSeconds * _time.TimestampFrequency);
}
