namespace DbSwitch.Doctoring;

/// <summary>One thing that is wrong with a set-up, or could be better, with what to do.</summary>
/// <param name="Where">The proxy, target or file that it is about.</param>
/// <param name="What">One sentence.</param>
/// <param name="Fix">What to do, one sentence.</param>
public sealed record Finding(FindingLevel Level, string Where, string What, string Fix);

public enum FindingLevel
{
    /// <summary>Good to know; nothing has to be done.</summary>
    Note,

    /// <summary>It works, and in some fault it costs clients or leaves something unproven.</summary>
    Warning,

    /// <summary>Switching does not work, or is not safe.</summary>
    Error,
}
