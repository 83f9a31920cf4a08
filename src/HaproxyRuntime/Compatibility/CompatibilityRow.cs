namespace HaproxyRuntime;

/// <summary>One row of <see cref="CompatibilityTable"/>: from which version to which a feature is how.</summary>
/// <param name="Feature">Which.</param>
/// <param name="Name">Its name within a sentence.</param>
/// <param name="Spells">Ranges of versions, that may overlap: what speaks against using it counts most. Outside of all of them the feature is missing.</param>
internal sealed record CompatibilityRow(HaproxyFeature Feature, string Name, params IReadOnlyList<CompatibilitySpell> Spells)
{
    public FeatureSupport At(HaproxyVersion version)
    {
        var spell = Find(version);
        var state = spell?.State ?? FeatureState.Missing;
        var better = state == FeatureState.Available ? null : Better(version);
        var next = better is { } b ? $"HAProxy {b} has it" : "no later version has it";
        return new FeatureSupport(Feature, state, state switch
        {
            FeatureState.Available => "",
            FeatureState.Missing => $"HAProxy {version} does not have {Name}; {next}.",
            _ => spell!.Reason,
        }, better);
    }

    private CompatibilitySpell? Find(HaproxyVersion version) =>
        Spells.Where(spell => spell.Contains(version)).OrderBy(spell => spell.State switch { FeatureState.Dangerous => 0, FeatureState.Experimental => 1, _ => 2 }).FirstOrDefault();

    // The state changes only where a range begins or ends.
    private HaproxyVersion? Better(HaproxyVersion version) => Spells
        .SelectMany(spell => spell.Before is { } end ? (HaproxyVersion[])[spell.From, end] : [spell.From])
        .Where(edge => edge.CompareTo(version) > 0 && Find(edge)?.State == FeatureState.Available)
        .Select(edge => (HaproxyVersion?)edge)
        .Min();
}

/// <summary>A range of versions in which a feature is in one way.</summary>
/// <param name="State">In which.</param>
/// <param name="From">The first version of the range.</param>
/// <param name="Before">The first version after it, or null for all that follow.</param>
/// <param name="Reason">One sentence, where the state needs one.</param>
internal sealed record CompatibilitySpell(FeatureState State, HaproxyVersion From, HaproxyVersion? Before, string Reason)
{
    public bool Contains(HaproxyVersion version) => version.CompareTo(From) >= 0 && (Before is not { } end || version.CompareTo(end) < 0);
}
