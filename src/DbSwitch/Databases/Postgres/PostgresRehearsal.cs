using System.Globalization;
using DbSwitch.Configuration.Values;

namespace DbSwitch.Databases.Postgres;

/// <summary>
/// What the switchover will need of both databases, tried while clients are served and nothing is changed: the old one is closed in a transaction that is rolled back, a record of ours is written there,
/// and the new one replays it. What can't be done then would be found out after clients were cut off.
/// </summary>
internal sealed class PostgresRehearsal(string presentName, PostgresSession present, string nextName, PostgresSession next, PostgresNote note, TimeProvider time)
{
    public const string Name = "rehearsal";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2);

    // No longer than a switchover gives it while clients wait.
    private static readonly TimeSpan ReplayDeadline = TimeSpan.FromSeconds(3);

    /// <returns>What was found; it never fails but when cancelled.</returns>
    public async Task<Guard> RunAsync(CancellationToken cancel)
    {
        try
        {
            await CloseAndRollBackAsync(cancel).ConfigureAwait(false);
        }
        catch (DatabaseException e)
        {
            return No($"{presentName} can't be closed to clients: it {e.Message}");
        }

        long end;
        try
        {
            end = await PostgresRecord.WriteAsync(present, "rehearsal", cancel).ConfigureAwait(false);
        }
        catch (DatabaseException e)
        {
            return No($"{presentName} can't write: it {e.Message}");
        }

        try
        {
            return await ReplaysAsync(end, cancel).ConfigureAwait(false)
                ? new Guard(Name, GuardVerdict.Passed, $"{presentName} can be closed to clients, and {nextName} replays what it writes")
                : await WhyNotReplayedAsync(end, cancel).ConfigureAwait(false);
        }
        catch (DatabaseException e)
        {
            return No($"{nextName} {e.Message}");
        }
    }

    private async Task CloseAndRollBackAsync(CancellationToken cancel)
    {
        await present.ExecuteAsync("BEGIN READ WRITE; SET LOCAL lock_timeout = '1s'", cancel).ConfigureAwait(false);
        await PostgresDoors.CloseAsync(present, note, cancel).ConfigureAwait(false);
        await present.ExecuteAsync("ROLLBACK", cancel).ConfigureAwait(false);
    }

    private async Task<bool> ReplaysAsync(long end, CancellationToken cancel)
    {
        using var timer = new CancellationTokenSource(ReplayDeadline, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancel);
        try
        {
            while (await next.ScalarAsync<long>("SELECT (coalesce(pg_last_wal_replay_lsn(), '0/0') - '0/0'::pg_lsn)::bigint", cancel).ConfigureAwait(false) < end)
            {
                await Task.Delay(Pause, time, either.Token).ConfigureAwait(false);
            }

            return true;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task<Guard> WhyNotReplayedAsync(long end, CancellationToken cancel)
    {
        var (behind, received, waits) = await next.QueryAsync(
            """
            SELECT (coalesce(pg_last_wal_replay_lsn(), '0/0') - '0/0'::pg_lsn)::bigint, (coalesce(pg_last_wal_receive_lsn(), '0/0') - '0/0'::pg_lsn)::bigint,
                   coalesce((SELECT wait_event FROM pg_stat_activity WHERE backend_type = 'startup' AND wait_event_type IN ('Lock', 'IPC')), '')
            """, async reader =>
            {
                await reader.ReadAsync(cancel).ConfigureAwait(false);
                return (end - reader.GetInt64(0), reader.GetInt64(1), reader.GetString(2));
            }, cancel).ConfigureAwait(false);
        var late = string.Create(CultureInfo.InvariantCulture, $"within {ReplayDeadline.TotalSeconds:0} s, and a switchover has no more time ({Sizes.Show(Math.Max(behind, 0))} behind)");
        return received < end ? No($"{nextName} has not received what {presentName} wrote {late}")
            : waits.Length > 0 || await HasQueriesAsync(cancel).ConfigureAwait(false) ? No($"{nextName} has received what {presentName} wrote and not replayed it {late}: a query on it may hold the replay (max_standby_streaming_delay)") with
            {
                Next = $"On {nextName}: SELECT pid, usename, now() - xact_start, query FROM pg_stat_activity WHERE xact_start IS NOT NULL; then pg_cancel_backend(pid).",
            }
            : No($"{nextName} has received what {presentName} wrote and not replayed it {late}");
    }

    private Task<bool> HasQueriesAsync(CancellationToken cancel) =>
        next.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND xact_start IS NOT NULL)", cancel);

    private static Guard No(string words) => new(Name, GuardVerdict.Failed, words);
}
