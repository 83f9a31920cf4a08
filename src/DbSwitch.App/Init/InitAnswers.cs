using HaproxyRuntime;

namespace DbSwitch.App.Init;

/// <summary>Whose HAProxy it is.</summary>
internal enum InitHaproxy
{
    /// <summary>None yet: haproxy.cfg is written, too.</summary>
    New,

    /// <summary>One that runs already: the lines that it needs are printed.</summary>
    Existing,

    /// <summary>dbswitch's own.</summary>
    Managed,
}

/// <summary>What a first configuration is made of.</summary>
internal sealed record InitAnswers
{
    public required InitHaproxy Haproxy { get; init; }

    /// <summary>By name, in the order in which they were given.</summary>
    public required IReadOnlyList<KeyValuePair<string, HostPort>> Targets { get; init; }

    /// <summary>What they are, as dbswitch.yaml names it.</summary>
    public string Kind { get; init; } = "tcp";

    /// <summary>The switch's name.</summary>
    public required string Switch { get; init; }

    /// <summary>Where clients connect.</summary>
    public required string Clients { get; init; }

    /// <summary>HAProxy's names.</summary>
    public required string Frontend { get; init; }

    public required string Backend { get; init; }

    /// <summary>Where HAProxy has its sockets and files.</summary>
    public required HaproxyPlaces Places { get; init; }

    /// <summary>The haproxy.cfg of one that runs already; null where it is not to be had here.</summary>
    public string? ExistingText { get; init; }

    /// <summary>Where the companion script is, absolute.</summary>
    public required string Script { get; init; }
}
