namespace HaproxyRuntime;

/// <summary>One entry of a map, a line of <c>show map ID</c> (management guide section 9.3).</summary>
/// <param name="Reference">Its own name, <c>0x</c> and hexadecimal digits, for <c>set map</c> and <c>del map</c>; it does not outlive the entry.</param>
/// <param name="Key">What is looked up. A key that holds a space can't be told from its value in this answer: it ends at the first space.</param>
/// <param name="Value">What it gives; may be empty and may hold spaces.</param>
public sealed record MapEntry(string Reference, string Key, string Value)
{
    /// <summary>Reads <c>show map ID</c>'s answer. An empty map's is empty.</summary>
    /// <exception cref="FormatException">It is not one.</exception>
    public static IReadOnlyList<MapEntry> ParseAll(string answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        var lines = new AnswerLines(answer, "the map");
        var entries = new List<MapEntry>();
        while (lines.Next())
        {
            var (reference, pattern) = AclEntry.Parse(lines.Current);
            var space = pattern.IndexOf(' ', StringComparison.Ordinal);
            entries.Add(space < 0 ? throw new FormatException($"the map's entry \"{CommandResult.Excerpt(pattern)}\" has no value") : new MapEntry(reference, pattern[..space], pattern[(space + 1)..]));
        }

        return entries;
    }
}

/// <summary>One pattern of an ACL, a line of <c>show acl ID</c> (management guide section 9.3).</summary>
/// <param name="Reference">Its own name, <c>0x</c> and hexadecimal digits, for <c>del acl</c>; it does not outlive the entry.</param>
/// <param name="Pattern">The pattern.</param>
public sealed record AclEntry(string Reference, string Pattern)
{
    /// <summary>Reads <c>show acl ID</c>'s answer. That of an ACL without patterns is empty.</summary>
    /// <exception cref="FormatException">It is not one.</exception>
    public static IReadOnlyList<AclEntry> ParseAll(string answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        var lines = new AnswerLines(answer, "the ACL");
        var entries = new List<AclEntry>();
        while (lines.Next())
        {
            entries.Add(Parse(lines.Current));
        }

        return entries;
    }

    internal static AclEntry Parse(ReadOnlySpan<char> line)
    {
        var space = line.IndexOf(' ');
        return space > 0 && RuntimeCommand.IsSessionId(line[..space])
            ? new AclEntry(line[..space].ToString(), line[(space + 1)..].ToString())
            : throw new FormatException($"\"{CommandResult.Excerpt(line.ToString())}\" is no entry of a map or ACL");
    }
}
