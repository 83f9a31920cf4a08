using System.Globalization;
using System.Text;

namespace DbSwitch.Model;

/// <summary>
/// Text from outside that is stored or shown: one line that reads as it is written. Control characters would be obeyed by a terminal; format characters turn the direction of
/// writing around or are not seen at all; U+2028 and U+2029 begin a line where somebody else reads it.
/// </summary>
public static class PlainText
{
    /// <summary>Nothing in it is hidden.</summary>
    public static bool Is(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.EnumerateRunes().All(IsPrintable);
    }

    /// <summary>The text without what is hidden; for what others say, which can't be refused.</summary>
    public static string Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Is(text) ? text : string.Concat(text.EnumerateRunes().Where(IsPrintable).Select(rune => rune.ToString()));
    }

    public static bool IsPrintable(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.Surrogate);
}
