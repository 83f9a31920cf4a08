namespace HaproxyRuntime;

/// <summary>One map or one ACL's list of patterns, a line of <c>show map</c> or <c>show acl</c> (management guide section 9.3).</summary>
/// <param name="Id">Its number, to be named as <c>#12</c>; another after a reload.</param>
/// <param name="File">The file it was loaded from, or null for patterns that stand in the configuration file itself.</param>
/// <param name="Description">Where it is used.</param>
/// <param name="Version">The version that is in use (<c>curr_ver</c>): what <c>@</c> picks another of.</param>
/// <param name="NextVersion">The newest version that <c>prepare</c> made (<c>next_ver</c>).</param>
/// <param name="Entries">How many entries it has; null before HAProxy 2.6.</param>
public sealed record PatternList(int Id, string? File, string Description, long Version, long NextVersion, long? Entries)
{
    /// <summary>How it is named in other commands: <c>#12</c>.</summary>
    public string Reference => "#" + Id.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>Reads <c>show map</c>'s or <c>show acl</c>'s answer.</summary>
    /// <exception cref="FormatException">It is not one.</exception>
    public static IReadOnlyList<PatternList> ParseAll(string answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        var lines = new AnswerLines(answer, "the list");
        lines.Expect("# id (file) description");
        var lists = new List<PatternList>();
        while (lines.Next())
        {
            lists.Add(Parse(lines.Current));
        }

        return lists;
    }

    // 4 (/etc/a.map) pattern loaded from file '/etc/a.map' used by map at file '/etc/haproxy.cfg' line 16. curr_ver=0 next_ver=0 entry_cnt=3
    private static PatternList Parse(ReadOnlySpan<char> line)
    {
        var open = line.IndexOf(" (");
        var close = line.IndexOf(") ");
        var versions = line.LastIndexOf(" curr_ver=");
        if (open < 1 || close < open + 2 || versions < close + 1)
        {
            throw new FormatException($"\"{CommandResult.Excerpt(line.ToString())}\" is no map or ACL");
        }

        var file = line[(open + 2)..close];
        var counts = string.Concat(line[versions..], " ");
        return new PatternList(
            AnswerField.Number(line[..open]),
            file.IsEmpty ? null : file.ToString(),
            line[(close + 1)..versions].Trim().ToString(),
            AnswerField.Long(AnswerField.After(counts, " curr_ver=", "the list")),
            AnswerField.Long(AnswerField.After(counts, " next_ver=", "the list")),
            counts.Contains(" entry_cnt=", StringComparison.Ordinal) ? AnswerField.Long(AnswerField.After(counts, " entry_cnt=", "the list")) : null);
    }
}
