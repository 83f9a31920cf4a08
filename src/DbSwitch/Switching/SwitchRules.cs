using DbSwitch.Keeping;
using DbSwitch.Model;
using DbSwitch.Proxies;

namespace DbSwitch.Switching;

/// <summary>The pure decisions that a switch rests on. Only the simulation gives others than these, on purpose wrong ones, each of which it must find out.</summary>
internal sealed record SwitchRules
{
    public static SwitchRules Right { get; } = new();

    public Func<Goal, ProxyObservation, TimeSpan, Decision> Decide { get; init; } = Decider.Decide;

    public Func<CycleResult, ServerSpec?, bool> IsFenced { get; init; } = SwitchoverRules.IsFenced;

    public Func<IReadOnlyDictionary<string, ProxyObservation.Seen>, IReadOnlyDictionary<string, ServerSpec>, string?, AdoptionAnswer> Adopt { get; init; } = Adoption.Decide;

    public Func<IReadOnlyDictionary<string, ProxyObservation.Seen>, ServerSpec?, IReadOnlyDictionary<string, ServerSpec>, string?> Contradiction { get; init; } = Adoption.Contradiction;

    /// <summary>The highest generation that any proxy has heard of.</summary>
    public Func<IEnumerable<ProxyObservation.Seen>, long> Heard { get; init; } = Adoption.Generation;
}
