namespace DbSwitch.Databases.Postgres;

/// <summary>
/// Closes a server to clients, so that it stays closed over restarts and for who comes past the proxies, and opens it again. What was before is noted beside each database, in the
/// server itself: whoever finds it closed can open it, and a replica that is promoted meanwhile has the note too.
/// </summary>
internal static class PostgresDoors
{
    // Every database's note; the same on all that one switchover has closed.
    private const string Notes = $"SELECT o.oid, o.datname, o.datallowconn, substr(c, length('{PostgresNote.Setting}=') + 1) AS note FROM pg_database o JOIN pg_db_role_setting s ON s.setdatabase = o.oid AND s.setrole = 0, unnest(s.setconfig) c WHERE c LIKE '{PostgresNote.Setting}=%'";

    // Ours are those of this role: what watches is not what is watched.
    private const string OfClients = "backend_type IN ('client backend', 'parallel worker') AND pid <> pg_backend_pid() AND NOT (usename = current_user AND application_name = 'dbswitch')";

    // Who is just coming in holds its database's lock (pg_database is class 1262) until it is listed; who takes that lock later finds the door closed. So the locks are looked at first.
    private const string Left =
        $"""
        SELECT count(*)::int FROM pg_locks WHERE locktype = 'object' AND classid = 1262 AND database = 0 AND pid <> pg_backend_pid();
        SELECT count(*)::int, coalesce(string_agg(DISTINCT format('%s (pid %s)', coalesce(usename, '?'), pid), ', '), '') FROM pg_stat_activity WHERE {OfClients};
        SELECT count(*)::int FROM pg_prepared_xacts;
        """;

    /// <summary>The note beside what is closed; null where nothing is.</summary>
    public static Task<PostgresNote?> NoteAsync(PostgresSession session, CancellationToken cancel) => session.QueryAsync($"SELECT note FROM ({Notes}) n LIMIT 1", async reader =>
        await reader.ReadAsync(cancel).ConfigureAwait(false) ? PostgresNote.Read(reader.GetString(0)) : null, cancel);

    /// <summary>Closes every database, all or none, and puts the note beside what an earlier switchover of the same switch has left closed. What somebody else has closed is not taken from him.</summary>
    public static Task CloseAsync(PostgresSession session, PostgresNote note, CancellationToken cancel) => session.ExecuteAsync(
        // Not the one that we come through: it gets a limit, which superusers are exempt from. Databases that allow no connections anyway (template0) are left alone, and so are those that a DROP has left half done (limit -2): nobody gets in, and nothing of them can be altered.
        $"""
        {Settings}
        DO $dbswitch$
        DECLARE d record;
        BEGIN
            IF EXISTS (SELECT FROM ({Notes}) n WHERE left(note, length({Owner(note)})) <> {Owner(note)}) THEN
                RAISE EXCEPTION 'another switchover has closed it';
            END IF;
            FOR d IN {Notes}
            LOOP
                EXECUTE format('ALTER DATABASE %I SET {PostgresNote.Setting} = %L', d.datname, {Quoted(note.Text)} || '{PostgresNote.Limit}' || split_part(d.note, '{PostgresNote.Limit}', 2));
            END LOOP;
            FOR d IN SELECT datname, datconnlimit FROM pg_database o WHERE datallowconn AND datconnlimit <> -2 AND NOT EXISTS (SELECT FROM ({Notes}) n WHERE n.oid = o.oid)
            LOOP
                EXECUTE format('ALTER DATABASE %I SET {PostgresNote.Setting} = %L', d.datname, {Quoted(note.Text)} || '{PostgresNote.Limit}' || d.datconnlimit);
                IF d.datname = current_database() THEN
                    EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT 0', d.datname);
                ELSE
                    EXECUTE format('ALTER DATABASE %I ALLOW_CONNECTIONS false', d.datname);
                END IF;
            END LOOP;
        END $dbswitch$;
        """, cancel);

    /// <summary>What somebody else has closed is closed by this one from now on: a person has said so.</summary>
    public static Task ClaimAsync(PostgresSession session, PostgresNote note, CancellationToken cancel) => session.ExecuteAsync(
        $"""
        {Settings}
        DO $dbswitch$
        DECLARE d record;
        BEGIN
            FOR d IN {Notes}
            LOOP
                EXECUTE format('ALTER DATABASE %I SET {PostgresNote.Setting} = %L', d.datname, {Quoted(note.Text)} || '{PostgresNote.Limit}' || split_part(d.note, '{PostgresNote.Limit}', 2));
            END LOOP;
        END $dbswitch$;
        """, cancel);

    /// <summary>Opens what was closed with exactly this note; everything else stays as it is.</summary>
    public static Task OpenAsync(PostgresSession session, PostgresNote note, CancellationToken cancel) => session.ExecuteAsync(
        $"""
        {Settings}
        DO $dbswitch$
        DECLARE d record;
        BEGIN
            FOR d IN SELECT datname, datallowconn, split_part(note, '{PostgresNote.Limit}', 2) AS connlimit FROM ({Notes}) n WHERE {IsOf(note)}
            LOOP
                EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT %s', d.datname, d.connlimit::int);
                IF NOT d.datallowconn THEN
                    EXECUTE format('ALTER DATABASE %I ALLOW_CONNECTIONS true', d.datname);
                END IF;
                EXECUTE format('ALTER DATABASE %I RESET {PostgresNote.Setting}', d.datname);
            END LOOP;
        END $dbswitch$;
        """, cancel);

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

    // A client's setting must not decide whether we may write, nor a standby that is gone whether we come back.
    private const string Settings = "SET default_transaction_read_only = off; SET synchronous_commit = local;";

    private static string Quoted(string text) => $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    private static string Owner(PostgresNote note) => Quoted($"manager {note.By.Manager} switch {note.By.Switch} ");

    // What a note of an earlier version says is its limit alone.
    private static string IsOf(PostgresNote note) => note.By.Manager.Length == 0 ? $"note LIKE '{PostgresNote.Limit}%'" : $"left(note, length({Quoted(note.Text)})) = {Quoted(note.Text)}";
}
