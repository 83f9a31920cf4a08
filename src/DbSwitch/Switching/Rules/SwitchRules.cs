using DbSwitch.Keeping;
using DbSwitch.Model;
using DbSwitch.Proxies;

namespace DbSwitch.Switching.Rules;

/// <summary>The pure decisions that a switch rests on. Only the simulation gives others than these, on purpose wrong ones, each of which it must find out.</summary>
internal sealed record SwitchRules
{
    public static SwitchRules Right { get; } = new();

    /// <summary>Who may be active in a proxy.</summary>
    public Decide Decide { get; init; } = Decider.Decide;

    /// <summary>No client of a proxy reaches any database, and the next server is there.</summary>
    public Func<CycleResult, ServerSpec?, bool> IsFenced { get; init; } = SwitchoverRules.IsFenced;

    /// <summary>What an empty store makes of the proxies.</summary>
    public Func<IReadOnlyDictionary<string, ProxyObservation.Seen>, IReadOnlyDictionary<string, ServerSpec>, string?, AdoptionAnswer> Adopt { get; init; } = Adoption.Decide;

    /// <summary>Whether a store that is not empty may be believed.</summary>
    public JudgeStore Judge { get; init; } = Adoption.Judge;

    /// <summary>The highest generation that any proxy has heard of.</summary>
    public Func<IEnumerable<ProxyObservation.Seen>, long> Heard { get; init; } = Adoption.Generation;
}

/// <summary>What <c>Adoption.Judge</c> is.</summary>
internal delegate StoreVerdict JudgeStore(IReadOnlyDictionary<string, ProxyObservation.Seen> seen, IReadOnlyList<string> all, ServerSpec? selected, long generation, IReadOnlyDictionary<string, ServerSpec> targets);
