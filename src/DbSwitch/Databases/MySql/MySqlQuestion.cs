using System.Globalization;

namespace DbSwitch.Databases.MySql;

/// <summary>All that is asked of a server.</summary>
internal static class MySqlQuestion
{
    private const int SyntaxError = 1064;

    private static readonly string[] Variables =
    [
        "read_only", "super_read_only", "server_id", "server_uuid", "gtid_mode", "gtid_executed", "gtid_binlog_state", "log_bin", "log_slave_updates", "log_replica_updates",
        "rpl_semi_sync_master_enabled", "rpl_semi_sync_source_enabled", "rpl_semi_sync_master_wait_for_slave_count", "rpl_semi_sync_source_wait_for_replica_count", "wsrep_on", "group_replication_group_name",
    ];

    private static readonly string[] WatchRights = ["PROCESS"];
    private static readonly string[] MySqlWatchRights = ["REPLICATION CLIENT"];
    private static readonly string[] MySqlRights = ["RELOAD", "REPLICATION_SLAVE_ADMIN", "SYSTEM_VARIABLES_ADMIN", "CONNECTION_ADMIN", "XA_RECOVER_ADMIN"];
    private static readonly string[] MariaRights = ["RELOAD", "READ_ONLY ADMIN", "REPLICATION SLAVE ADMIN", "CONNECTION ADMIN", "SUPER"];

    /// <exception cref="DatabaseException">It was not answered, and why.</exception>
    public static async Task<MySqlFacts> AskAsync(MySqlSession session, bool promotes, CancellationToken cancel)
    {
        var variables = (await session.RowsAsync($"SHOW GLOBAL VARIABLES WHERE Variable_name IN ({string.Join(", ", Variables.Select(v => $"'{v}'"))})", cancel).ConfigureAwait(false)).ToDictionary(r => r["Variable_name"], r => r.GetValueOrDefault("Value", ""), StringComparer.OrdinalIgnoreCase);
        var missing = await MissingAsync(session, promotes, cancel).ConfigureAwait(false);
        if (missing.Intersect([.. WatchRights, .. MySqlWatchRights, "REPLICA MONITOR"]).ToList() is { Count: > 0 } blind)
        {
            throw new DatabaseException(Health.Unknown, $"does not tell user {session.User} what it needs to know; run there: GRANT {string.Join(", ", blind)} ON *.* TO {session.User}");
        }

        var maria = session.IsMariaDb;
        var serverId = Number(variables.GetValueOrDefault("server_id", "0"));
        bool IsSet(string name) => IsOn(variables.GetValueOrDefault(name, ""));
        var processes = await MySqlProcess.ListAsync(session, cancel).ConfigureAwait(false);
        var facts = new MySqlFacts(maria, session.Version, maria ? variables.GetValueOrDefault("server_id", "0") : variables.GetValueOrDefault("server_uuid", ""), serverId, IsSet("read_only"))
        {
            SuperReadOnly = IsSet("super_read_only"),
            Gtids = variables.GetValueOrDefault(maria ? "gtid_binlog_state" : "gtid_executed", "").Replace("\n", "", StringComparison.Ordinal),
            WhyNoGtids = !maria && variables.GetValueOrDefault("gtid_mode", "OFF") is not "ON" and var mode ? $"gtid_mode is {mode}" : null,
            WhyNoBinlog = !IsSet("log_bin") ? "log_bin is off" : !(IsSet("log_slave_updates") || IsSet("log_replica_updates")) ? $"{(maria ? "log_slave_updates" : "log_replica_updates")} is off" : null,
            WaitsForReplicas = IsSet("rpl_semi_sync_master_enabled") || IsSet("rpl_semi_sync_source_enabled") ? (int)Math.Max(1, Math.Max(Number(variables.GetValueOrDefault("rpl_semi_sync_master_wait_for_slave_count", "")), Number(variables.GetValueOrDefault("rpl_semi_sync_source_wait_for_replica_count", "")))) : 0,
            MissingRights = missing,
            Upstreams = await UpstreamsAsync(session, cancel).ConfigureAwait(false),
            Replicas = [.. processes.Where(p => p.IsReplica).Select(p => p.Host.Split(':')[0])],
            Clients = processes.Count(p => p.IsClientFor(session)),
            OldestTransaction = await OldestAsync(session, cancel).ConfigureAwait(false),
            PreparedTransactions = promotes ? (await session.RowsAsync("XA RECOVER", cancel).ConfigureAwait(false)).Count : 0,
            Cluster = IsSet("wsrep_on") ? await GaleraAsync(session, cancel).ConfigureAwait(false) : variables.GetValueOrDefault("group_replication_group_name", "").Length > 0 ? await GroupAsync(session, cancel).ConfigureAwait(false) : null,
        };
        return promotes && !facts.IsReplica && await MySqlNote.ReadAsync(session, cancel).ConfigureAwait(false) is { } note && note.Server == facts.Identity
            ? facts with { NotedBy = note.By, ClosedBy = facts.ReadOnly ? note.By : null }
            : facts;
    }

