using System.Globalization;
using System.Text;

namespace DbSwitch.Configuration.Yaml;

/// <summary>Shows a piece of the file in a message: in quotes, on one line, never long, and nothing in it that a terminal would obey.</summary>
internal static class Shown
{
    public const int Longest = 60;

    public static string Quote(string text)
    {
        var shown = new StringBuilder("\"");
        foreach (var rune in text.EnumerateRunes())
        {
            if (shown.Length > Longest)
            {
                shown.Append('…');
                break;
            }

            if (rune.Value is '"' or '\\')
            {
                shown.Append('\\').Append((char)rune.Value);
            }
            else if (IsPrintable(rune))
            {
                shown.Append(rune.ToString());
            }
            else
            {
                shown.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:X4}");
            }
        }

        return shown.Append('"').ToString();
    }

    /// <summary>Format characters are not: among them are those that turn the direction of writing around.</summary>
    private static bool IsPrintable(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned);
}
