using System.CommandLine.Parsing;
using System.Globalization;

namespace DbSwitch.App.CommandLine;

/// <summary>A time on the command line: <c>10</c> and <c>10s</c> alike, since who writes the configuration file writes units.</summary>
internal static class Seconds
{
    public static double? Read(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (double.TryParse(text.EndsWith('s') ? text[..^1] : text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds))
        {
            return seconds;
        }

        var option = ((OptionResult)result.Parent!).Option.Name;
        result.AddError($"{option} takes a number of seconds, as in {option} 10s, not \"{text}\".");
        return null;
    }
}
