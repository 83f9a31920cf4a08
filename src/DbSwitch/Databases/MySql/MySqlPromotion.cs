using System.Net;
using DbSwitch.Configuration;
using static DbSwitch.Databases.InName;

namespace DbSwitch.Databases.MySql;

/// <summary>A replica takes the place of its primary, over SQL, and nothing that a client was ever told is committed is lost.</summary>
/// <param name="present">The target whose place is taken; null where the manager that knew it is gone, and nothing is left to do there.</param>
/// <param name="force">The operator knows that the old one can't be asked, and wants it nevertheless.</param>
internal sealed class MySqlPromotion(TargetConfiguration? present, IPEndPoint? presentAddress, TargetConfiguration next, IPEndPoint nextAddress, bool force, TimeProvider time) : IPromotion
{
    // Who forces has no time to lose.
    private static readonly TimeSpan ForcedPatience = TimeSpan.FromMilliseconds(500);

    private readonly List<string> _notes = [];
    private OldPrimary? _old;
    private MySqlSession? _new;

    public IReadOnlyList<string> Notes => _notes;

    private MySqlDatabase Settings => (MySqlDatabase)next.Database;

    public string Foreseen => present is null
        ? $"{next.Name} would be promoted"
        : force
            ? $"{next.Name} would be promoted. {present.Name} would be closed to writes if it answers"
            : $"{present.Name} would be closed to writes, {next.Name} would catch up with it and be promoted. {(Settings.ReplicationUser is null ? $"{present.Name} stays closed until you make it a replica of {next.Name}" : $"{present.Name} then becomes its replica")}";