    /// <summary>What the account that asks has not been granted by name: what it has by a role is not seen.</summary>
    private static async Task<IReadOnlyList<string>> MissingAsync(MySqlSession session, bool promotes, CancellationToken cancel)
    {
        // Columns of it are called the same on both; who asks sees his own.
        var rows = await session.RowsAsync(
            "SELECT PRIVILEGE_TYPE AS granted FROM information_schema.USER_PRIVILEGES WHERE GRANTEE = CONCAT('''', SUBSTRING_INDEX(CURRENT_USER(), '@', 1), '''@''', SUBSTRING_INDEX(CURRENT_USER(), '@', -1), '''')", cancel).ConfigureAwait(false);
        var granted = rows.Select(r => r["granted"].ToUpperInvariant().Replace('_', ' ')).ToHashSet();

        // What MariaDB calls it has changed: BINLOG MONITOR was REPLICATION CLIENT, SLAVE MONITOR is REPLICA MONITOR too.
        var watches = session.IsMariaDb
            ? granted.Contains("SLAVE MONITOR") || granted.Contains("REPLICA MONITOR") || granted.Contains("SUPER") ? [] : (string[])["REPLICA MONITOR"]
            : MySqlWatchRights.Where(r => !granted.Contains(r));
        var needed = !promotes ? [] : (session.IsMariaDb ? MariaRights : MySqlRights).Where(r => !granted.Contains(r.Replace('_', ' ')) && !(r == "READ_ONLY ADMIN" && IsOlder(session.Version, 10, 11) && granted.Contains("SUPER")));
        return [.. WatchRights.Where(r => !granted.Contains(r)), .. watches, .. needed.Select(r => r == "READ_ONLY ADMIN" ? "READ ONLY ADMIN" : r)];
    }

    private static bool IsOlder(string version, int major, int minor) => System.Version.TryParse(version, out var parsed) && parsed < new Version(major, minor);

    /// <summary>Every channel, whatever this version calls its columns.</summary>
    public static async Task<IReadOnlyList<MySqlUpstream>> UpstreamsAsync(MySqlSession session, CancellationToken cancel)
    {
        List<Dictionary<string, string>> rows;
        try
        {
            rows = await session.RowsAsync(session.IsMariaDb ? "SHOW ALL SLAVES STATUS" : "SHOW REPLICA STATUS", cancel).ConfigureAwait(false);
        }
        catch (DatabaseException e) when (!session.IsMariaDb && MySqlSession.NumberOf(e) == SyntaxError)
        {
            // Before 8.0.22.
            rows = await session.RowsAsync("SHOW SLAVE STATUS", cancel).ConfigureAwait(false);
        }

        return [.. rows.Select(Upstream)];
    }

