using DbSwitch.Storage;

namespace DbSwitch.Switching.Core;

/// <summary>Takes the time of each phase of a switchover. A phase that comes twice is added up.</summary>
internal sealed class PhaseWatch
{
    private readonly TimeProvider _time;
    private readonly long _started;
    private readonly List<PhaseSpan> _spans = [];
    private SwitchoverPhase _phase;
    private long _since;

    public PhaseWatch(TimeProvider time, SwitchoverPhase first)
    {
        _time = time;
        (_phase, _started, Began) = (first, time.GetTimestamp(), time.GetUtcNow());
        _since = _started;
    }

    /// <summary>Raised when another phase begins.</summary>
    public event Action<SwitchoverPhase>? Entered;

    public DateTimeOffset Began { get; }

    public IReadOnlyList<PhaseReport> Phases => [.. _spans.GroupBy(s => s.Phase).OrderBy(g => g.Key).Select(g => new PhaseReport(g.Key, g.Aggregate(TimeSpan.Zero, (sum, s) => sum + s.Took)))];

    /// <summary>One after the other, as they happened.</summary>
    public IReadOnlyList<PhaseSpan> Spans => _spans;

    /// <summary>From the beginning until it was stopped.</summary>
    public TimeSpan Took { get; private set; }

    public void Next(SwitchoverPhase phase) => Next(phase, _time.GetTimestamp());

    /// <summary>The present phase ended, and another one began, at an earlier moment; null for the moment at which it began itself.</summary>
    public void Split(SwitchoverPhase phase, long? at) => Next(phase, Math.Max(at ?? _since, _since));

    public void Stop()
    {
        var now = _time.GetTimestamp();
        Next(_phase, now);
        Took = _time.GetElapsedTime(_started, now);
    }

    private void Next(SwitchoverPhase phase, long now)
    {
        _spans.Add(new PhaseSpan(_phase, Began + _time.GetElapsedTime(_started, _since), _time.GetElapsedTime(_since, now)));
        _since = now;
        if (_phase != phase)
        {
            _phase = phase;
            Entered?.Invoke(phase);
        }
    }
}

/// <summary>A phase from its beginning to its end.</summary>
internal sealed record PhaseSpan(SwitchoverPhase Phase, DateTimeOffset Began, TimeSpan Took);
