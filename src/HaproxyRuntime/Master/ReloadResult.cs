namespace HaproxyRuntime;

/// <summary>How a reload went.</summary>
public enum ReloadOutcome
{
    /// <summary>A new worker runs with the new configuration.</summary>
    Succeeded,

    /// <summary>The new configuration could not be used: the old worker goes on.</summary>
    Failed,

    /// <summary>This version tells nothing (before 2.7), and the master did not come back in time, or counts no failures (2.4).</summary>
    NotTold,
}

/// <summary>The master's answer to <c>reload</c> (management guide section 9.4).</summary>
/// <param name="Outcome">How it went.</param>
/// <param name="Messages">What HAProxy said while it started, line by line as it wrote them; empty before HAProxy 2.7, which tells nobody.</param>
public sealed record ReloadResult(ReloadOutcome Outcome, string Messages)
{
    /// <summary>Reads the answer of 2.7 and later: <c>Success=1</c> or <c>Success=0</c>, then <c>--</c> and the messages, where there are any.</summary>
    /// <exception cref="FormatException">It is not one.</exception>
    public static ReloadResult Parse(string answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        var parts = answer.Split('\n', 3);
        var outcome = parts[0] switch
        {
            "Success=1" => ReloadOutcome.Succeeded,
            "Success=0" => ReloadOutcome.Failed,
            _ => throw new FormatException($"\"{CommandResult.Excerpt(answer)}\""),
        };
        return parts.Length > 1 && parts[1] is "--" or ""
            ? new ReloadResult(outcome, parts.Length > 2 ? parts[2].TrimEnd() : "")
            : throw new FormatException($"\"{CommandResult.Excerpt(answer)}\"");
    }
}
