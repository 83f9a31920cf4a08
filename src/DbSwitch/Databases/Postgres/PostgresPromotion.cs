using System.Net;
using DbSwitch.Configuration;
using DbSwitch.Configuration.Values;
using static DbSwitch.Databases.InName;
using static DbSwitch.Databases.Postgres.PostgresOpening;

namespace DbSwitch.Databases.Postgres;

/// <summary>A replica takes the place of its primary, over SQL, and nothing that was ever confirmed is lost.</summary>
/// <param name="present">The target whose place is taken; null where the manager that knew it is gone, and nothing is left to do there.</param>
/// <param name="force">The operator knows that the old one can't be asked, and wants it nevertheless.</param>
internal sealed class PostgresPromotion(TargetConfiguration? present, IPEndPoint? presentAddress, TargetConfiguration next, IPEndPoint nextAddress, bool force, TimeProvider time) : IPromotion
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(2);
    // Who forces has no time to lose.
    private static readonly TimeSpan ForcedPatience = TimeSpan.FromMilliseconds(500);

    // A replica across a wide network answers in a tenth of it.
    private static readonly TimeSpan CommitPatience = TimeSpan.FromSeconds(1);

    private readonly PostgresOpening _opening = new(next, force);
    private readonly List<string> _notes = [];
    private PostgresSession? _old;
    private PostgresSession? _new;
    private int _oldTimeline;

    public IReadOnlyList<string> Notes => _notes;

    public string Foreseen => present is null
        ? $"{next.Name} would be promoted"
        : force
            ? $"{next.Name} would be promoted. {present.Name} would be closed to clients if it answers; if not, rewind it before it is started again"
            : $"{present.Name} would be closed to clients, {next.Name} would catch up with it and be promoted. {present.Name} stays closed until you make it a replica of {next.Name} (\"dbswitch status\" then shows the steps)";

    public async Task PrepareAsync(Closure by, CancellationToken cancel)
    {
        _new = await OpenAsync(next, nextAddress, cancel).ConfigureAwait(false);
        await _opening.ExpectMayPromoteAsync(by, _new, cancel).ConfigureAwait(false);
        if (present is null || presentAddress is null)
        {
            return;
        }

        using var patience = new CancellationTokenSource(force ? ForcedPatience : Timeout.InfiniteTimeSpan, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancel);
        PostgresSession? old = null;
        try
        {
            old = await OpenAsync(present, presentAddress, either.Token).WaitAsync(either.Token).ConfigureAwait(false);
            if (await IsReplicaAsync(present, old, either.Token).ConfigureAwait(false))
            {
                // Nothing can be written there, so nothing has to be made quiet.
                await old.DisposeAsync().ConfigureAwait(false);
                return;
            }

            _oldTimeline = await TimelineAsync(present, old, either.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (force && (e is DatabaseException || (e is OperationCanceledException && !cancel.IsCancellationRequested)))
        {
            if (old is not null)
            {
                await old.DisposeAsync().ConfigureAwait(false);
            }

            _notes.Add($"{(e is DatabaseException ? e.Message : $"{present.Name} has not answered at {presentAddress} within {ForcedPatience.TotalSeconds:0.#} s")}, so it was not made quiet: whoever reaches it past the proxies may still write there, and what it had not sent is lost. Before you start {present.Name} again, rewind it (steps: dbswitch status); do not let it start as a primary");
            return;
        }

        _old = old;
        await CompareAsync(by, old, cancel).ConfigureAwait(false);
        if (!force && _old is not null)
        {
            // Who forces has heard of it from the guards, and has no time to lose.
            _notes.AddRange(await Named(present, PostgresLosses.OfAsync(present.Name, old, next.Name, _new, cancel)).ConfigureAwait(false));
        }
    }

    /// <summary>What no word of an operator's passes over while the present one answers and is a primary: the next one must come after it, and nobody else may be at work on it.</summary>
    private async Task CompareAsync(Closure by, PostgresSession old, CancellationToken cancel)
    {
        var isReplica = await IsReplicaAsync(next, _new!, cancel).ConfigureAwait(false);
        var timeline = isReplica ? 0 : await TimelineAsync(next, _new!, cancel).ConfigureAwait(false);
        if (await Named(present!, PostgresDoors.NoteAsync(old, cancel)).ConfigureAwait(false) is { } note && !note.By.IsOfSameSwitch(by))
        {
            if (nextAddress.Equals(note.By.NextAddress) && timeline > note.Timeline)
            {
                // Another switch has promoted just this one in its place: it is quiet already, and stays as it is.
                await old.DisposeAsync().ConfigureAwait(false);
                (_old, _oldTimeline) = (null, 0);
                return;
            }

            throw new DatabaseException(Health.Unknown, $"{ClosedBy(present!, note)}; select that one, once it is promoted");
        }

        if (!isReplica && timeline <= _oldTimeline)
        {
            throw new DatabaseException(
                Health.Unknown,
                $"{next.Name} is a primary on timeline {timeline}, and {present!.Name} is one on timeline {_oldTimeline}: {next.Name} was not promoted from it, and what {present.Name} has confirmed since would be lost. "
                + $"Rewind {next.Name} (steps: dbswitch status), or give up what {present.Name} has: dbswitch select --none, then dbswitch select {next.Name} --force");
        }
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
                    // Where roles are changed already there is nothing to close, and nothing to replay.
                    if (await IsReplicaAsync(present, old, cancel).ConfigureAwait(false) || !await IsReplicaAsync(next, replica, cancel).ConfigureAwait(false))
                    {
                        return [];
                    }

                    return await Named(present, PostgresDoors.NoteAsync(old, cancel)).ConfigureAwait(false) is { } note && !note.By.IsOfSameSwitch(by)
                        ? [new Guard(PostgresRehearsal.Name, GuardVerdict.Failed, ClosedBy(present, note)) { Next = "Select that one, once it is promoted." }]
                        : [await new PostgresRehearsal(present.Name, old, next.Name, replica, new PostgresNote(by, await TimelineAsync(present, old, cancel).ConfigureAwait(false), Claimed: false), time).RunAsync(cancel).ConfigureAwait(false)];
                }
            }
        }
        catch (DatabaseException e)
        {
            return [new Guard(PostgresRehearsal.Name, GuardVerdict.Unknown, e.Message)];
        }
    }

    public async Task QuietAsync(Closure by, CancellationToken cancel)
    {
        await _opening.ClaimAsync(by, _new!, cancel).ConfigureAwait(false);
        if (_old is not { } old || present is null)
        {
            return;
        }

        string? left = "has not been asked yet who is left";
        long behind = -1;
        try
        {
            await Named(present, PostgresDoors.CloseAsync(old, new PostgresNote(by, _oldTimeline, Claimed: false), cancel)).ConfigureAwait(false);
            while ((left = await Named(present, PostgresDoors.WhoIsLeftAsync(old, cancel)).ConfigureAwait(false)) is not null)
            {
                await Named(present, PostgresDoors.EndClientsAsync(old, cancel)).ConfigureAwait(false);
                await Task.Delay(Pause, time, cancel).ConfigureAwait(false);
            }

            if (await IsReplicaAsync(next, _new!, cancel).ConfigureAwait(false))
            {
                var end = await Named(present, PostgresRecord.WriteAsync(old, "quiet", cancel)).ConfigureAwait(false);
                while ((behind = end - await Named(next, _new!.ScalarAsync<long>("SELECT (coalesce(pg_last_wal_replay_lsn(), '0/0') - '0/0'::pg_lsn)::bigint", cancel)).ConfigureAwait(false)) > 0)
                {
                    await Task.Delay(Pause, time, cancel).ConfigureAwait(false);
                }
            }

            // Once more, now that it would be too late for whoever had slipped in.
            if (await Named(present, PostgresDoors.WhoIsLeftAsync(old, cancel)).ConfigureAwait(false) is { } slipped)
            {
                throw new DatabaseException(Health.Unknown, $"{present.Name} {slipped}");
            }
        }
        catch (OperationCanceledException e)
        {
            throw new DatabaseException(Health.Unknown, left is not null ? $"{present.Name} {left}" : $"{next.Name} was still {Sizes.Show(Math.Max(behind, 0))} behind what {present.Name} had confirmed{await WhyBehindAsync(present).ConfigureAwait(false)}", e);
        }

        _notes.Add($"{present.Name} is closed to clients until you make it a replica of {next.Name}. \"dbswitch status\" shows the steps (pg_rewind) until that is done");
    }

    public async Task UndoAsync(Closure by, CancellationToken cancel)
    {
        if (present is null || presentAddress is null)
        {
            return;
        }

        // A connection of its own: what the one before is in the middle of is not known.
        var session = await OpenAsync(present, presentAddress, cancel).ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
        {
            if (!await IsReplicaAsync(present, session, cancel).ConfigureAwait(false)
                && await Named(present, PostgresDoors.NoteAsync(session, cancel)).ConfigureAwait(false) is { } note && note.By.IsOfSameSwitchover(by))
            {
                await Named(present, PostgresDoors.OpenAsync(session, note, cancel)).ConfigureAwait(false);
            }
        }
    }

    public async Task FinishAsync(Closure by, CancellationToken cancel)
    {
        var step = "was not asked yet";
        try
        {
            var session = _new ?? await OpenAsync(next, nextAddress, cancel).ConfigureAwait(false);
            _new = session;
            step = "is not promoted yet";

            // Asked first, since a role that may not call it is refused the question too; and once more with it, since it may be promoted in between.
            while (await IsReplicaAsync(next, session, cancel).ConfigureAwait(false)
                && await Named(next, session.ScalarAsync<bool>("SELECT CASE WHEN pg_is_in_recovery() THEN pg_promote(wait => false) IS NOT NULL ELSE false END", cancel)).ConfigureAwait(false))
            {
                // It ends sessions when it asks for them, not ours; a second asking does no harm.
                for (var i = 0; i < 500 && await IsReplicaAsync(next, session, cancel).ConfigureAwait(false); i++)
                {
                    await Task.Delay(Pause, time, cancel).ConfigureAwait(false);
                }
            }

            // Before anybody is let in, and from what the servers themselves have noted: so it is the same after a restart.
            var timeline = await TimelineAsync(next, session, cancel).ConfigureAwait(false);
            var note = await Named(next, PostgresDoors.NoteAsync(session, cancel)).ConfigureAwait(false);
            if (_opening.WhyNot(by, timeline, note, present, _oldTimeline) is { } why)
            {
                throw new DatabaseException(Health.Unhealthy, why);
            }

            step = "does not take writes yet";
            if (note is not null)
            {
                await Named(next, PostgresDoors.OpenAsync(session, note, cancel)).ConfigureAwait(false);
            }

            // A committed write, on its disk: that is what clients want to do there.
            await Named(next, PostgresRecord.WriteAsync(session, "primary", cancel)).ConfigureAwait(false);
            await TellWhetherCommitsWaitAsync(session, cancel).ConfigureAwait(false);
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

    private static Task<PostgresSession> OpenAsync(TargetConfiguration target, IPEndPoint address, CancellationToken cancel) => Named(target, new PostgresServer(target).OpenAsync(address, cancel));

    /// <summary>Asked when its time was over already: over a connection of its own, and what is not told is not claimed.</summary>
    private async Task<string> WhyBehindAsync(TargetConfiguration primary)
    {
        using var timer = new CancellationTokenSource(CommitPatience, time);
        try
        {
            var session = await OpenAsync(next, nextAddress, timer.Token).ConfigureAwait(false);
            await using (session.ConfigureAwait(false))
            {
                return await session.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming')", timer.Token).ConfigureAwait(false)
                    ? ""
                    : $", and streams no more since clients were fenced: if its primary_conninfo leads through a proxy, let it name {primary.Name} itself ({primary.Address})";
            }
        }
        catch (Exception e) when (e is DatabaseException or OperationCanceledException)
        {
            return "";
        }
    }

    /// <summary>The same as a client does it, whom nobody answers before the replicas that the server waits for have it too. That it hangs makes it no less a primary; it is said.</summary>
    private async Task TellWhetherCommitsWaitAsync(PostgresSession session, CancellationToken cancel)
    {
        var process = session.ServerProcess;
        using var timer = new CancellationTokenSource(CommitPatience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancel);
        try
        {
            await Named(next, PostgresRecord.WriteAsClientsDoAsync(session, either.Token)).ConfigureAwait(false);

            // In its first moments as a primary a server may not wait yet.
            if (await Named(next, session.ScalarAsync<bool>("SELECT current_setting('synchronous_standby_names') <> '' AND NOT EXISTS (SELECT FROM pg_stat_replication WHERE state = 'streaming')", cancel)).ConfigureAwait(false))
            {
                _notes.Add(CommitsWait);
            }
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            _new = null;
            await session.DisposeAsync().ConfigureAwait(false);
            var another = await OpenAsync(next, nextAddress, cancel).ConfigureAwait(false);
            _new = another;
            await Named(next, another.ScalarAsync<bool>($"SELECT pg_cancel_backend({process})", cancel)).ConfigureAwait(false);
            _notes.Add(CommitsWait);
        }
    }

    private string CommitsWait => $"! Every commit on {next.Name} waits: synchronous_standby_names asks for replicas, and they do not stream from it. {PostgresSynchronous.Remedy(next.Name)}";
}
