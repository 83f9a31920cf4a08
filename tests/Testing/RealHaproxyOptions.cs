namespace DbSwitch.Testing;

/// <summary>What is special about one HAProxy under test. Lines are put into the configuration as they are.</summary>
public sealed record RealHaproxyOptions
{
    /// <summary>Master-worker mode with a master socket (<c>-W -S</c>), which a reload needs; otherwise a single process.</summary>
    public bool MasterWorker { get; init; }

    /// <summary>The Runtime API on a TCP port as well, as in the seed.</summary>
    public bool TcpApi { get; init; }

    /// <summary>The statistics page, at /stats of a port of its own.</summary>
    public bool Statistics { get; init; }

    /// <summary>With the companion script, deploy/dbswitch.lua: new connections wait while no server is usable.</summary>
    public bool Companion { get; init; }

    /// <summary>With <see cref="Companion"/>: how long a new connection may wait, in whole milliseconds, until <c>set dbswitch hold</c> says otherwise.</summary>
    public TimeSpan Hold { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>With <see cref="Companion"/>: the most that <c>set dbswitch hold</c> can allow, in whole milliseconds.</summary>
    public TimeSpan HoldCeiling { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>With <see cref="Companion"/>: where the script keeps the highest generations; null for a file of this HAProxy's own, which its restarts find again.</summary>
    public string? GenerationsFile { get; init; }

    /// <summary>Dynamic servers need roundrobin, leastconn, first, random or a consistent hash.</summary>
    public string Balance { get; init; } = "first";

    /// <summary>For the whole process, HAProxy's <c>maxconn</c>. Twice as many file descriptors must be allowed.</summary>
    public int MaximumConnections { get; init; } = 4000;

    /// <summary>With the timeouts that end a session which one side has closed, as in all that we write.</summary>
    public bool EndsHalfClosed { get; init; } = true;

    /// <summary>How its Runtime API marks what it says: <c>none</c>, <c>number</c> or <c>string</c>.</summary>
    public string SeverityOutput { get; init; } = "none";

    /// <summary>More lines of <c>global</c>, such as <c>lua-load</c>.</summary>
    public IReadOnlyList<string> Global { get; init; } = [];

    /// <summary>More lines of <c>defaults</c>; a timeout here replaces the kit's.</summary>
    public IReadOnlyList<string> Defaults { get; init; } = [];

    /// <summary>More lines of <c>frontend db</c>.</summary>
    public IReadOnlyList<string> Frontend { get; init; } = [];

    /// <summary>More lines of <c>backend db_servers</c>.</summary>
    public IReadOnlyList<string> Backend { get; init; } = [];

    /// <summary>Lines at the end: sections of one's own.</summary>
    public IReadOnlyList<string> Sections { get; init; } = [];
}
