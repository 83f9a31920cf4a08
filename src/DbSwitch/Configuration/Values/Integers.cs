using System.Globalization;

namespace DbSwitch.Configuration.Values;

/// <summary>Decimal digits and nothing else: what YAML libraries also take for numbers (<c>0x10</c>, <c>1_000</c>, <c>010</c>) reads differently to different people.</summary>
internal static class Integers
{
    public static Func<string, Converted<int>> Between(int least, int most) => text => Convert(text, least, most);

    /// <summary>For a key whose absence means something else than any number.</summary>
    public static Func<string, Converted<int?>> MaybeBetween(int least, int most) => text => Convert(text, least, most) is { Problem: { } problem } ? new Wrong(problem) : int.Parse(text, CultureInfo.InvariantCulture);

    private static Converted<int> Convert(string text, int least, int most)
    {
        if (text.Length == 0 || text.AsSpan().ContainsAnyExceptInRange('0', '9') || text is ['0', _, ..])
        {
            return new Wrong("is not a whole number; write decimal digits alone, such as 10000");
        }

        var isNumber = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number);
        return isNumber && number >= least && number <= most
            ? number
            : new Wrong(string.Create(CultureInfo.InvariantCulture, $"is out of range; {least} to {most} is allowed"));
    }
}
