namespace HaproxyRuntime;

/// <summary>An answer that is a table: a header line that begins with <c># </c>, then a line for each row. Columns are found by name, since versions add some in between.</summary>
internal readonly struct AnswerTable
{
    private readonly Dictionary<string, int> _columns;
    private readonly List<string[]> _rows;

    /// <param name="text">The table.</param>
    /// <param name="needed">Columns that it must have, also when it has no row: without them it is not the table that was asked for.</param>
    /// <exception cref="FormatException">There is no header, a column is missing, a row has fewer fields than the header, or the last line has no end.</exception>
    public AnswerTable(string text, params ReadOnlySpan<string> needed)
    {
        if (!text.StartsWith("# ", StringComparison.Ordinal))
        {
            throw new FormatException("the table has no header");
        }

        if (!text.EndsWith('\n'))
        {
            throw new FormatException("the table's last line has no end");
        }

        var lines = text.Split('\n');
        var header = lines[0][2..].TrimEnd().Split(' ');
        _columns = new Dictionary<string, int>(header.Length, StringComparer.Ordinal);
        for (var i = 0; i < header.Length; i++)
        {
            _columns.TryAdd(header[i], i);
        }

        foreach (var column in needed)
        {
            if (!_columns.ContainsKey(column))
            {
                throw new FormatException($"the table has no column {column}");
            }
        }

        _rows = new List<string[]>(lines.Length);
        foreach (var line in lines.AsSpan(1))
        {
            if (string.IsNullOrWhiteSpace(line))
            {
                continue;
            }

            var fields = line.TrimEnd('\r').Split(' ');
            if (fields.Length < header.Length)
            {
                throw new FormatException($"a line of the table has {fields.Length} fields where its header has {header.Length}");
            }

            _rows.Add(fields);
        }
    }

    public int Count => _rows.Count;

    public AnswerRow Row(int index) => new(_columns, _rows[index]);
}

/// <summary>One row of an <see cref="AnswerTable"/>.</summary>
internal readonly struct AnswerRow(Dictionary<string, int> columns, string[] fields)
{
    /// <exception cref="FormatException">There is no such column.</exception>
    public string this[string column] => columns.TryGetValue(column, out var index) ? fields[index] : throw new FormatException($"the table has no column {column}");
}
