namespace HaproxyRuntime;

/// <summary>
/// With <c>severity-output number</c> or <c>string</c> behind a <c>stats socket</c>, HAProxy begins each message, and no table, with its severity: <c>[6]: admin</c>,
/// <c>[err]: No such server.</c> (management guide section 9.3). What follows is the answer.
/// </summary>
internal static class AnswerSeverity
{
    private static readonly string[] s_words = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];

    /// <summary>The answer as it is without that setting.</summary>
    public static string Without(string answer) =>
        answer.Length > 4 && answer[0] == '[' && answer.IndexOf("]: ", StringComparison.Ordinal) is > 1 and var end && IsSeverity(answer.AsSpan(1, end - 1)) ? answer[(end + 3)..] : answer;

    private static bool IsSeverity(ReadOnlySpan<char> text)
    {
        if (text.Length == 1 && text[0] is >= '0' and <= '7')
        {
            return true;
        }

        foreach (var word in s_words)
        {
            if (text.SequenceEqual(word))
            {
                return true;
            }
        }

        return false;
    }
}
