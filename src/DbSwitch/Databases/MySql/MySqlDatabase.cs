using DbSwitch.Configuration;

namespace DbSwitch.Databases.MySql;

/// <summary>MySQL or MariaDB, asked over SQL: which of them it is, the server says.</summary>
/// <param name="User">Who asks; an account of its own, by which its sessions are told from clients'.</param>
/// <param name="Password">Null where the server asks for none.</param>
public sealed record MySqlDatabase(string User, Secret? Password) : AskedDatabase("mysql", User, Password)
{
    /// <summary>How long what is written to the primary may take to be on a replica when a switchover to it begins. Default 1 second; 0 to 3 s: a switchover has no more time for it.</summary>
    public TimeSpan MaxDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How old the oldest transaction of the present primary may be when a switchover begins: it would be lost. Default 1 minute; 0 to 24 h.</summary>
    public TimeSpan MaxTransactionAge { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>As whom an old primary connects to the new one when it becomes its replica; null where it is not made one.</summary>
    public string? ReplicationUser { get; init; }

    public Secret? ReplicationPassword { get; init; }
}
