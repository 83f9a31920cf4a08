namespace HaproxyRuntime;

/// <summary>How a <c>wait</c> ended (management guide section 9.3).</summary>
public enum WaitOutcome
{
    /// <summary>What was waited for is so.</summary>
    Done,

    /// <summary>The time is up.</summary>
    Expired,

    /// <summary>It can never be so as things are: the server is not in maintenance, not there, or pinned by the configuration.</summary>
    Failed,

    /// <summary>The connection was closed on our side. Over a master socket always: the master closes each request.</summary>
    Interrupted,
}

/// <summary>HAProxy's complete answer to <c>wait</c>.</summary>
/// <param name="Outcome">How it ended.</param>
/// <param name="Reason">Why, in HAProxy's words; empty where there is nothing to say, and always before HAProxy 3.3.</param>
public sealed record WaitResult(WaitOutcome Outcome, string Reason)
{
    private static readonly (string Start, WaitOutcome Outcome)[] s_answers =
        [("Done.", WaitOutcome.Done), ("Wait delay expired.", WaitOutcome.Expired), ("Failed.", WaitOutcome.Failed), ("Interrupted.", WaitOutcome.Interrupted)];

    /// <summary>What the reason means, where it is one of HAProxy's known sentences.</summary>
    public CommandOutcome? Why => CommandResult.Recognize(Reason)?.Outcome;

    /// <summary>Reads an answer.</summary>
    /// <exception cref="FormatException">It is none to <c>wait</c>.</exception>
    public static WaitResult Parse(string answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        var text = answer.Trim();
        foreach (var (start, outcome) in s_answers)
        {
            if (text.StartsWith(start, StringComparison.Ordinal))
            {
                return new WaitResult(outcome, text[start.Length..].Trim());
            }
        }

        throw new FormatException($"\"{CommandResult.Excerpt(answer)}\"");
    }
}