    private static MySqlUpstream Upstream(Dictionary<string, string> row)
    {
        var columns = row.GroupBy(c => c.Key.Replace("Replica_", "Slave_", StringComparison.OrdinalIgnoreCase).Replace("Source_", "Master_", StringComparison.OrdinalIgnoreCase).Replace("_Source", "_Master", StringComparison.OrdinalIgnoreCase), StringComparer.OrdinalIgnoreCase).ToDictionary(c => c.Key, c => c.First().Value, StringComparer.OrdinalIgnoreCase);
        string Get(string name) => columns.GetValueOrDefault(name, "");
        return new MySqlUpstream(Get("Connection_name") + Get("Channel_Name"), Get("Master_Host"), (int)Number(Get("Master_Port")), Get("Slave_IO_Running"), Get("Slave_SQL_Running"))
        {
            SourceUuid = Get("Master_UUID"),
            SourceId = Number(Get("Master_Server_Id")),
            User = Get("Master_User"),
            Behind = Get("Seconds_Behind_Master") is { Length: > 0 } behind ? TimeSpan.FromSeconds(Number(behind)) : null,
            Delay = TimeSpan.FromSeconds(Number(Get("SQL_Delay"))),
            UsesGtid = Get("Auto_Position") == "1" || Get("Using_Gtid") is "Current_Pos" or "Slave_Pos",
            Filters = string.Join(", ", columns.Where(c => c.Key.StartsWith("Replicate_", StringComparison.OrdinalIgnoreCase) && c.Key is not ("Replicate_Ignore_Server_Ids" or "Replicate_Rewrite_DB") && c.Value.Length > 0).Select(c => $"{c.Key}={c.Value}")),
            Error = Get("Last_SQL_Error") is { Length: > 0 } sql ? sql : Get("Last_IO_Error"),
            Received = (Get("Retrieved_Gtid_Set") is { Length: > 0 } set ? set : Get("Gtid_IO_Pos")).Replace("\n", "", StringComparison.Ordinal),
            Tls = columns.Where(c => c.Key.StartsWith("Master_SSL_", StringComparison.OrdinalIgnoreCase) && c.Value.Length > 0).ToDictionary(c => c.Key, c => c.Value),
        };
    }

    private static async Task<TimeSpan?> OldestAsync(MySqlSession session, CancellationToken cancel) =>
        await session.ScalarAsync("SELECT MAX(TIMESTAMPDIFF(SECOND, trx_started, NOW())) FROM information_schema.INNODB_TRX WHERE trx_mysql_thread_id NOT IN (0, CONNECTION_ID())", cancel).ConfigureAwait(false) is { Length: > 0 } seconds
            ? TimeSpan.FromSeconds(Number(seconds))
            : null;

    private static async Task<MySqlCluster> GaleraAsync(MySqlSession session, CancellationToken cancel)
    {
        var status = (await session.RowsAsync("SHOW GLOBAL STATUS WHERE Variable_name IN ('wsrep_ready', 'wsrep_cluster_status', 'wsrep_local_state', 'wsrep_local_state_comment')", cancel).ConfigureAwait(false)).ToDictionary(r => r["Variable_name"], r => r.GetValueOrDefault("Value", ""), StringComparer.OrdinalIgnoreCase);
        var (ready, primary, state) = (status.GetValueOrDefault("wsrep_ready", "OFF"), status.GetValueOrDefault("wsrep_cluster_status", ""), status.GetValueOrDefault("wsrep_local_state", ""));
        return new MySqlCluster("Galera", ready == "ON" && primary == "Primary" && state == "4", $"Galera node, {status.GetValueOrDefault("wsrep_local_state_comment", "unknown")}, component {primary}, wsrep_ready {ready}");
    }

    private static async Task<MySqlCluster> GroupAsync(MySqlSession session, CancellationToken cancel)
    {
        var members = await session.RowsAsync("SELECT MEMBER_STATE AS state, MEMBER_ROLE AS role, MEMBER_ID = @@server_uuid AS self FROM performance_schema.replication_group_members", cancel).ConfigureAwait(false);
        var (self, online) = (members.FirstOrDefault(m => m["self"] == "1"), members.Count(m => m["state"] == "ONLINE"));
        var (state, role) = (self?.GetValueOrDefault("state") ?? "OFFLINE", self?.GetValueOrDefault("role") ?? "");
        return new MySqlCluster("Group Replication", state == "ONLINE" && role == "PRIMARY" && online > members.Count / 2, string.Create(CultureInfo.InvariantCulture, $"Group Replication member, {(role.Length > 0 ? role.ToLowerInvariant() : "no role")}, {state}, {online} of {members.Count} online"));
    }

    // From MariaDB 12 on read_only has two more values, which both refuse clients.
    private static bool IsOn(string value) => value is not ("" or "0" or "OFF" or "NO");

    private static long Number(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
