namespace HaproxyRuntime;

/// <summary>
/// An answer that is a table: a header line that begins with <c># </c>, then a line for each row, fields between single spaces. Columns are found by name, since
/// versions add some in between. Nothing is copied: a row is what <see cref="Next"/> stands at.
/// </summary>
internal ref struct AnswerTable
{
    private readonly ReadOnlySpan<char> _header;
    private readonly int _columns;
    private readonly int _optional;
    private readonly Range[] _fields;
    private AnswerLines _lines;

    /// <param name="text">The table.</param>
    /// <param name="optional">How many of the last columns a row may lack.</param>
    /// <exception cref="FormatException">There is no header, or the last line has no end.</exception>
    public AnswerTable(ReadOnlySpan<char> text, int optional = 0)
    {
        _optional = optional;
        if (!text.StartsWith("# ", StringComparison.Ordinal))
        {
            throw new FormatException("the table has no header");
        }

        _lines = new AnswerLines(text, "the table");
        _lines.Next();
        _header = _lines.Current[2..].TrimEnd();
        _columns = _header.Count(' ') + 1;

        // One more, for all that a row may have beyond its header.
        _fields = new Range[_columns + 1];
    }

    /// <summary>A column's place.</summary>
    /// <exception cref="FormatException">There is no such column: then it is not the table that was asked for.</exception>
    public readonly int Column(string name) => ColumnOrNone(name) is >= 0 and var column ? column : throw new FormatException($"the table has no column {name}");

    /// <summary>A column's place, or -1 where this version has none.</summary>
    public readonly int ColumnOrNone(string name)
    {
        var column = 0;
        foreach (var range in _header.Split(' '))
        {
            if (_header[range].SequenceEqual(name))
            {
                return column;
            }

            column++;
        }

        return -1;
    }

    /// <summary>Goes on to the next row; false when there is none.</summary>
    /// <exception cref="FormatException">It has fewer fields than the header.</exception>
    public bool Next()
    {
        if (!_lines.Next())
        {
            return false;
        }

        var count = _lines.Current.Split(_fields, ' ');
        return count >= _columns - _optional ? true : throw new FormatException($"a line of the table has {count} fields where its header has {_columns}");
    }

    /// <summary>A field of this row.</summary>
    public readonly ReadOnlySpan<char> this[int column] => _lines.Current[_fields[column]];
}
