using System.Net;

namespace HaproxyRuntime;

/// <summary>How a server that is added at run time is, beyond its address (configuration manual section 5.2). What is null or false is left to HAProxy's own default.</summary>
public sealed record ServerSettings
{
    /// <summary>Its number within the backend, 1 or more; otherwise the lowest free one, which a deleted server may have had.</summary>
    public int? Id { get; init; }

    /// <summary>0 (no new traffic) to 256. HAProxy's default 1.</summary>
    public int? Weight { get; init; }

    /// <summary>Takes traffic only when no other server is up.</summary>
    public bool Backup { get; init; }

    /// <summary>Most connections at a time, more wait in its queue; 0 (HAProxy's default) for no limit.</summary>
    public int? MaximumConnections { get; init; }

    /// <summary>Most connections that wait in its queue; 0 (HAProxy's default) for no limit.</summary>
    public int? MaximumQueue { get; init; }

    /// <summary>Over how long its weight grows after it has come up, 1 ms to 24 days.</summary>
    public TimeSpan? SlowStart { get; init; }

    /// <summary>The address that HAProxy connects from.</summary>
    public IPAddress? Source { get; init; }

    /// <summary>Sends the client's address ahead of each connection (PROXY protocol).</summary>
    public ProxyProtocol? SendProxy { get; init; }

    /// <summary>The protocol of HTTP connections to it, such as <c>h2</c>.</summary>
    public string? Protocol { get; init; }

    /// <summary>TCP Fast Open.</summary>
    public bool FastOpen { get; init; }

    /// <summary>Its health check. It is created disabled: <see cref="RuntimeCommand.EnableHealth"/> starts it.</summary>
    public ServerCheck? Check { get; init; }

    /// <summary>Its agent check. It is created disabled: <see cref="RuntimeCommand.EnableAgent"/> starts it.</summary>
    public ServerAgent? Agent { get; init; }

    /// <summary>The state that it has from when it is made ready until its first check. From HAProxy 3.1 on.</summary>
    public InitialState? InitialState { get; init; }

    /// <summary>Ends its sessions when its checks find it down.</summary>
    public bool EndSessionsWhenDown { get; init; }

    /// <summary>Ends the sessions of all backup servers when its checks find it up again.</summary>
    public bool EndBackupSessionsWhenUp { get; init; }

    /// <summary>Speaks TLS to it.</summary>
    public ServerTls? Tls { get; init; }

    /// <summary>The words behind the address, each with a space before it.</summary>
    internal string Words()
    {
        var words = new WordList();
        words.Add("id", Id, 1, int.MaxValue);
        words.Add("weight", Weight, 0, 256);
        words.Add("backup", Backup);
        words.Add("maxconn", MaximumConnections, 0, int.MaxValue);
        words.Add("maxqueue", MaximumQueue, 0, int.MaxValue);
        words.Add("slowstart", SlowStart);
        words.Add("source", Source is null ? null : WordList.Literal(Source));
        words.Add(SendProxy switch
        {
            null => null,
            ProxyProtocol.Version1 => "send-proxy",
            ProxyProtocol.Version2 => "send-proxy-v2",
            _ => throw new ArgumentOutOfRangeException(nameof(SendProxy)),
        });
        words.Add("proto", Protocol);
        words.Add("tfo", FastOpen);
        Check?.AddTo(words);
        Agent?.AddTo(words);
        words.Add("init-state", InitialState switch
        {
            null => null,
            HaproxyRuntime.InitialState.Up => "up",
            HaproxyRuntime.InitialState.FullyUp => "fully-up",
            HaproxyRuntime.InitialState.Down => "down",
            HaproxyRuntime.InitialState.FullyDown => "fully-down",
            _ => throw new ArgumentOutOfRangeException(nameof(InitialState)),
        });
        words.Add("on-marked-down", EndSessionsWhenDown ? "shutdown-sessions" : null);
        words.Add("on-marked-up", EndBackupSessionsWhenUp ? "shutdown-backup-sessions" : null);
        Tls?.AddTo(words);
        return words.ToString();
    }
}

/// <summary>The versions of the PROXY protocol.</summary>
public enum ProxyProtocol
{
    /// <summary>As text.</summary>
    Version1,

    /// <summary>Binary.</summary>
    Version2,
}

/// <summary>What a server is until its first check (configuration manual section 5.2, <c>init-state</c>).</summary>
public enum InitialState
{
    /// <summary>Up; one failed check makes it down.</summary>
    Up,

    /// <summary>Up; only <see cref="ServerCheck.Fall"/> failed checks make it down.</summary>
    FullyUp,

    /// <summary>Down; one good check makes it up.</summary>
    Down,

    /// <summary>Down; only <see cref="ServerCheck.Rise"/> good checks make it up.</summary>
    FullyDown,
}
