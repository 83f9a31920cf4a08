namespace DbSwitch.Databases;

public enum GuardVerdict
{
    Passed,
    Failed,

    /// <summary>It could not be found out, which refuses like a no.</summary>
    Unknown,
}

/// <summary>One condition of a switchover, with what was found.</summary>
/// <param name="Name">What it is called, one word or a few with hyphens.</param>
/// <param name="Words">What was found, its number and its limit in it; fit to follow the target's name.</param>
public sealed record Guard(string Name, GuardVerdict Verdict, string Words)
{
    /// <summary>How an operator who knows better passes it over.</summary>
    public string Override { get; init; } = "select --force";
}

/// <summary>What a guard looks at.</summary>
/// <param name="Target">The target that clients would go to.</param>
/// <param name="Probe">What was seen of it just now.</param>
/// <param name="Present">The target that clients go to now; null for none.</param>
/// <param name="PresentProbe">What was seen of that one just now; null for none.</param>
internal sealed record GuardQuestion(TargetState Target, Probe Probe, TargetState? Present, Probe? PresentProbe);
