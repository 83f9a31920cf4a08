using DbSwitch.Configuration;

namespace DbSwitch.Databases.MySql;

/// <summary>A server becomes a replica of the selected one: the old primary that was closed, and every other that still follows that one.</summary>
internal sealed class MySqlAttachment(TargetState other, MySqlFacts known, TargetState selected, MySqlFacts primary, TimeProvider time) : IAttachment
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private MySqlDatabase Settings => (MySqlDatabase)other.Configuration.Database;

    public string? WhyNot => known switch
    {
        _ when MySqlHistory.ErrantOrReceived(known, primary) is { } errant => $"has transactions that {selected.Name} never had ({errant}), so it is not made its replica: look at them with mysqlbinlog, then make {other.Name} anew from {selected.Name} (docs/mysql.md)",
        { IsReplica: false } when MySqlHistory.LostOwn(known, primary) is { } lost => Lost(lost),
        { IsReplica: false, ReadOnly: false, NotedBy: null } => "takes writes, and no switchover has closed it: stop what writes there, then on it: SET GLOBAL read_only = ON",
        { WhyNoGtids: { } why } => $"can't follow by GTID ({why})",
        { MissingRights: { Count: > 0 } missing } => $"can't be made a replica: {MySqlGuards.Grant(other.Name, missing, Settings.User)}",
        _ => null,
    };

    public async Task AttachAsync(Closure by, CancellationToken cancel)
    {
        if (other.Address is not { } address || selected.Address is not { } source)
        {
            throw new DatabaseException(Health.Unknown, "has no address");
        }

        var session = await new MySqlServer(other.Configuration).OpenAsync(address, cancel).ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
        {
            // What was seen a second ago says nothing of what is there now. A restart opens what was closed, and nobody is to write to a replica.
            var now = await MySqlQuestion.AskAsync(session, promotes: true, cancel).ConfigureAwait(false);
            if (now is { IsReplica: false, ReadOnly: false } && now.NotedBy?.IsOfSameSwitch(by) != true)
            {
                throw new DatabaseException(Health.Unknown, "takes writes");
            }

            if (!now.ReadOnly)
            {
                await session.ExecuteAsync(session.IsMariaDb ? "SET GLOBAL read_only = 1" : "SET PERSIST super_read_only = ON", cancel).ConfigureAwait(false);
                now = await MySqlQuestion.AskAsync(session, promotes: true, cancel).ConfigureAwait(false);
            }

            ExpectNothingOfItsOwn(now);
            if (MySqlHistory.IsSourceOf(primary, now) && now.Upstreams is [_])
            {
                return;
            }

            var before = now.Upstreams.Count > 0 ? now.Upstreams[0] : null;
            if (before is not null)
            {
                await MySqlReplication.StopAsync(session, before.Channel, cancel).ConfigureAwait(false);
                try
                {
                    // It went on receiving until now, and what it has not applied is thrown away with the old source.
                    ExpectNothingOfItsOwn(await MySqlQuestion.AskAsync(session, promotes: true, cancel).ConfigureAwait(false));
                }
                catch (DatabaseException)
                {
                    // As it was: what it has received is applied yet.
                    await MySqlReplication.StartAsync(session, before.Channel, cancel).ConfigureAwait(false);
                    throw;
                }
            }
            else if (session.IsMariaDb)
            {
                // Under the lock of a session that its manager has left behind nothing could be set.
                await MySqlDoors.EndOursAsync(session, time, cancel).ConfigureAwait(false);

                // What it has written itself is in no replica's position: without it a third server's transactions would come twice.
                var position = await session.ScalarAsync("SELECT @@global.gtid_binlog_pos", cancel).ConfigureAwait(false);
                await session.ExecuteAsync("SET GLOBAL gtid_slave_pos = @position", cancel, MySqlSession.CommandSeconds, ("@position", position)).ConfigureAwait(false);
            }

            var host = selected.Configuration.Address.Host;
            await MySqlReplication.FollowAsync(session, host, source, Settings.ReplicationUser!, Settings.ReplicationPassword?.Value ?? "", before, Settings.Tls != DatabaseTls.Disable, cancel).ConfigureAwait(false);
            await FollowsAsync(session, cancel).ConfigureAwait(false);
        }
    }

    /// <exception cref="DatabaseException">It has what the selected one never had, or has lost what it wrote.</exception>
    private void ExpectNothingOfItsOwn(MySqlFacts now)
    {
        if (MySqlHistory.ErrantOrReceived(now, primary) is { } errant)
        {
            throw new DatabaseException(Health.Unknown, $"has transactions that {selected.Name} never had ({errant})");
        }

        if (!now.IsReplica && MySqlHistory.LostOwn(now, primary) is { } lost)
        {
            throw new DatabaseException(Health.Unknown, Lost(lost));
        }
    }

    private string Lost(string gtids) => $"lacks transactions that it wrote itself ({gtids}): it lost them in a crash or was made anew, and as a replica it would never get them. Make it anew from {selected.Name} (docs/mysql.md)";

    private async Task FollowsAsync(MySqlSession session, CancellationToken cancel)
    {
        var says = "has not said that it does";
        try
        {
            while (await MySqlQuestion.UpstreamsAsync(session, cancel).ConfigureAwait(false) is var ups && !(ups is [{ Streams: true }] && MySqlHistory.IsSourceOf(primary, known with { Upstreams = ups })))
            {
                if (ups is [var up])
                {
                    says = $"was told to follow {selected.Name}, and does not yet ({up.Says})";
                }

                await Task.Delay(Pause, time, cancel).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException e)
        {
            throw new DatabaseException(Health.Unknown, says, e);
        }
    }
}