    public async Task PrepareAsync(Closure by, CancellationToken cancel)
    {
        _new = await OpenAsync(next, nextAddress, cancel).ConfigureAwait(false);
        var facts = await FactsAsync(next, _new, cancel).ConfigureAwait(false);
        if (facts.MissingRights is { Count: > 0 } missing)
        {
            throw new DatabaseException(Health.Unknown, $"can't promote {next.Name}: {MySqlGuards.Grant(next.Name, missing, Settings.User)}");
        }

        if (!facts.IsReplica && facts.ClosedBy is { } closed && !force && !closed.IsOfSameSwitch(by))
        {
            throw new DatabaseException(Health.Unknown, $"{ClosedBy(next, closed)}; to open it all the same: {GuardRules.Forced(next.Name)}");
        }

        if (present is null || presentAddress is null)
        {
            return;
        }

        using var patience = new CancellationTokenSource(force ? ForcedPatience : Timeout.InfiniteTimeSpan, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancel);
        OldPrimary old;
        try
        {
            old = await OldPrimary.OpenAsync(present, presentAddress, time, either.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (force && (e is DatabaseException || (e is OperationCanceledException && !cancel.IsCancellationRequested)))
        {
            var why = e is DatabaseException ? e.Message : $"{present.Name} has not answered at {presentAddress} within {ForcedPatience.TotalSeconds:0.#} s";
            _notes.Add($"{why}, so it was not closed: whoever reaches it past the proxies may still write there, and what it had not sent is lost. "
                + $"When {present.Name} runs again and has transactions that {next.Name} lacks, it is not made a replica by itself (docs/mysql.md)");
            return;
        }

        _old = old;
        if (MySqlGuards.WritableReplica(present.Name, old.Facts) is { } both)
        {
            // Not with the operator's word either: what is written there would be lost while it answers, and one statement mends it.
            throw new DatabaseException(Health.Unknown, $"{both.Words}. {both.Next}");
        }

        if (old.Facts.IsReplica && !MySqlHistory.IsSourceOf(old.Facts, facts))
        {
            // Nothing is written there, and the next one does not get its data from it.
            _old = null;
            await old.DisposeAsync().ConfigureAwait(false);
            return;
        }

        await CompareAsync(by, old, facts).ConfigureAwait(false);
    }

    public async Task<IReadOnlyList<Guard>> RehearseAsync(Closure by, CancellationToken cancel)
    {
        if (present is null || presentAddress is null)
        {
            return [];
        }

        try
        {
            var old = await OpenAsync(present, presentAddress, cancel).ConfigureAwait(false);
            await using (old.ConfigureAwait(false))
            {
                var replica = await OpenAsync(next, nextAddress, cancel).ConfigureAwait(false);
                await using (replica.ConfigureAwait(false))
                {
                    var (primary, follower) = (await FactsAsync(present, old, cancel).ConfigureAwait(false), await FactsAsync(next, replica, cancel).ConfigureAwait(false));

                    // Where roles are changed already there is nothing to close, and nothing to wait for.
                    return primary.IsReplica || primary.ReadOnly || !follower.IsReplica
                        ? []
                        : [await new MySqlRehearsal(present.Name, old, next.Name, replica, primary.Identity, Settings, time).RunAsync(by, cancel).ConfigureAwait(false)];
                }
            }
        }
        catch (DatabaseException e)
        {
            return [new Guard(MySqlRehearsal.Name, GuardVerdict.Unknown, e.Message)];
        }
    }

    public async Task QuietAsync(Closure by, CancellationToken cancel)
    {
        if (_old is not { } old || present is null)
        {
            return;
        }

        var step = $"{present.Name} could not be told who closes it";
        try
        {
            if (old.Facts.IsReplica)
            {
                // It takes no writes; what it took before is to be on the next one all the same.
                step = $"{next.Name} still lacked what {present.Name} has";
                await Named(next, MySqlCatchUp.WaitAsync(_new!, await Named(present, MySqlCatchUp.PositionAsync(old.Session, cancel)).ConfigureAwait(false), cancel)).ConfigureAwait(false);
                return;
            }

            await Named(present, old.NoteAsync(by, cancel)).ConfigureAwait(false);
            step = $"{present.Name} could not be closed to writes: something holds it up that does not end (a commit that waits for a replica, a rollback)";
            await Named(present, old.Doors.CloseAsync(cancel)).ConfigureAwait(false);
            await Named(present, old.Doors.EndClientsAsync(left => step = $"{present.Name} {left}", cancel)).ConfigureAwait(false);
            step = $"{present.Name} could not be locked: something holds it up that does not end";
            await Named(present, old.Doors.LockAsync(cancel)).ConfigureAwait(false);
            step = $"{present.Name} has not told what it has confirmed";
            var position = await Named(present, MySqlCatchUp.PositionAsync(old.Session, cancel)).ConfigureAwait(false);
            while (true)
            {
                step = $"{next.Name} still lacked what {present.Name} had confirmed";
                await Named(next, MySqlCatchUp.WaitAsync(_new!, position, cancel)).ConfigureAwait(false);
                await Named(present, old.Doors.ProveAsync(cancel)).ConfigureAwait(false);

                // An administrator's FLUSH is written down too, whatever is closed.
                var now = await Named(present, MySqlCatchUp.PositionAsync(old.Session, cancel)).ConfigureAwait(false);
                if (now == position)
                {
                    break;
                }

                position = now;
            }

            step = $"{present.Name} has not told who has closed it";
            await Named(present, old.ExpectOursAsync(by, cancel)).ConfigureAwait(false);
        }
        catch (OperationCanceledException e)
        {
            throw new DatabaseException(Health.Unknown, $"{step}{await WhyBehindAsync(step).ConfigureAwait(false)}", e);
        }

        _notes.Add(Settings.ReplicationUser is null
            ? $"{present.Name} is closed to writes until you make it a replica of {next.Name} (dbswitch status shows how; with replication_user in \"mysql\" dbswitch does it)"
            : $"{present.Name} is closed to writes, and becomes a replica of {next.Name} next");
    }

    public async Task UndoAsync(Closure by, CancellationToken cancel)
    {
        if (present is null || presentAddress is null)
        {
            return;
        }

        if (Interlocked.Exchange(ref _old, null) is { } old)
        {
            await old.DisposeAsync().ConfigureAwait(false);
        }

        // A connection of its own: what the ones before are in the middle of is not known.
        var session = await OpenAsync(present, presentAddress, cancel).ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
        {
            var facts = await FactsAsync(present, session, cancel).ConfigureAwait(false);
            if (facts.IsReplica || await Named(present, MySqlNote.ReadAsync(session, cancel)).ConfigureAwait(false) is not { } note || note.Server != facts.Identity || !note.By.IsOfSameSwitchover(by))
            {
                return;
            }

            await Named(present, MySqlDoors.EndOursAsync(session, time, cancel)).ConfigureAwait(false);
            if (note.WasReadOnly)
            {
                await Named(present, MySqlDoors.LeaveReadOnlyAsync(session, cancel)).ConfigureAwait(false);
            }
            else
            {
                await Named(present, MySqlDoors.OpenAsync(session, cancel)).ConfigureAwait(false);
            }

            if (note.Scheduler)
            {
                await Named(present, MySqlEvents.ScheduleAsync(session, present.Name, _notes, cancel)).ConfigureAwait(false);
            }

            if (note.WasReadOnly)
            {
                // Only with the note gone it is what it was: read-only, and nobody's duty to open.
                await Named(present, note.RemoveAsync(session, cancel)).ConfigureAwait(false);
            }
            else
            {
                await TryForgetAsync(session, note, cancel).ConfigureAwait(false);
            }
        }
    }

    /// <summary>A note about a server that takes writes says nothing, and the next switchover replaces it: where it can't be removed now, since commits wait for a replica, nobody has to wait for that.</summary>
    private static async Task TryForgetAsync(MySqlSession session, MySqlNote note, CancellationToken cancel)
    {
        try
        {
            await note.RemoveAsync(session, cancel).ConfigureAwait(false);
        }
        catch (DatabaseException)
        {
            // It is harmless where it is.
        }
    }

    public async Task FinishAsync(Closure by, CancellationToken cancel)
    {
        var step = "was not asked yet";
        try
        {
            var session = _new ?? await OpenAsync(next, nextAddress, cancel).ConfigureAwait(false);
            _new = session;
            var facts = await FactsAsync(next, session, cancel).ConfigureAwait(false);
            var note = await Named(next, MySqlNote.ReadAsync(session, cancel)).ConfigureAwait(false);
            if (!facts.IsReplica && facts.ClosedBy is { } closed && !closed.IsOfSameSwitch(by) && !force)
            {
                throw new DatabaseException(Health.Unhealthy, ClosedBy(next, closed));
            }

            step = "is still a replica";
            await Named(next, MySqlReplication.EndAsync(session, cancel)).ConfigureAwait(false);
            step = "does not take writes yet";
            await Named(next, MySqlDoors.OpenAsync(session, cancel)).ConfigureAwait(false);
            await Named(next, MySqlNote.CreateTableAsync(session, cancel)).ConfigureAwait(false);
            await Named(next, MySqlNote.WriteLiveAsync(session, by, facts.Identity, "takes clients", cancel)).ConfigureAwait(false);
            if (note is { Scheduler: true })
            {
                await Named(next, MySqlEvents.ScheduleAsync(session, next.Name, _notes, cancel)).ConfigureAwait(false);
            }

            if (note is not null)
            {
                await Named(next, MySqlEvents.EnableAsync(session, note.Events, _notes, cancel)).ConfigureAwait(false);
                await Named(next, note.RemoveAsync(session, cancel)).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException e)
        {
            throw new DatabaseException(Health.Unknown, $"{next.Name} {step}", e);
        }
        catch (DatabaseException)
        {
            // Begun anew with a new connection.
            if (Interlocked.Exchange(ref _new, null) is { } broken)
            {
                await broken.DisposeAsync().ConfigureAwait(false);
            }

            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_old is not null)
        {
            await _old.DisposeAsync().ConfigureAwait(false);
        }

        if (_new is not null)
        {
            await _new.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>What no word of an operator's passes over while the present one answers and takes writes: the next one must come after it, and nobody else may be at work on it.</summary>
    private async Task CompareAsync(Closure by, OldPrimary old, MySqlFacts follower)
    {
        if (old.Facts.ClosedBy is { } closed && !closed.IsOfSameSwitch(by))
        {
            if (nextAddress.Equals(closed.NextAddress) && !follower.IsReplica && MySqlHistory.Lacks(follower, old.Facts) is null)
            {
                // Another switch has promoted just this one in its place: it is closed already, and stays as it is.
                await old.DisposeAsync().ConfigureAwait(false);
                _old = null;
                return;
            }

            throw new DatabaseException(Health.Unknown, $"{ClosedBy(present!, closed)}; select that one, once it is promoted");
        }

        if (!follower.IsReplica && MySqlHistory.Lacks(follower, old.Facts) is { } lacking)
        {
            throw new DatabaseException(
                Health.Unknown,
                $"{next.Name} is no replica, and lacks what {present!.Name} has confirmed ({lacking}). "
                + $"Make {next.Name} a replica of {present.Name} (steps: dbswitch status), or give up what {present.Name} has: dbswitch select --none, then dbswitch select {next.Name} --force");
        }
    }

    private static string ClosedBy(TargetConfiguration target, Closure by) => $"{target.Name} is closed to clients by {by.Who}, since {by.Next} ({by.NextAddress}) was to take its place";

    /// <summary>Asked when its time was over already: over a connection of its own, and what is not told is not claimed.</summary>
    private async Task<string> WhyBehindAsync(string step)
    {
        if (_old is not { } old || !step.Contains("still lacked", StringComparison.Ordinal))
        {
            return "";
        }

        using var timer = new CancellationTokenSource(ForcedPatience, time);
        try
        {
            var session = await OpenAsync(next, nextAddress, timer.Token).ConfigureAwait(false);
            await using (session.ConfigureAwait(false))
            {
                var position = await MySqlCatchUp.PositionAsync(old.Session, timer.Token).ConfigureAwait(false);
                return $" (it was {await MySqlCatchUp.BehindAsync(session, position, timer.Token).ConfigureAwait(false)} behind)";
            }
        }
        catch (Exception e) when (e is DatabaseException or OperationCanceledException)
        {
            return "";
        }
    }

    private static Task<MySqlSession> OpenAsync(TargetConfiguration target, IPEndPoint address, CancellationToken cancel) => Named(target, new MySqlServer(target).OpenAsync(address, cancel));

    private static Task<MySqlFacts> FactsAsync(TargetConfiguration target, MySqlSession session, CancellationToken cancel) => Named(target, MySqlQuestion.AskAsync(session, promotes: true, cancel));
}
