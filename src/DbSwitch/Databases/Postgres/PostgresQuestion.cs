using Npgsql;

namespace DbSwitch.Databases.Postgres;

/// <summary>All that is asked of a server, in one round trip.</summary>
internal static class PostgresQuestion
{
    // What the server is for everybody, not what this role or this database is told to be: under those the server's own is hidden, and its files tell.
    private const string ServerIsReadOnly =
        """
        (SELECT CASE WHEN s.source IN ('user', 'database', 'database user')
                     THEN has_function_privilege('pg_show_all_file_settings()', 'EXECUTE')
                          AND query_to_xml('SELECT setting FROM pg_file_settings WHERE name = ''default_transaction_read_only'' AND applied', true, false, '')::text ~* '>(on|true|yes|1|t|y)<'
                     ELSE s.setting = 'on' END
         FROM pg_settings s WHERE s.name = 'default_transaction_read_only')
        """;

    // pg_stat_wal_receiver shows its columns to pg_monitor alone: the last column tells who asks in vain.
    private const string Self =
        $"""
        SELECT (SELECT system_identifier FROM pg_control_system())::text,
               current_setting('server_version'),
               r.is_replica,
               CASE WHEN r.is_replica THEN coalesce(w.received_tli, (SELECT timeline_id FROM pg_control_checkpoint()))
                    ELSE ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int END,
               (CASE WHEN r.is_replica THEN coalesce(pg_last_wal_replay_lsn(), '0/0') ELSE pg_current_wal_lsn() END - '0/0'::pg_lsn)::bigint,
               {ServerIsReadOnly},
               (SELECT substr(c, length('{PostgresNote.Setting}=') + 1) FROM pg_db_role_setting s, unnest(s.setconfig) c WHERE s.setrole = 0 AND c LIKE '{PostgresNote.Setting}=%' LIMIT 1),
               coalesce((SELECT rolsuper FROM pg_roles WHERE rolname = current_user), false),
               w.status, w.sender_host, w.sender_port, w.slot_name,
               coalesce(extract(epoch FROM clock_timestamp() - (SELECT a.backend_start FROM pg_stat_activity a WHERE a.pid = w.pid)), 0)::float8,
               CASE WHEN r.is_replica THEN pg_is_wal_replay_paused() ELSE false END,
               CASE WHEN NOT r.is_replica THEN NULL
                    WHEN pg_last_wal_receive_lsn() IS NOT DISTINCT FROM pg_last_wal_replay_lsn() THEN 0
                    ELSE extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) END::float8,
               (SELECT extract(epoch FROM max(clock_timestamp() - xact_start)) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid())::float8,
               (SELECT count(*) FROM pg_prepared_xacts)::int,
               (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND application_name <> 'dbswitch')::int,
               (SELECT setting::bigint FROM pg_settings WHERE name = 'recovery_min_apply_delay'),
               pg_has_role(current_user, 'pg_monitor', 'MEMBER'),
               (SELECT setting FROM pg_settings WHERE name = 'data_directory'),
               (SELECT setting FROM pg_settings WHERE name = 'config_file'),
               (SELECT (regexp_match(setting, '(?:^|\s)user\s*=\s*''?([^''\s]+)'))[1] FROM pg_settings WHERE name = 'primary_conninfo'),
               (SELECT string_agg(concat_ws(' in ', 'role ' || o.rolname, 'database ' || d.datname), ', ')
                FROM pg_db_role_setting s LEFT JOIN pg_database d ON d.oid = s.setdatabase LEFT JOIN pg_roles o ON o.oid = s.setrole, unnest(s.setconfig) c
                WHERE (d.oid IS NOT NULL OR o.oid IS NOT NULL) AND c ~* '^default_transaction_read_only=(on|true|yes|1|t|y)$' AND o.rolname IS DISTINCT FROM current_user),
               (SELECT count(*) FROM pg_stat_activity a WHERE a.backend_type = 'client backend' AND a.state = 'disabled' AND a.pid <> pg_backend_pid()
                AND (a.backend_xid IS NOT NULL OR EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND l.locktype = 'virtualxid')))::int,
               current_setting('synchronous_standby_names'),
               current_setting('synchronous_commit'),
               has_function_privilege('pg_ls_dir(text, boolean, boolean)', 'EXECUTE') AND has_function_privilege('pg_stat_file(text, boolean)', 'EXECUTE')
        FROM (SELECT pg_is_in_recovery() AS is_replica) r LEFT JOIN pg_stat_wal_receiver w ON true;
        """;

