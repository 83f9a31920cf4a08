using DbSwitch.Model;

namespace DbSwitch.App.Http.Answering;

/// <summary>Why somebody does something, in his own words, which the log and the history repeat: one line, so that it can't look like another entry.</summary>
internal static class Reasons
{
    private const int Longest = 500;

    /// <returns>Null when it can be repeated as it is.</returns>
    public static IResult? Refusal(string reason) =>
        reason.Length > Longest || !PlainText.Is(reason) ? Problems.Invalid($"reason is one line of at most {Longest} characters, without control characters and characters that are not seen.") : null;
}
