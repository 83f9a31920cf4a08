namespace HaproxyRuntime;

/// <summary>A stick table with its entries, the answer to <c>show table NAME</c> (management guide section 9.3).</summary>
/// <param name="Table">The table.</param>
/// <param name="Entries">Its entries. They come and go while HAProxy prints them: their number may differ from <see cref="StickTable.Used"/>.</param>
public sealed record StickTableContents(StickTable Table, IReadOnlyList<StickTableEntry> Entries)
{
    /// <summary>Reads <c>show table NAME</c>'s answer.</summary>
    /// <exception cref="FormatException">It is not one; also where HAProxy says that it keeps the entries to itself, for a level below <c>operator</c>.</exception>
    public static StickTableContents Parse(string answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        var lines = new AnswerLines(answer, "show table");
        lines.Expect("# table: ");
        var table = StickTable.Parse(lines.Current);
        var names = new NameCache();
        var entries = new List<StickTableEntry>();
        while (lines.Next())
        {
            entries.Add(StickTableEntry.Parse(lines.Current, names));
        }

        return new StickTableContents(table, entries);
    }
}

/// <summary>One entry of a stick table.</summary>
/// <param name="Key">Its key as HAProxy prints it: in a string's, spaces and unprintable bytes are escaped by <c>\</c>; a binary one's is hexadecimal.</param>
/// <param name="Uses">How many streams hold it now.</param>
/// <param name="Expires">When it is forgotten if nobody uses it, in milliseconds' precision; zero for now or never.</param>
/// <param name="Data">What it stores, in HAProxy's order.</param>
public sealed record StickTableEntry(string Key, int Uses, TimeSpan Expires, IReadOnlyList<StickTableData> Data)
{
    /// <summary>A number that it stores, or null where it stores no number of that name.</summary>
    /// <param name="name">As in the table's <c>store</c>, without a period: <c>conn_cnt</c>, <c>bytes_in_rate</c>, <c>gpc0</c>.</param>
    public long? this[string name] => Data.FirstOrDefault(data => data.Name == name)?.Number;

    // 0x561d: key=127.0.0.1 use=2 exp=29619 shard=0 conn_cnt=3 bytes_in_rate(10000)=1 server_key=-
    internal static StickTableEntry Parse(ReadOnlySpan<char> line, NameCache names)
    {
        var colon = line.IndexOf(": key=");
        var use = line.IndexOf(" use=");
        if (colon < 1 || use < colon + 6 || !RuntimeCommand.IsSessionId(line[..colon]))
        {
            throw new FormatException($"\"{CommandResult.Excerpt(line.ToString())}\" is no entry of show table");
        }

        var padded = string.Concat(line[use..], " ");
        var data = new List<StickTableData>();
        foreach (var range in line[(use + 1)..].Split(' '))
        {
            var word = line[(use + 1)..][range];
            if (word.Length > 0 && !word.StartsWith("use=") && !word.StartsWith("exp=") && !word.StartsWith("shard="))
            {
                data.Add(StickTableData.Parse(word, names));
            }
        }

        return new StickTableEntry(
            line[(colon + 6)..use].ToString(),
            AnswerField.Number(AnswerField.After(padded, " use=", "show table")),
            AnswerField.Milliseconds(AnswerField.After(padded, " exp=", "show table")),
            data);
    }
}

/// <summary>One thing that an entry of a stick table stores (configuration manual, <c>stick-table … store</c>).</summary>
/// <param name="Name">Its name: <c>conn_cnt</c>.</param>
/// <param name="Period">Of a rate, the time over which it is counted.</param>
/// <param name="Value">Its value as HAProxy prints it.</param>
public sealed record StickTableData(string Name, TimeSpan? Period, string Value)
{
    /// <summary>The value, where it is a number.</summary>
    public long? Number => long.TryParse(Value, System.Globalization.NumberStyles.AllowLeadingSign, System.Globalization.CultureInfo.InvariantCulture, out var number) ? number : null;

    internal static StickTableData Parse(ReadOnlySpan<char> word, NameCache names)
    {
        var equals = word.IndexOf('=');
        if (equals < 1)
        {
            throw new FormatException($"\"{CommandResult.Excerpt(word.ToString())}\" is nothing that a stick table stores");
        }

        var name = word[..equals];
        TimeSpan? period = null;
        if (name[^1] == ')' && name.IndexOf('(') is > 0 and var open)
        {
            period = AnswerField.Milliseconds(name[(open + 1)..^1]);
            name = name[..open];
        }

        return new StickTableData(names.Of(name), period, names.Of(word[(equals + 1)..]));
    }
}
