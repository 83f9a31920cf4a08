namespace DbSwitch.Databases.Postgres;

/// <summary>
/// Closes a server to clients, so that it stays closed over restarts and for who comes past the proxies, and opens it again. What was before is noted beside each database, in the
/// server itself: whoever finds it closed can open it, and a replica that is promoted meanwhile has the note too.
/// </summary>
internal static class PostgresDoors
{
    // Not the one that we come through: it gets a limit, which superusers are exempt from. Databases that allow no connections anyway (template0) are left alone.
    private const string Close =
        $"""
        SET default_transaction_read_only = off; SET synchronous_commit = local;
        DO $$
        DECLARE d record;
        BEGIN
            FOR d IN SELECT datname, datconnlimit FROM pg_database o WHERE datallowconn
                     AND NOT EXISTS (SELECT FROM pg_db_role_setting s, unnest(s.setconfig) c WHERE s.setdatabase = o.oid AND s.setrole = 0 AND c LIKE '{PostgresQuestion.Marker}=%')
            LOOP
                EXECUTE format('ALTER DATABASE %I SET {PostgresQuestion.Marker} = %L', d.datname, 'limit ' || d.datconnlimit);
                IF d.datname = current_database() THEN
                    EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT 0', d.datname);
                ELSE
                    EXECUTE format('ALTER DATABASE %I ALLOW_CONNECTIONS false', d.datname);
                END IF;
            END LOOP;
        END $$;
        """;

    private const string Open =
        $"""
        SET default_transaction_read_only = off; SET synchronous_commit = local;
        DO $$
        DECLARE d record;
        BEGIN
            FOR d IN SELECT o.datname, o.datallowconn, split_part(c, 'limit ', 2) AS connlimit FROM pg_database o
                     JOIN pg_db_role_setting s ON s.setdatabase = o.oid AND s.setrole = 0, unnest(s.setconfig) c WHERE c LIKE '{PostgresQuestion.Marker}=%'
            LOOP
                EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT %s', d.datname, d.connlimit::int);
                IF NOT d.datallowconn THEN
                    EXECUTE format('ALTER DATABASE %I ALLOW_CONNECTIONS true', d.datname);
                END IF;
                EXECUTE format('ALTER DATABASE %I RESET {PostgresQuestion.Marker}', d.datname);
            END LOOP;
        END $$;
        """;

    // Ours are those of this role: what watches is not what is watched.
    private const string OfClients = "backend_type IN ('client backend', 'parallel worker') AND pid <> pg_backend_pid() AND NOT (usename = current_user AND application_name = 'dbswitch')";

    // Who is just coming in holds its database's lock (pg_database is class 1262) until it is listed; who takes that lock later finds the door closed. So the locks are looked at first.
    private const string Left =
        $"""
        SELECT count(*)::int FROM pg_locks WHERE locktype = 'object' AND classid = 1262 AND database = 0 AND pid <> pg_backend_pid();
        SELECT count(*)::int, coalesce(string_agg(DISTINCT format('%s (pid %s)', coalesce(usename, '?'), pid), ', '), '') FROM pg_stat_activity WHERE {OfClients};
        SELECT count(*)::int FROM pg_prepared_xacts;
        """;

    public static Task CloseAsync(PostgresSession session, CancellationToken cancel) => session.ExecuteAsync(Close, cancel);

    public static Task OpenAsync(PostgresSession session, CancellationToken cancel) => session.ExecuteAsync(Open, cancel);

    public static Task EndClientsAsync(PostgresSession session, CancellationToken cancel) => session.ExecuteAsync($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {OfClients}", cancel);

    /// <summary>Who is still there, or may be; null when nobody is.</summary>
    public static Task<string?> WhoIsLeftAsync(PostgresSession session, CancellationToken cancel) => session.QueryAsync(Left, async reader =>
    {
        await reader.ReadAsync(cancel).ConfigureAwait(false);
        var coming = reader.GetInt32(0);
        await reader.NextResultAsync(cancel).ConfigureAwait(false);
        await reader.ReadAsync(cancel).ConfigureAwait(false);
        var (sessions, who) = (reader.GetInt32(0), reader.GetString(1));
        await reader.NextResultAsync(cancel).ConfigureAwait(false);
        await reader.ReadAsync(cancel).ConfigureAwait(false);
        var prepared = reader.GetInt32(0);
        return sessions > 0 ? $"still has sessions of clients: {who}"
            : coming > 0 ? "still has somebody coming in"
            : prepared > 0 ? $"has {prepared} prepared transactions that nobody has decided"
            : null;
    }, cancel);
}
