namespace HaproxyRuntime;

/// <summary>
/// <c>show stat</c>'s answer: a header line that begins with <c># </c>, then a line for each row, commas between fields and one at the end. A field that holds a comma, a
/// quote or a line feed stands in quotes, and quotes within are doubled (RFC 4180, management guide section 9.1).
/// </summary>
internal ref struct CsvTable
{
    private readonly Range[] _fields;
    private ReadOnlySpan<char> _rest;

    /// <exception cref="FormatException">There is no header, or the last line has no end.</exception>
    public CsvTable(ReadOnlySpan<char> text)
    {
        if (!text.StartsWith("# ", StringComparison.Ordinal))
        {
            throw new FormatException("the table has no header");
        }

        _rest = text[^1] == '\n' ? text : throw new FormatException("the table's last line has no end");
        var header = TakeLine()[2..].TrimEnd();
        Columns = new Dictionary<string, int>(header.Count(',') + 1, StringComparer.Ordinal);
        var place = 0;
        foreach (var range in header.Split(','))
        {
            // Nameless is what follows the last comma; "-" only parts HAProxy's own columns from those of its modules.
            var name = header[range];
            if (name.Length > 0 && name is not "-")
            {
                Columns.TryAdd(name.ToString(), place);
            }

            place++;
        }

        _fields = new Range[place + 1];
    }

    /// <summary>The columns that this version has, with their places.</summary>
    public Dictionary<string, int> Columns { get; }

    /// <summary>This row, without its end.</summary>
    public ReadOnlySpan<char> Line { get; private set; }

    /// <summary>A column's place.</summary>
    /// <exception cref="FormatException">There is no such column.</exception>
    public readonly int Column(string name) => Columns.TryGetValue(name, out var column) ? column : throw new FormatException($"the table has no column {name}");

    /// <summary>Goes on to the next row; false when there is none.</summary>
    /// <exception cref="FormatException">It has fewer fields than the header, or a quote without end.</exception>
    public bool Next()
    {
        do
        {
            if (_rest.IsEmpty)
            {
                return false;
            }

            Line = TakeLine();
        }
        while (Line.IsWhiteSpace());

        var count = Split(Line, _fields);
        return count >= _fields.Length - 1 ? true : throw new FormatException($"a line of the table has {count} fields where its header has {_fields.Length - 1}");
    }

    /// <summary>A field of this row; empty where the column has no place.</summary>
    public readonly ReadOnlySpan<char> this[int column] => column < 0 ? default : Unquote(Line[_fields[column]]);

    /// <summary>One field of a line that was read before.</summary>
    public static ReadOnlySpan<char> Field(ReadOnlySpan<char> line, int column)
    {
        for (; column > 0; column--)
        {
            line = line[(EndOfField(line) + 1)..];
        }

        return Unquote(line[..EndOfField(line)]);
    }

    private static int Split(ReadOnlySpan<char> line, Span<Range> fields)
    {
        if (!line.Contains('"'))
        {
            return line.Split(fields, ',');
        }

        var (count, at) = (0, 0);
        while (count < fields.Length)
        {
            var end = at + EndOfField(line[at..]);
            fields[count++] = at..end;
            if (end == line.Length)
            {
                break;
            }

            at = end + 1;
        }

        return count;
    }

    private static int EndOfField(ReadOnlySpan<char> rest)
    {
        var inQuotes = false;
        for (var i = 0; i < rest.Length; i++)
        {
            if (rest[i] == '"')
            {
                inQuotes = !inQuotes;
            }
            else if (rest[i] == ',' && !inQuotes)
            {
                return i;
            }
        }

        return rest.Length;
    }

    private static ReadOnlySpan<char> Unquote(ReadOnlySpan<char> field) =>
        field is ['"', .., '"'] ? field[1..^1].ToString().Replace("\"\"", "\"", StringComparison.Ordinal) : field;

    // A line feed within quotes ends no line.
    private ReadOnlySpan<char> TakeLine()
    {
        var end = _rest.IndexOf('\n');
        while (end >= 0 && _rest[..end].Count('"') % 2 == 1)
        {
            var more = _rest[(end + 1)..].IndexOf('\n');
            end = more < 0 ? -1 : end + 1 + more;
        }

        if (end < 0)
        {
            throw new FormatException("the table has a quote without end");
        }

        var line = _rest[..end];
        _rest = _rest[(end + 1)..];
        return line;
    }
}
