using System.Text;

namespace HaproxyRuntime;

/// <summary>
/// Tells a complete answer of a master's socket from one that was cut. Bytes in, value out.
/// What is sent: <c>prompt</c>, perhaps <c>experimental-mode on</c>, the command and <c>quit</c>, a line each. What comes: a prompt for each line before the command, its answer, a
/// prompt for it, one for <c>quit</c>, and the end. A master's prompt is <c>master> </c>, <c>master[ReloadFailed]> </c> after a reload that failed, either with <c>(x)</c> in experimental mode; it is not preceded by an empty line.
/// The prompt behind an answer proves that the master is there, not that the worker was until the end of its answer: the master writes it when the worker has closed, for whatever
/// reason. So an answer must also have its own end, the empty line; or be one of the sentences that versions before 2.6.18 and 2.8.6 end without it.
/// </summary>
internal static class MasterFraming
{
    private const string NoSuchTarget = "Can't find the target PID matching the prefix '";
    private const string NoConnection = "Can't connect to the target CLI!";
    private static readonly string[] s_prompts = ["master> ", "master[ReloadFailed]> ", "master(x)> ", "master[ReloadFailed](x)> "];

    /// <summary>Whether nothing more is to be expected although the connection is open: from 2.7 on a master that knows no such process forgets the lines that follow.</summary>
    public static bool IsFinal(ReadOnlySpan<byte> bytes, int prompts)
    {
        // The sentence is short, and comes at once: no long answer is looked through.
        if (bytes.Length > 512)
        {
            return false;
        }

        var text = Encoding.UTF8.GetString(bytes);
        return TryStrip(ref text, prompts) && text.StartsWith(NoSuchTarget, StringComparison.Ordinal) && text.Contains('\n', StringComparison.Ordinal);
    }

    /// <summary>Reads all that came until the end.</summary>
    /// <param name="text">Every byte.</param>
    /// <param name="prompts">How many lines were sent before the command.</param>
    /// <returns>The answer without the empty line that ends it; or what is wrong with it.</returns>
    public static (string Answer, RuntimeApiError? Error, string Problem) Read(string text, int prompts)
    {
        var rest = text;
        if (!TryStrip(ref rest, prompts))
        {
            return ShouldBeginLike(text)
                ? (text, RuntimeApiError.CutShort, "the connection ended before the answer was complete")
                : (text, RuntimeApiError.Unexpected, $"this is not an HAProxy master's socket: it answered \"{CommandResult.Excerpt(text)}\"");
        }

        if (rest.StartsWith(NoSuchTarget, StringComparison.Ordinal) && rest.Contains('\n', StringComparison.Ordinal))
        {
            return (rest, RuntimeApiError.NoSuchProcess, "the master has no such process (any more)");
        }

        if (rest.StartsWith(NoConnection, StringComparison.Ordinal))
        {
            return (rest, RuntimeApiError.CutShort, "the master lost its connection to the process");
        }

        var answer = rest;
        if (!TryStripEnd(ref answer) || !TryStripEnd(ref answer))
        {
            return (rest, RuntimeApiError.CutShort, "the connection ended before the answer was complete");
        }

        if (answer == "\n")
        {
            return ("", null, "");
        }

        if (answer.EndsWith("\n\n", StringComparison.Ordinal))
        {
            return (answer[..^1], null, "");
        }

        return answer.Length > 1 && answer.IndexOf('\n', StringComparison.Ordinal) == answer.Length - 1 && CommandResult.Recognize(answer) is not null
            ? (answer, null, "")
            : (answer, RuntimeApiError.CutShort, "the process ended before its answer was complete");
    }

    /// <summary>Takes so many prompts off the beginning.</summary>
    private static bool TryStrip(ref string text, int prompts)
    {
        for (; prompts > 0; prompts--)
        {
            var before = text;
            if (Array.Find(s_prompts, prompt => before.StartsWith(prompt, StringComparison.Ordinal)) is not { } found)
            {
                return false;
            }

            text = before[found.Length..];
        }

        text = AnswerSeverity.Without(text);
        return true;
    }

    /// <summary>Takes one prompt off the end.</summary>
    private static bool TryStripEnd(ref string text)
    {
        var whole = text;
        if (Array.Find(s_prompts, prompt => whole.EndsWith(prompt, StringComparison.Ordinal)) is not { } found)
        {
            return false;
        }

        text = whole[..^found.Length];
        return true;
    }

    /// <summary>Whether more of it could have become the prompts that were to come.</summary>
    private static bool ShouldBeginLike(string text)
    {
        var rest = text;
        while (TryStrip(ref rest, 1))
        {
        }

        return Array.Exists(s_prompts, prompt => prompt.StartsWith(rest, StringComparison.Ordinal));
    }}
