namespace HaproxyRuntime;

/// <summary>Which lines <c>show stat</c> is to have (management guide section 9.3).</summary>
[Flags]
public enum StatisticsKinds
{
    /// <summary>No line at all: not to be asked for.</summary>
    None = 0,

    /// <summary>Frontends.</summary>
    Frontends = 1,

    /// <summary>Backends.</summary>
    Backends = 2,

    /// <summary>Servers.</summary>
    Servers = 4,

    /// <summary>Listening sockets, where <c>option socket-stats</c> is on.</summary>
    Listeners = 8,

    /// <summary>All of them.</summary>
    All = Frontends | Backends | Servers | Listeners,
}
