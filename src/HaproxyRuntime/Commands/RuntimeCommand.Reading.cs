namespace HaproxyRuntime;

/// <content>The commands that only look (management guide section 9.3).</content>
public sealed partial record RuntimeCommand
{
    /// <summary><c>show info</c> (management guide section 9.3).</summary>
    public static RuntimeCommand ShowInfo { get; } = new("show info", false);

    /// <summary><c>show cli level</c>: what this connection may do.</summary>
    public static RuntimeCommand ShowCliLevel { get; } = new("show cli level", false);

    /// <summary><c>show sess</c>: every stream of the process.</summary>
    public static RuntimeCommand ShowSessions { get; } = new("show sess", false);

    /// <summary><c>show stat</c>: the counters of everything, as CSV.</summary>
    public static RuntimeCommand ShowStatistics { get; } = new("show stat", false);

    /// <summary><c>show servers state BACKEND</c>.</summary>
    public static RuntimeCommand ShowServersState(string backend) => new("show servers state " + Name(backend), false);
}
