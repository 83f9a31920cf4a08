namespace HaproxyRuntime;

/// <summary>What a version of HAProxy can, and what is dangerous there. A value: it asks nobody.</summary>
/// <param name="Version">The version it is about. A packager's own patches are not known here: some fixes come to a package without a new version.</param>
public sealed record HaproxyCapabilities(HaproxyVersion Version)
{
    /// <summary>Everything that is known, in the order of <see cref="HaproxyFeature"/>.</summary>
    public IReadOnlyList<FeatureSupport> All => [.. Enum.GetValues<HaproxyFeature>().Select(feature => this[feature])];

    /// <summary>How this version has a feature.</summary>
    public FeatureSupport this[HaproxyFeature feature] => CompatibilityTable.Of(feature).At(Version);

    /// <summary>Whether this version has it, and nothing speaks against using it.</summary>
    public bool Can(HaproxyFeature feature) => this[feature].State == FeatureState.Available;
}
