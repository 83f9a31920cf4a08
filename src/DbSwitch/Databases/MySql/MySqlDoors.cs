using System.Globalization;

namespace DbSwitch.Databases.MySql;

/// <summary>
/// Closes a server to clients' writes, so that what was open can't be committed any more, and opens it again. On MySQL super_read_only does it, also over a restart; on MariaDB read_only, and a lock over
/// everything for as long as our session lives, since accounts with READ ONLY ADMIN (and procedures and events of such) write under read_only.
/// </summary>
/// <param name="session">The one that closes, and that holds MariaDB's lock.</param>
/// <param name="killer">Another one to the same server, which ends what stands in the way of the first.</param>
internal sealed class MySqlDoors(MySqlSession session, MySqlSession killer, TimeProvider time)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2);

    // Longer than anything takes that is not in the way.
    private static readonly TimeSpan InTheWay = TimeSpan.FromMilliseconds(100);

    // A lock that outlives its manager must not outlive it for long: where the connection's end is not heard of, the server ends the session.
    private const int LockSeconds = 30;

    private long _lastBefore;

    /// <summary>Nobody's transaction can be committed any more, whoever had begun it. What holds it up is ended.</summary>
    public async Task CloseAsync(CancellationToken cancel)
    {
        if (session.IsMariaDb)
        {
            await session.ExecuteAsync(string.Create(CultureInfo.InvariantCulture, $"SET SESSION wait_timeout = {LockSeconds}"), cancel).ConfigureAwait(false);
            await StopEventsAsync(cancel).ConfigureAwait(false);
            await EndingWhatHoldsItUpAsync("SET GLOBAL read_only = 1", cancel).ConfigureAwait(false);
        }
        else
        {
            await EndingWhatHoldsItUpAsync("SET PERSIST super_read_only = ON", cancel).ConfigureAwait(false);
        }

        // Who comes later finds it closed, and is none to end.
        _lastBefore = (await MySqlProcess.ListAsync(killer, cancel).ConfigureAwait(false)).Select(p => p.Id).Max();
    }

    /// <summary>Ends the sessions that were there when it was closed, and says when none is left. On MariaDB one that is rolled back is none: it can't commit.</summary>
    /// <exception cref="DatabaseException">What was there can't be ended.</exception>
    public async Task EndClientsAsync(Action<string> left, CancellationToken cancel)
    {
        while (await ClientsAsync(cancel).ConfigureAwait(false) is { Count: > 0 } clients)
        {
            left($"still has sessions of clients: {string.Join(", ", clients.Take(3).Select(c => $"{c.User} ({c.Id})"))}{(clients.Count > 3 ? string.Create(CultureInfo.InvariantCulture, $" and {clients.Count - 3} more") : "")}");
            foreach (var client in clients.Where(c => !c.IsKilled))
            {
                await killer.KillAsync(client.Id, cancel).ConfigureAwait(false);
            }

            await Task.Delay(Pause, time, cancel).ConfigureAwait(false);
        }

        await ExpectNothingPreparedAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>MariaDB: from now on and for as long as this session lives nobody commits anything, whoever he is.</summary>
    public async Task LockAsync(CancellationToken cancel)
    {
        if (session.IsMariaDb)
        {
            await EndingWhatHoldsItUpAsync("FLUSH TABLES WITH READ LOCK", cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Once more, now that it would be too late for whoever had slipped in.</summary>
    /// <exception cref="DatabaseException">It is not closed, or somebody is left.</exception>
    public async Task ProveAsync(CancellationToken cancel)
    {
        // Over the session that holds the lock: that it answers says that the lock is held.
        if (await session.ScalarAsync(session.IsMariaDb ? "SELECT @@global.read_only" : "SELECT @@global.super_read_only", cancel).ConfigureAwait(false) is "0" or "OFF")
        {
            throw new DatabaseException(Health.Unknown, "takes writes again: somebody has set it so meanwhile. Look for a tool that watches over it (orchestrator, MaxScale, replication-manager); with one, use \"promote: follow\"");
        }

        if (await ClientsAsync(cancel).ConfigureAwait(false) is [var client, ..])
        {
            throw new DatabaseException(Health.Unknown, $"still has a session of {client.User} ({client.Id})");
        }

        await ExpectNothingPreparedAsync(cancel).ConfigureAwait(false);
    }

    /// <summary>Opens it to clients; may be called twice. Whatever still holds a lock of ours, or would take one later, is ended first.</summary>
    public static async Task OpenAsync(MySqlSession session, CancellationToken cancel)
    {
        if (session.IsMariaDb)
        {
            await session.ExecuteAsync("SET GLOBAL read_only = 0", cancel).ConfigureAwait(false);
        }
        else
        {
            // It takes super_read_only along; the other way round read_only would stay.
            await session.ExecuteAsync("SET GLOBAL read_only = OFF", cancel).ConfigureAwait(false);
            await session.ExecuteAsync("RESET PERSIST IF EXISTS super_read_only", cancel).ConfigureAwait(false);
            await session.ExecuteAsync("RESET PERSIST IF EXISTS read_only", cancel).ConfigureAwait(false);
        }

        // A step that was not done must not pass for one that was.
        if (await session.ScalarAsync("SELECT @@global.read_only", cancel).ConfigureAwait(false) is not ("0" or "OFF"))
        {
            throw new DatabaseException(Health.Unknown, "is still read-only");
        }
    }

    /// <summary>One that was read-only before is so still, and no more than that.</summary>
    public static async Task LeaveReadOnlyAsync(MySqlSession session, CancellationToken cancel)
    {
        if (session.IsMariaDb)
        {
            return;
        }

        await session.ExecuteAsync("SET GLOBAL super_read_only = OFF", cancel).ConfigureAwait(false);
        await session.ExecuteAsync("RESET PERSIST IF EXISTS super_read_only", cancel).ConfigureAwait(false);
        if (await session.ScalarAsync("SELECT @@global.super_read_only", cancel).ConfigureAwait(false) is not ("0" or "OFF"))
        {
            throw new DatabaseException(Health.Unknown, "still has super_read_only on");
        }
    }

    /// <summary>Sessions of ours that a switchover has left behind there, which may hold its lock or take it yet.</summary>
    public static async Task EndOursAsync(MySqlSession session, TimeProvider time, CancellationToken cancel)
    {
        while ((await MySqlProcess.ListAsync(session, cancel).ConfigureAwait(false)).Where(p => p.User == session.User && p.Id != session.Id && !p.IsReplica).ToList() is { Count: > 0 } ours)
        {
            foreach (var one in ours.Where(p => !p.IsKilled))
            {
                await session.KillAsync(one.Id, cancel).ConfigureAwait(false);
            }

            await Task.Delay(Pause, time, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Whether its event scheduler runs. Events of accounts that may write under read_only would go on writing.</summary>
    public static async Task<bool> HasSchedulerAsync(MySqlSession session, CancellationToken cancel) => await session.ScalarAsync("SELECT @@global.event_scheduler", cancel).ConfigureAwait(false) is "ON" or "1";

    private async Task StopEventsAsync(CancellationToken cancel)
    {
        if (await HasSchedulerAsync(session, cancel).ConfigureAwait(false))
        {
            await session.ExecuteAsync("SET GLOBAL event_scheduler = OFF", cancel).ConfigureAwait(false);
        }
    }

    /// <summary>A statement that waits for others' statements to end: those are not waited for longer than a moment.</summary>
    private async Task EndingWhatHoldsItUpAsync(string statement, CancellationToken cancel)
    {
        while (true)
        {
            var doing = session.ExecuteAsync(statement, cancel);
            while (await Task.WhenAny(doing, Task.Delay(InTheWay, time, cancel)).ConfigureAwait(false) != doing && !cancel.IsCancellationRequested)
            {
                foreach (var client in (await MySqlProcess.ListAsync(killer, cancel).ConfigureAwait(false)).Where(p => p.IsClientFor(killer) && !p.IsKilled))
                {
                    await killer.KillAsync(client.Id, cancel).ConfigureAwait(false);
                }
            }

            try
            {
                await doing.ConfigureAwait(false);
                return;
            }
            catch (DatabaseException e) when (MySqlSession.NumberOf(e) == MySqlSession.LockWaitTimeout)
            {
                cancel.ThrowIfCancellationRequested();
            }
        }
    }

    private async Task<List<MySqlProcess>> ClientsAsync(CancellationToken cancel) =>
        [.. (await MySqlProcess.ListAsync(killer, cancel).ConfigureAwait(false)).Where(p => p.IsClientFor(killer) && p.Id <= _lastBefore && !(p.IsKilled && killer.IsMariaDb))];

    private async Task ExpectNothingPreparedAsync(CancellationToken cancel)
    {
        if ((await killer.RowsAsync("XA RECOVER", cancel).ConfigureAwait(false)).Count is > 0 and var prepared)
        {
            throw new DatabaseException(Health.Unknown, $"has {prepared} prepared {(prepared == 1 ? "transaction" : "transactions")} that nobody has decided (XA RECOVER)");
        }
    }
}
