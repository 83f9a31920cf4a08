namespace HaproxyRuntime;

/// <summary>How one version of HAProxy has one feature.</summary>
/// <param name="Feature">Which.</param>
/// <param name="State">How.</param>
/// <param name="Reason">Why it is not simply available, in one sentence; empty where it is.</param>
/// <param name="AvailableSince">The next version after this one in which it is available (not before the first of its branch), or null when there is none: it is available now, or never will be.</param>
public sealed record FeatureSupport(HaproxyFeature Feature, FeatureState State, string Reason, HaproxyVersion? AvailableSince);
