using System.Globalization;

namespace HaproxyRuntime;

/// <summary>The last invalid request and response of each proxy, the answer to <c>show errors</c> (management guide section 9.3).</summary>
/// <param name="Total">How many were captured since the process started; all but the last two of each proxy are forgotten.</param>
/// <param name="Errors">Those that are kept.</param>
public sealed record CapturedErrors(long Total, IReadOnlyList<CapturedError> Errors)
{
    private const string Beginning = "Total events captured on [";

    /// <summary>Reads <c>show errors</c>'s answer.</summary>
    /// <exception cref="FormatException">It is not one.</exception>
    public static CapturedErrors Parse(string answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        var lines = new AnswerLines(answer, "show errors");
        lines.Expect(Beginning);
        var colon = lines.Current.LastIndexOf("] : ");
        var total = colon < 0 ? throw new FormatException("show errors has no total") : AnswerField.Long(lines.Current[(colon + 4)..]);
        var errors = new List<CapturedError>();
        var text = new List<string>();
        while (lines.Next())
        {
            // Each begins with its time at the line's beginning; what it is made of is indented.
            if (lines.Current[0] == '[' && text.Count > 0)
            {
                errors.Add(CapturedError.Parse(text));
                text.Clear();
            }

            text.Add(lines.Current.ToString());
        }

        if (text.Count > 0)
        {
            errors.Add(CapturedError.Parse(text));
        }

        return new CapturedErrors(total, errors);
    }
}

/// <summary>One message that HAProxy could not read.</summary>
/// <param name="Time">When, by the clock and in the time zone of the machine that HAProxy runs on.</param>
/// <param name="Proxy">Which proxy met it.</param>
/// <param name="InResponse">Whether it was a server's response; otherwise it was a client's request.</param>
/// <param name="Text">All that HAProxy says about it, the message itself included, which may be secret.</param>
public sealed record CapturedError(DateTime Time, string Proxy, bool InResponse, string Text)
{
    private const string TimeFormat = "dd/MMM/yyyy:HH:mm:ss.fff";

    internal static CapturedError Parse(List<string> lines)
    {
        // [22/Nov/2026:15:31:05.490] frontend web (#7): invalid request
        var words = lines[0].Split(' ');
        return words is [['[', .. var time, ']'], "frontend" or "backend", var proxy, _, "invalid", "request" or "response", ..]
            && DateTime.TryParseExact(time, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out var when)
            ? new CapturedError(when, proxy, words[5] == "response", string.Join('\n', lines))
            : throw new FormatException($"\"{CommandResult.Excerpt(lines[0])}\" is no error of show errors");
    }
}
