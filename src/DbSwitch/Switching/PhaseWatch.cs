using DbSwitch.Storage;

namespace DbSwitch.Switching;

/// <summary>Takes the time of each phase of a switchover. A phase that comes twice is added up.</summary>
internal sealed class PhaseWatch
{
    private readonly TimeProvider _time;
    private readonly long _started;
    private readonly SortedDictionary<SwitchoverPhase, TimeSpan> _phases = [];
    private SwitchoverPhase _phase;
    private long _since;

    public PhaseWatch(TimeProvider time, SwitchoverPhase first)
    {
        _time = time;
        (_phase, _started) = (first, time.GetTimestamp());
        _since = _started;
    }

    /// <summary>Raised when another phase begins.</summary>
    public event Action<SwitchoverPhase>? Entered;

    public IReadOnlyList<PhaseReport> Phases => [.. _phases.Select(p => new PhaseReport(p.Key, p.Value))];

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
        _phases[_phase] = _phases.GetValueOrDefault(_phase) + _time.GetElapsedTime(_since, now);
        _since = now;
        if (_phase != phase)
        {
            _phase = phase;
            Entered?.Invoke(phase);
        }
    }
}
