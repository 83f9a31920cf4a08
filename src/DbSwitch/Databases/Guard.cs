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
/// <param name="Words">What was found, its number and its limit in it: a sentence without its full stop, fit to follow the name and a colon.</param>
public sealed record Guard(string Name, GuardVerdict Verdict, string Words)
{
    /// <summary>The guard that asks whether the target has what the present one has confirmed.</summary>
    public const string Replication = "replication";

    /// <summary>What to type next where it has not passed, as a sentence; null for the way that all guards have.</summary>
    public string? Next { get; init; }

    /// <summary>How an operator who knows better passes it over.</summary>
    public string Override { get; init; } = "select --force";
}

/// <summary>What a guard looks at.</summary>
/// <param name="Target">The target that clients would go to.</param>
/// <param name="Probe">What was seen of it just now.</param>
/// <param name="Present">The target that clients go to now; null for none.</param>
/// <param name="PresentProbe">What was seen of that one just now; null for none.</param>
internal sealed record GuardQuestion(TargetState Target, Probe Probe, TargetState? Present, Probe? PresentProbe);
