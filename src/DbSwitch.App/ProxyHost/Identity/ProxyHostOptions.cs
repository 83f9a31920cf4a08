using DbSwitch.App.ProxyHost.Platform;

namespace DbSwitch.App.ProxyHost.Identity;

/// <summary>How a proxy host is to run.</summary>
public sealed record ProxyHostOptions
{
    /// <summary>The manager's run directory (<c>listen.RunDirectory</c>); the host's own is below it, named after the proxy.</summary>
    public required string RunDirectory { get; init; }

    /// <summary>Whether to leave the terminal's session first: Ctrl-C there, and the end of whoever started it, are then nothing to it. Default false.</summary>
    public bool Detached { get; init; }

    /// <summary>Whether HAProxy's log goes to standard output too. Default false.</summary>
    public bool PrintLog { get; init; }

    /// <summary>Reads the configuration again (SIGHUP); throws <see cref="ProxyHostException"/> with the reason when it is bad. Null: only the file of <c>extra:</c> is read again.</summary>
    public Func<ProxyHostPlan>? Reread { get; init; }
}