    private const string Standbys =
        """
        SELECT host(r.client_addr), r.state, (SELECT s.slot_name FROM pg_replication_slots s WHERE s.active_pid = r.pid), r.application_name FROM pg_stat_replication r;
        """;

    /// <exception cref="DatabaseException">It was not answered, and why.</exception>
    public static Task<PostgresFacts> AskAsync(PostgresSession session, string user, CancellationToken cancel) =>
        session.QueryAsync(Self + Standbys, reader => ReadAsync(reader, user, cancel), cancel);

    private static async Task<PostgresFacts> ReadAsync(NpgsqlDataReader reader, string user, CancellationToken cancel)
    {
        if (!await reader.ReadAsync(cancel).ConfigureAwait(false))
        {
            throw new DatabaseException(Health.Unknown, "told nothing about itself");
        }

        if (!reader.GetBoolean(19))
        {
            throw new DatabaseException(Health.Unknown, $"does not tell role {user} what it needs to know; run there: GRANT pg_monitor TO {user}");
        }

        var facts = new PostgresFacts(reader.GetString(0), reader.GetString(1), reader.GetBoolean(2), reader.GetInt32(3), reader.GetInt64(4), reader.GetBoolean(5), reader.GetBoolean(7))
        {
            ClosedBy = reader.IsDBNull(6) ? null : PostgresNote.Read(reader.GetString(6)).By,
            Upstream = reader.IsDBNull(8) || reader.IsDBNull(9) ? null : new PostgresUpstream(reader.GetString(9), reader.IsDBNull(10) ? 0 : reader.GetInt32(10), reader.GetString(8), TimeSpan.FromSeconds(reader.GetDouble(12)), reader.IsDBNull(11) ? null : reader.GetString(11)),
            ReplayPaused = reader.GetBoolean(13),
            ReplayDelay = Seconds(reader, 14),
            OldestTransaction = Seconds(reader, 15),
            PreparedTransactions = reader.GetInt32(16),
            Clients = reader.GetInt32(17),
            AppliesAfter = TimeSpan.FromMilliseconds(reader.GetInt64(18)),
            DataDirectory = Text(reader, 20),
            ConfigurationFile = Text(reader, 21),
            ReplicationUser = Text(reader, 22),
            ReadOnlyFor = Text(reader, 23),
            HiddenTransactions = reader.GetInt32(24),
            SynchronousNames = reader.GetString(25),
            SynchronousCommit = reader.GetString(26),
            ReadsFiles = reader.GetBoolean(27),
        };
        var standbys = new List<PostgresStandby>();
        await reader.NextResultAsync(cancel).ConfigureAwait(false);
        while (await reader.ReadAsync(cancel).ConfigureAwait(false))
        {
            standbys.Add(new PostgresStandby(reader.IsDBNull(0) ? null : reader.GetString(0), reader.IsDBNull(1) ? "" : reader.GetString(1), reader.IsDBNull(2) ? null : reader.GetString(2)) { Name = Text(reader, 3) ?? "" });
        }

        return facts with { Standbys = standbys };
    }

    private static string? Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) || reader.GetString(column).Length == 0 ? null : reader.GetString(column);

    private static TimeSpan? Seconds(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : TimeSpan.FromSeconds(reader.GetDouble(column));
}
