namespace DbSwitch.Databases.MySql;

/// <summary>Waits until a replica has all that another server has written, by the identifiers of its transactions.</summary>
internal static class MySqlCatchUp
{
    // The server's own waiting does not notice an applier that has stopped: it is asked in between.
    private const string Slice = "0.05";

    /// <summary>All that it has written so far.</summary>
    /// <exception cref="DatabaseException">It was not answered, or has none.</exception>
    public static async Task<string> PositionAsync(MySqlSession session, CancellationToken cancel)
    {
        var position = (await session.ScalarAsync(session.IsMariaDb ? "SELECT @@global.gtid_binlog_pos" : "SELECT @@global.gtid_executed", cancel).ConfigureAwait(false)).Replace("\n", "", StringComparison.Ordinal);

        // A wait for nothing would be done at once.
        return position.Length > 0 ? position : throw new DatabaseException(Health.Unknown, "has no transaction with an identifier: is its binary log on?");
    }

    /// <summary>Until the replica has applied it, in its own binary log too.</summary>
    /// <exception cref="DatabaseException">It does not apply any more, and why.</exception>
    public static async Task WaitAsync(MySqlSession replica, string position, CancellationToken cancel)
    {
        while (!await HasAsync(replica, position, cancel).ConfigureAwait(false))
        {
            if (await MySqlQuestion.UpstreamsAsync(replica, cancel).ConfigureAwait(false) is not [{ Applies: "Yes" }])
            {
                throw new DatabaseException(Health.Unknown, $"does not apply any more what it receives ({await SaysAsync(replica, cancel).ConfigureAwait(false)})");
            }
        }
    }

    /// <summary>How far the replica is from it, for a sentence.</summary>
    public static async Task<string> BehindAsync(MySqlSession replica, string position, CancellationToken cancel)
    {
        var has = await replica.ScalarAsync(replica.IsMariaDb ? "SELECT @@global.gtid_binlog_state" : "SELECT @@global.gtid_executed", cancel).ConfigureAwait(false);
        var count = replica.IsMariaDb ? MariaGtids.Parse(position).Above(MariaGtids.Parse(has)).Count : GtidSet.Parse(position).Without(GtidSet.Parse(has)).Count;
        return MySqlHistory.Transactions(count);
    }

    /// <summary>Whether it has applied it, after waiting for a moment.</summary>
    public static async Task<bool> HasAsync(MySqlSession replica, string position, CancellationToken cancel)
    {
        if (!replica.IsMariaDb)
        {
            return await replica.ScalarAsync($"SELECT WAIT_FOR_EXECUTED_GTID_SET(@position, {Slice})", cancel, ("@position", position)).ConfigureAwait(false) == "0";
        }

        // The wait looks at numbers alone, whoever has written them, and is for replicas: what is in the binary log says more.
        if (await IsInBinlogAsync(replica, position, cancel).ConfigureAwait(false))
        {
            return true;
        }

        await replica.ScalarAsync($"SELECT MASTER_GTID_WAIT(@position, {Slice})", cancel, ("@position", position)).ConfigureAwait(false);
        return await IsInBinlogAsync(replica, position, cancel).ConfigureAwait(false);
    }

    private static async Task<bool> IsInBinlogAsync(MySqlSession replica, string position, CancellationToken cancel) =>
        MariaGtids.Parse(position).Above(MariaGtids.Parse(await replica.ScalarAsync("SELECT @@global.gtid_binlog_state", cancel).ConfigureAwait(false))).IsEmpty;

    private static async Task<string> SaysAsync(MySqlSession replica, CancellationToken cancel) =>
        await MySqlQuestion.UpstreamsAsync(replica, cancel).ConfigureAwait(false) is [var up, ..] ? up.Says : "it is no replica any more";
}
