using System.CommandLine.Parsing;
using System.Globalization;

namespace DbSwitch.App.CommandLine;

/// <summary>A time on the command line: <c>10</c>, <c>10s</c>, <c>2m</c>, <c>1h</c>, <c>500ms</c>. Who writes no unit means seconds.</summary>
internal static class Seconds
{
    private static readonly (string Unit, double Seconds)[] Units = [("ms", 0.001), ("s", 1), ("m", 60), ("h", 3600)];

    public static double? Read(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (Parse(text) is { } seconds)
        {
            return seconds;
        }

        var option = ((OptionResult)result.Parent!).Option.Name;
        result.AddError($"{option} takes a time: {option} 30 (seconds), {option} 30s, {option} 2m. \"{text}\" is none.");
        return null;
    }

    /// <returns>Null for what is no time.</returns>
    public static double? Parse(string text)
    {
        var unit = Units.FirstOrDefault(u => text.EndsWith(u.Unit, StringComparison.Ordinal));
        var number = unit.Unit is null ? text : text[..^unit.Unit.Length];
        return double.TryParse(number, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var count) ? count * (unit.Unit is null ? 1 : unit.Seconds) : null;
    }
}
