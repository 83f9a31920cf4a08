using System.Globalization;

namespace DbSwitch.Configuration.Values;

/// <summary>A whole number and a unit: <c>100ms</c>, <c>5s</c>, <c>1m</c>, <c>1h</c>. The unit is never left out: HAProxy would read milliseconds, most people seconds.</summary>
internal static class Durations
{
    private static readonly (string Unit, TimeSpan Length)[] Units =
    [
        ("ms", TimeSpan.FromMilliseconds(1)),
        ("s", TimeSpan.FromSeconds(1)),
        ("m", TimeSpan.FromMinutes(1)),
        ("h", TimeSpan.FromHours(1)),
    ];

    /// <summary>Reads a duration from <paramref name="least"/> to <paramref name="most"/>.</summary>
    public static Func<string, Converted<TimeSpan>> Between(TimeSpan least, TimeSpan most) => text => Convert(text, least, most);

    /// <summary>As it would be written in the file, in the largest unit that needs no fraction.</summary>
    public static string Show(TimeSpan duration)
    {
        if (duration == TimeSpan.Zero)
        {
            return "0s";
        }

        var (unit, length) = Units.Last(u => duration.Ticks % u.Length.Ticks == 0);
        return string.Create(CultureInfo.InvariantCulture, $"{duration.Ticks / length.Ticks}{unit}");
    }

    private static Converted<TimeSpan> Convert(string text, TimeSpan least, TimeSpan most)
    {
        var digits = text.AsSpan().IndexOfAnyExceptInRange('0', '9');
        if (digits < 0)
        {
            return new Wrong($"has no unit; write {text}ms, {text}s, {text}m or {text}h");
        }

        var unit = Units.FirstOrDefault(u => u.Unit == text[digits..]);
        if (digits == 0 || unit.Unit is null)
        {
            return new Wrong("is not a duration; write a whole number and a unit (ms, s, m or h), such as 5s or 100ms");
        }

        // Too many digits for a number are above every range, too.
        var isNumber = long.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out var number);
        if (!isNumber || number > most.Ticks / unit.Length.Ticks || number * unit.Length < least)
        {
            return new Wrong($"is out of range; {Show(least)} to {Show(most)} is allowed");
        }

        return number * unit.Length;
    }
}
