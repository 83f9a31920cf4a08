using System.Globalization;
using DbSwitch.Configuration.Yaml;
using DbSwitch.Model;

namespace DbSwitch.Configuration.Source;

/// <summary>
/// What the YAML parser would let pass, misread or report badly: tabs as indentation, characters that nobody sees, directives.
/// None of them has a use in this file.
/// </summary>
internal static class TextCheck
{
    /// <summary>True when the text may go to the parser.</summary>
    public static bool Run(string text, ProblemList problems)
    {
        var line = 1;
        var clean = true;
        for (var rest = text.AsSpan(); !rest.IsEmpty; line++)
        {
            var end = rest.IndexOfAny('\r', '\n');
            var content = end < 0 ? rest : rest[..end];
            if (FindProblem(content) is var (column, problem))
            {
                problems.Add(new Mark(line, column), problem);
                clean = false;
            }

            rest = end < 0 ? [] : rest[(end + (rest[end..].StartsWith("\r\n") ? 2 : 1))..];
        }

        return clean;
    }

    private static (int Column, string Problem)? FindProblem(ReadOnlySpan<char> line)
    {
        if (line.StartsWith('%'))
        {
            return (1, "has a YAML directive (a line that begins with %); remove it");
        }

        var indented = line.IndexOfAnyExcept(' ', '\t');
        var tab = line.IndexOf('\t');
        if (tab >= 0 && tab < indented && line[indented] != '#')
        {
            return (tab + 1, "a tab as indentation; YAML wants spaces");
        }

        var column = 1;
        foreach (var rune in line.EnumerateRunes())
        {
            if (rune.Value is not '\t' && (!PlainText.IsPrintable(rune) || rune.Value is 0xFFFE or 0xFFFF))
            {
                return (column, string.Create(CultureInfo.InvariantCulture, $"has the invisible character U+{rune.Value:X4}; remove it"));
            }

            column += rune.Utf16SequenceLength;
        }

        return null;
    }
}
