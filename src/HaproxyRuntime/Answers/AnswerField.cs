using System.Globalization;
using System.Net;

namespace HaproxyRuntime;

/// <summary>Reads single fields of answers. Everything that is not what it should be is a <see cref="FormatException"/>.</summary>
internal static class AnswerField
{
    public static int Number(ReadOnlySpan<char> text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw IsNoNumber(text);

    public static long Long(ReadOnlySpan<char> text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw IsNoNumber(text);

    public static long SignedLong(ReadOnlySpan<char> text) => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : throw IsNoNumber(text);

    /// <summary>A span of time in seconds: a difference of two of HAProxy's clocks, printed as a signed number. A clock that was set back must not make the whole answer unreadable.</summary>
    public static TimeSpan Seconds(ReadOnlySpan<char> text) => TimeSpan.FromSeconds(Math.Clamp(SignedLong(text), 0, int.MaxValue));

    /// <summary>The same in milliseconds.</summary>
    public static TimeSpan Milliseconds(ReadOnlySpan<char> text) => TimeSpan.FromMilliseconds(Math.Clamp(SignedLong(text), 0, int.MaxValue));

    /// <summary>An IP address, or null for <c>-</c>: HAProxy does not know it, or it is none (a Unix socket).</summary>
    public static IPAddress? AddressOrNone(ReadOnlySpan<char> text) =>
        text is "-" ? null : IPAddress.TryParse(text, out var address) ? address : throw new FormatException($"\"{CommandResult.Excerpt(text.ToString())}\" is no address");

    /// <summary>What stands between a mark and the next space.</summary>
    /// <exception cref="FormatException">There is no such mark, or nothing, or no space, behind it.</exception>
    public static ReadOnlySpan<char> After(ReadOnlySpan<char> line, string mark, string what)
    {
        var at = line.IndexOf(mark);
        if (at < 0)
        {
            throw new FormatException($"a line of {what} has no{mark}");
        }

        var value = line[(at + mark.Length)..];
        var end = value.IndexOf(' ');
        return end > 0 ? value[..end] : throw new FormatException($"a line of {what} has no value for{mark}");
    }

    private static FormatException IsNoNumber(ReadOnlySpan<char> text) => new($"\"{CommandResult.Excerpt(text.ToString())}\" is no number");
}
