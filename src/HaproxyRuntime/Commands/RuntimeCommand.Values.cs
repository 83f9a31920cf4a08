using System.Globalization;
using System.Text;

namespace HaproxyRuntime;

/// <content>How names and values become words of a line.</content>
public sealed partial record RuntimeCommand
{
    /// <summary>The longest value of one word, in bytes: two of them fit a line.</summary>
    public const int LongestValue = 7_000;

    /// <summary>
    /// One word of a line. A space, a <c>;</c> and a <c>\</c> are escaped with <c>\</c> (management guide section 9.3). A control character can't be, nor can what announces a payload.
    /// </summary>
    /// <exception cref="ArgumentException">It can't be sent as one word.</exception>
    internal static string Value(string value, string what)
    {
        ArgumentException.ThrowIfNullOrEmpty(value, what);
        if (value.Any(char.IsControl))
        {
            throw new ArgumentException($"The {what} holds a control character, which no command can carry.", what);
        }

        if (value.Contains("<<", StringComparison.Ordinal))
        {
            throw new ArgumentException($"The {what} holds \"<<\", which announces a payload.", what);
        }

        if (Encoding.UTF8.GetByteCount(value) > LongestValue)
        {
            throw new ArgumentException($"The {what} is longer than {LongestValue} bytes.", what);
        }

        return value.AsSpan().IndexOfAny(' ', ';', '\\') < 0
            ? value
            : value.Replace(@"\", @"\\", StringComparison.Ordinal).Replace(" ", @"\ ", StringComparison.Ordinal).Replace(";", @"\;", StringComparison.Ordinal);
    }

    internal static string Number(int number, int lowest, int highest, string what = "number") =>
        number >= lowest && number <= highest
            ? number.ToString(CultureInfo.InvariantCulture)
            : throw new ArgumentOutOfRangeException(what, number, $"The {what} must be {lowest} to {highest}.");

    internal static string Port(int port) => Number(port, 1, 65535, "port");

    /// <summary>In milliseconds.</summary>
    internal static string Duration(TimeSpan duration, string what) =>
        duration >= TimeSpan.FromMilliseconds(1) && duration <= LongestDuration
            ? ((long)duration.TotalMilliseconds).ToString(CultureInfo.InvariantCulture)
            : throw new ArgumentOutOfRangeException(what, duration, $"The {what} must be 1 ms to 24 days.");

    // HAProxy counts milliseconds in 31 bits.
    private static TimeSpan LongestDuration { get; } = TimeSpan.FromDays(24);
}
