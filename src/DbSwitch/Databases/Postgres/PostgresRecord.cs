namespace DbSwitch.Databases.Postgres;

/// <summary>A committed write of ours that no table has and every replica replays.</summary>
internal static class PostgresRecord
{
    /// <summary>Whoever takes it: a write that is committed and on the disk of this server, whatever its replicas do.</summary>
    private const string Locally = "SET default_transaction_read_only = off; SET synchronous_commit = local";

    /// <summary>Everything that was ever confirmed before lies before its end: also what was confirmed before it was written (synchronous_commit = off), since our own record comes behind it and is flushed.</summary>
    /// <returns>Where it ends, in bytes since the beginning.</returns>
    /// <exception cref="DatabaseException">It was not written, and why.</exception>
    public static async Task<long> WriteAsync(PostgresSession session, string word, CancellationToken cancel)
    {
        await session.ExecuteAsync(Locally, cancel).ConfigureAwait(false);
        await CommitAsync(session, word, cancel).ConfigureAwait(false);
        return await session.ScalarAsync<long>("SELECT (pg_current_wal_flush_lsn() - '0/0'::pg_lsn)::bigint", cancel).ConfigureAwait(false);
    }

    /// <summary>As a client commits: where the server waits for replicas, this waits too.</summary>
    /// <exception cref="DatabaseException">It was not written, and why.</exception>
    public static async Task WriteAsClientsDoAsync(PostgresSession session, CancellationToken cancel)
    {
        await session.ExecuteAsync("SET default_transaction_read_only = off; RESET synchronous_commit", cancel).ConfigureAwait(false);
        await CommitAsync(session, "primary", cancel).ConfigureAwait(false);
    }

    private static Task<bool> CommitAsync(PostgresSession session, string word, CancellationToken cancel) =>
        session.ScalarAsync<bool>($"SELECT pg_logical_emit_message(true, 'dbswitch', '{word}') IS NOT NULL", cancel);
}
