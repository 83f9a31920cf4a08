using DbSwitch.Keeping;
using DbSwitch.Proxies;
using DbSwitch.Storage;

namespace DbSwitch.Switching;

/// <summary>How others learn at once that there is something new to see, without asking again and again.</summary>
public sealed partial class DatabaseSwitch
{
    /// <summary>
    /// Raised when what this switch shows may be other than before, on whatever thread it became so: who listens takes note, and does the rest elsewhere.
    /// After each look at a proxy it may be so.
    /// </summary>
    public event Action? Changed;

    /// <summary>Raised when a switchover comes to a phase, and at its end (null). The same holds for who listens.</summary>
    public event Action<SwitchoverRecord, SwitchoverPhase?>? Progressed;

    /// <summary>Raised after each look at a proxy: the result before it (null for the first) and the new one.</summary>
    public event Action<CycleResult?, CycleResult>? Looked { add => _keepers.Reported += value; remove => _keepers.Reported -= value; }

    /// <summary>Raised when a switchover was asked for and refused.</summary>
    public event Action<SwitchoverOutcome.Refused>? SelectionRefused;

    /// <summary>Raised each time that the store could not do what it was asked for.</summary>
    public event Action? StoreFailed;

    /// <summary>Where the switchover that is under way is; null when there is none.</summary>
    public SwitchoverPhase? Phase { get; private set; }

    /// <summary>Until when open sessions may end by themselves before they are cut; null while there is no fence under way.</summary>
    public DateTimeOffset? DrainsUntil { get; private set; }

    /// <summary>Sessions with servers that take no new clients any more, as of the latest look at each proxy; old workers are not counted.</summary>
    public int SessionsLeft => Latest.Select(r => r.Observed).OfType<ProxyObservation.Seen>().SelectMany(s => s.Servers).Where(s => !s.MayTakeClients).Sum(s => s.Sessions?.Count ?? 0);

    private void Tell() => Changed?.Invoke();

    private void TellProgress(SwitchoverRecord record, SwitchoverPhase? phase)
    {
        Phase = phase;
        DrainsUntil = phase != SwitchoverPhase.Fence ? null : DrainsUntil ?? record.Started + _grace;
        Progressed?.Invoke(record, phase);
        Tell();
    }
}
