namespace HaproxyRuntime;

/// <summary>What a line of <c>show stat</c> is about: column <c>type</c> (management guide section 9.1).</summary>
public enum StatisticsKind
{
    /// <summary>A frontend as a whole.</summary>
    Frontend = 0,

    /// <summary>A backend as a whole.</summary>
    Backend = 1,

    /// <summary>One server.</summary>
    Server = 2,

    /// <summary>One listening socket of a frontend; only with <c>option socket-stats</c>.</summary>
    Listener = 3,
}

/// <summary>
/// The counters of one frontend, backend, server or listener, a line of <c>show stat</c> (management guide section 9.1). What has no meaning for the line's kind, and
/// what this version does not tell, is null. The columns that have no property of their own are found by name.
/// </summary>
public sealed partial class ProxyStatistics
{
    private readonly Dictionary<string, int> _columns;
    private readonly string _line;

    private ProxyStatistics(Dictionary<string, int> columns, string line) => (_columns, _line) = (columns, line);

    /// <summary>The names of all columns that this HAProxy printed.</summary>
    public IReadOnlyCollection<string> Columns => _columns.Keys;

    /// <summary>What it is about (<c>type</c>).</summary>
    public StatisticsKind Kind { get; private init; }

    /// <summary>The proxy's name (<c>pxname</c>).</summary>
    public string Proxy { get; private init; } = "";

    /// <summary>The server's or listener's name (<c>svname</c>); <c>FRONTEND</c> or <c>BACKEND</c> for those.</summary>
    public string Name { get; private init; } = "";

    /// <summary>
    /// <c>OPEN</c>, <c>STOP</c>, <c>FULL</c> of a frontend; <c>UP</c>, <c>DOWN</c>, <c>MAINT</c>, <c>MAINT (via b/s)</c>, <c>MAINT (resolution)</c>, <c>DRAIN</c>, <c>NOLB</c>,
    /// <c>no check</c>, <c>UP 1/3</c> and others of a server.
    /// </summary>
    public string? Status { get; private init; }

    /// <summary>Any column, as HAProxy printed it, or null where the field is empty or this version has no such column.</summary>
    /// <param name="column">Its name in the header: <c>hrsp_2xx</c>.</param>
    public string? this[string column] =>
        _columns.TryGetValue(column, out var place) && CsvTable.Field(_line, place) is { Length: > 0 } value ? value.ToString() : null;

    /// <summary>Reads <c>show stat</c>'s answer. Columns are known by their header.</summary>
    /// <exception cref="FormatException">It is not one.</exception>
    public static IReadOnlyList<ProxyStatistics> ParseAll(string answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        var table = new CsvTable(answer);
        var places = new Places(table);
        var names = new NameCache();
        var rows = new List<ProxyStatistics>();
        while (table.Next())
        {
            rows.Add(Read(table, places, names));
        }

        return rows;
    }

    private static StatisticsKind KindOf(ReadOnlySpan<char> text) => text switch
    {
        "0" => StatisticsKind.Frontend,
        "1" => StatisticsKind.Backend,
        "2" => StatisticsKind.Server,
        "3" => StatisticsKind.Listener,
        _ => throw new FormatException($"\"{CommandResult.Excerpt(text.ToString())}\" is no type of show stat"),
    };

    private static string NameOf(ReadOnlySpan<char> text) => text.Length > 0 ? text.ToString() : throw new FormatException("a line of show stat has no name");

    private static long? Number(ReadOnlySpan<char> text) => text.IsEmpty ? null : AnswerField.SignedLong(text);

    // "-1": never.
    private static TimeSpan? Seconds(ReadOnlySpan<char> text) => text.IsEmpty || text is "-1" ? null : AnswerField.Seconds(text);

    private static TimeSpan? Milliseconds(ReadOnlySpan<char> text) => text.IsEmpty ? null : AnswerField.Milliseconds(text);
}
