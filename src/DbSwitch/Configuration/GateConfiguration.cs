using HaproxyRuntime;

namespace DbSwitch.Configuration;

/// <summary>A PgBouncer that stands between clients and the proxies of a switch. While it is paused its clients wait, with their sessions open.</summary>
/// <param name="Address">Where PgBouncer listens; its admin console is asked there.</param>
/// <param name="User">One of its <c>admin_users</c>.</param>
/// <param name="Password">Null where it asks for none.</param>
/// <param name="Database">The one of PgBouncer's databases that leads to the proxies.</param>
public sealed record GateConfiguration(string Name, HostPort Address, string User, Secret? Password, string Database)
{
    /// <summary>Absolute path of its Unix socket, where it is reached by that: the only way to each of several processes that share one port. <see cref="Address"/> says nothing then.</summary>
    public string? SocketFile { get; init; }

    /// <summary>Where it is reached, for people.</summary>
    public string Where => SocketFile ?? Address.ToString();

    /// <summary>How the connection is protected. Default: encrypted, and certificate and name are verified.</summary>
    public DatabaseTls Tls { get; init; } = DatabaseTls.VerifyFull;

    /// <summary>Absolute path of a PEM file with the authorities that may have signed PgBouncer's certificate; null for the system's.</summary>
    public string? AuthorityFile { get; init; }

    /// <summary>How long open transactions may take to end. Default 5 s; 0 to 60 s.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Whether those that take longer are cut off, with all sessions of the database; otherwise the switchover is undone. Default false.</summary>
    public bool Kill { get; init; }
}
