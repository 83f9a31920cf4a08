namespace HaproxyRuntime;

/// <summary>One stick table, a line of <c>show table</c> (management guide section 9.3).</summary>
/// <param name="Name">Its name: that of its proxy or peers section, <c>peers/name</c>, or <c>table</c>'s.</param>
/// <param name="Type">What its keys are: <c>ip</c>, <c>ipv6</c>, <c>integer</c>, <c>string</c> or <c>binary</c>.</param>
/// <param name="Size">The most entries it can hold.</param>
/// <param name="Used">The entries it holds.</param>
public sealed record StickTable(string Name, string Type, int Size, int Used)
{
    private const string Beginning = "# table: ";

    /// <summary>Reads <c>show table</c>'s answer, which is empty where there is no table.</summary>
    /// <exception cref="FormatException">It is not one.</exception>
    public static IReadOnlyList<StickTable> ParseAll(string answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        var lines = new AnswerLines(answer, "show table");
        var tables = new List<StickTable>();
        while (lines.Next())
        {
            tables.Add(Parse(lines.Current));
        }

        return tables;
    }

    // # table: tb, type: ip, size:10240, used:1
    internal static StickTable Parse(ReadOnlySpan<char> line)
    {
        var type = line.IndexOf(", type: ");
        var size = line.IndexOf(", size:");
        var used = line.IndexOf(", used:");
        return line.StartsWith(Beginning, StringComparison.Ordinal) && type > Beginning.Length && size > type + 8 && used > size + 7
            ? new StickTable(line[Beginning.Length..type].ToString(), line[(type + 8)..size].ToString(), AnswerField.Number(line[(size + 7)..used]), AnswerField.Number(line[(used + 7)..]))
            : throw new FormatException($"\"{CommandResult.Excerpt(line.ToString())}\" is no table of show table");
    }
}
