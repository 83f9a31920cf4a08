using System.Globalization;

namespace DbSwitch.Configuration.Values;

/// <summary>A whole number and a unit, as PostgreSQL's own configuration has them: <c>64kB</c>, <c>16MB</c>, <c>1GB</c>, in steps of 1024.</summary>
internal static class Sizes
{
    private static readonly (string Unit, long Length)[] Units = [("kB", 1L << 10), ("MB", 1L << 20), ("GB", 1L << 30), ("TB", 1L << 40)];

    public static Func<string, Converted<long>> UpTo(long most) => text => Convert(text, most);

    /// <summary>For people: in the largest unit that leaves something before the point.</summary>
    public static string Show(long bytes)
    {
        var (unit, length) = Units.LastOrDefault(u => bytes >= u.Length, ("bytes", 1));
        return string.Create(CultureInfo.InvariantCulture, $"{(double)bytes / length:0.#} {unit}");
    }

    private static Converted<long> Convert(string text, long most)
    {
        var digits = text.AsSpan().IndexOfAnyExceptInRange('0', '9');
        var unit = digits <= 0 ? default : Units.FirstOrDefault(u => u.Unit == text[digits..]);
        if (unit.Unit is null)
        {
            return new Wrong("is not a size; write a whole number and a unit (kB, MB, GB or TB), such as 16MB");
        }

        return long.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= most / unit.Length
            ? number * unit.Length
            : new Wrong($"is out of range; 0kB to {Show(most).Replace(" ", "", StringComparison.Ordinal)} is allowed");
    }
}
