using System.Globalization;

namespace HaproxyRuntime;

/// <content>The commands that only look (management guide section 9.3).</content>
public sealed partial record RuntimeCommand
{
    /// <summary><c>show info</c>: who the process is.</summary>
    public static RuntimeCommand ShowInfo { get; } = new("show info", false);

    /// <summary><c>show version</c>: its version and nothing else; from HAProxy 2.6 on.</summary>
    public static RuntimeCommand ShowVersion { get; } = new("show version", false);

    /// <summary><c>show cli level</c>: what this connection may do.</summary>
    public static RuntimeCommand ShowCliLevel { get; } = new("show cli level", false);

    /// <summary><c>show sess</c>: every stream of the process.</summary>
    public static RuntimeCommand ShowSessions { get; } = new("show sess", false);

    /// <summary><c>show stat</c>: the counters of everything, as CSV.</summary>
    public static RuntimeCommand ShowStatistics { get; } = new("show stat", false);

    /// <summary><c>show servers state</c>: the servers of all backends.</summary>
    public static RuntimeCommand ShowAllServersState { get; } = new("show servers state", false);

    /// <summary><c>show servers conn</c>: the connections of all servers.</summary>
    public static RuntimeCommand ShowAllServerConnections { get; } = new("show servers conn", false);

    /// <summary><c>show backend</c>: the names of all backends.</summary>
    public static RuntimeCommand ShowBackends { get; } = new("show backend", false);

    /// <summary><c>show errors</c>: the last invalid request and response of each proxy; needs the level <c>operator</c>.</summary>
    public static RuntimeCommand ShowErrors { get; } = new("show errors", false);

    /// <summary><c>show map</c>: which maps there are; needs the level <c>operator</c>.</summary>
    public static RuntimeCommand ShowMaps { get; } = new("show map", false);

    /// <summary><c>show acl</c>: which ACLs there are; needs the level <c>operator</c>.</summary>
    public static RuntimeCommand ShowAcls { get; } = new("show acl", false);

    /// <summary><c>show table</c>: which stick tables there are.</summary>
    public static RuntimeCommand ShowTables { get; } = new("show table", false);

    /// <summary><c>show servers state BACKEND</c>.</summary>
    public static RuntimeCommand ShowServersState(string backend) => new("show servers state " + Name(backend), false);

    /// <summary><c>show servers conn BACKEND</c>.</summary>
    public static RuntimeCommand ShowServerConnections(string backend) => new("show servers conn " + Name(backend), false);

    /// <summary><c>show sess</c> with a filter. The versions before 3.2 don't know it and list all.</summary>
    public static RuntimeCommand ShowSessionsOf(SessionFilter filter)
    {
        ArgumentNullException.ThrowIfNull(filter);
        return new RuntimeCommand("show sess " + filter.Words, false);
    }

    /// <summary><c>show stat PROXY KINDS SERVER</c>: the counters of one proxy.</summary>
    /// <param name="proxy">A frontend's or backend's name. Where one of each has it, HAProxy takes the frontend's: give its number (<c>iid</c>) then, as text.</param>
    /// <param name="kinds">Which lines.</param>
    /// <param name="server">One server's number within its backend (<c>sid</c>), or null for all.</param>
    public static RuntimeCommand ShowStatisticsOf(string proxy, StatisticsKinds kinds = StatisticsKinds.All, int? server = null)
    {
        if (kinds is <= StatisticsKinds.None or > StatisticsKinds.All)
        {
            throw new ArgumentOutOfRangeException(nameof(kinds));
        }

        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(server ?? 1, nameof(server));
        return new RuntimeCommand(string.Create(CultureInfo.InvariantCulture, $"show stat {Name(proxy)} {(int)kinds} {server ?? -1}"), false);
    }

    /// <summary><c>show map MAP</c>: the entries of a map; needs the level <c>operator</c>.</summary>
    /// <param name="map">Its file as the configuration names it, or <c>#</c> and its number.</param>
    /// <param name="version">Which version of it (<see cref="PatternList.NextVersion"/>), or null for the one in use.</param>
    public static RuntimeCommand ShowMap(string map, long? version = null) => new($"show map {Version(version)}{Patterns(map)}", false);

    /// <summary><c>show acl ACL</c>: the patterns of an ACL; needs the level <c>operator</c>.</summary>
    /// <param name="acl">Its file as the configuration names it, or <c>#</c> and its number.</param>
    /// <param name="version">Which version of it (<see cref="PatternList.NextVersion"/>), or null for the one in use.</param>
    public static RuntimeCommand ShowAcl(string acl, long? version = null) => new($"show acl {Version(version)}{Patterns(acl)}", false);

    /// <summary><c>show table NAME</c>: the entries of a stick table; needs the level <c>operator</c>.</summary>
    /// <param name="table">Its name; <c>peers/name</c> for one of a peers section.</param>
    public static RuntimeCommand ShowTable(string table)
    {
        ArgumentException.ThrowIfNullOrEmpty(table);
        return new RuntimeCommand("show table " + string.Join('/', table.Split('/', 2).Select(CheckedName)), false);
    }

    internal static string CheckedName(string name) => Name(name);

    internal static bool IsName(ReadOnlySpan<char> text) => text.Length > 0 && !text.ContainsAnyExcept(NameCharacters);

    private static string Version(long? version)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(version ?? 0, nameof(version));
        return version is { } number ? string.Create(CultureInfo.InvariantCulture, $"@{number} ") : "";
    }

    // A file's name, "#" and a number, or "virt@…" and "opt@…": one word in which nothing has a meaning of its own.
    private static string Patterns(string list)
    {
        ArgumentException.ThrowIfNullOrEmpty(list);
        return list.Length <= 4096 && !list.StartsWith('@') && !list.Contains("<<", StringComparison.Ordinal) && !list.Any(c => char.IsControl(c) || char.IsWhiteSpace(c) || c is ';' or '\\' or '"' or '\'')
            ? list
            : throw new ArgumentException($"\"{CommandResult.Excerpt(list)}\" is not a map's or an ACL's file as one word, nor \"#\" and its number.", nameof(list));
    }
}
