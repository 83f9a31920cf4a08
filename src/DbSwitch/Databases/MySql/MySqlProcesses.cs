using System.Globalization;

namespace DbSwitch.Databases.MySql;

/// <summary>One connection in a server's list of processes.</summary>
/// <param name="Command">As the server has it: Sleep, Query, Killed, Binlog Dump and so on.</param>
internal sealed record MySqlProcess(long Id, string User, string Host, string Command)
{
    /// <summary>A replica that is sent what is written.</summary>
    public bool IsReplica => Command.StartsWith("Binlog Dump", StringComparison.OrdinalIgnoreCase);

    /// <summary>The server's own: appliers, the event scheduler.</summary>
    public bool IsSystem => User.Length == 0 || User is "system user" or "event_scheduler" || Command is "Daemon" || Command.StartsWith("Slave_", StringComparison.Ordinal);

    /// <summary>It is being ended, and its transaction is rolled back.</summary>
    public bool IsKilled => Command == "Killed";

    /// <summary>Nobody yet: who connects and has not said who he is.</summary>
    public bool IsComing => User == "unauthenticated user";

    /// <summary>Without PROCESS the list is one row, our own, and no error: whoever asks must have that right.</summary>
    public static async Task<IReadOnlyList<MySqlProcess>> ListAsync(MySqlSession session, CancellationToken cancel) =>
    [
        .. (await session.RowsAsync("SHOW PROCESSLIST", cancel).ConfigureAwait(false)).Select(r =>
            new MySqlProcess(long.Parse(r["Id"], CultureInfo.InvariantCulture), r.GetValueOrDefault("User", ""), r.GetValueOrDefault("Host", ""), r.GetValueOrDefault("Command", ""))),
    ];

    /// <summary>Sessions of clients: all that are neither the server's own, nor a replica's, nor of the account that dbswitch comes as.</summary>
    public bool IsClientFor(MySqlSession session) => !IsSystem && !IsReplica && !IsComing && User != session.User;
}
