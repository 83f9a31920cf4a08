namespace HaproxyRuntime;

/// <summary>
/// The deadlines of all commands of a session, on one timer. It is set for the oldest of them and then left alone: most answers come long before, and setting a timer anew
/// for each command would cost more than the rest of it. When it fires it is set again for the oldest that still waits.
/// </summary>
internal sealed class AnswerDeadlines : IDisposable
{
    private readonly TimeProvider _time;
    private readonly ITimer _timer;
    private long _setFor = long.MaxValue;

    /// <param name="options">By which clock.</param>
    /// <param name="passed">Called when a deadline may have passed.</param>
    public AnswerDeadlines(RuntimeOptions options, Action passed)
    {
        _time = options.Time;
        _timer = _time.CreateTimer(static state => ((Action)state!)(), passed, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The deadline of what begins now.</summary>
    public long After(TimeSpan patience) => patience == Timeout.InfiniteTimeSpan ? long.MaxValue : _time.GetTimestamp() + (long)(patience.TotalSeconds * _time.TimestampFrequency);

    /// <summary>Whether a deadline has passed.</summary>
    public bool HasPassed(long deadline) => _time.GetTimestamp() >= deadline;

    /// <summary>Sees to it that a deadline is noticed. Called with the session's lock held.</summary>
    public void Watch(long deadline)
    {
        if (deadline < _setFor)
        {
            // At least a millisecond, a timer's finest grain: one that fires a little early is set again.
            var left = TimeSpan.FromSeconds((double)(deadline - _time.GetTimestamp()) / _time.TimestampFrequency);
            _setFor = _timer.Change(left > TimeSpan.FromMilliseconds(1) ? left : TimeSpan.FromMilliseconds(1), Timeout.InfiniteTimeSpan) ? deadline : long.MaxValue;
        }
    }

    /// <summary>The timer has fired and watches nothing. Called with the session's lock held.</summary>
    public void Fired() => _setFor = long.MaxValue;

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();
}
