using System.Net;
using DbSwitch.Configuration;
using DbSwitch.Configuration.Values;
using static DbSwitch.Databases.InName;

namespace DbSwitch.Databases.Redis;

/// <summary>A replica takes the place of its primary, and nothing that was ever confirmed is lost.</summary>
/// <param name="present">The target whose place is taken; null where the manager that knew it is gone, and nothing is left to do there.</param>
/// <param name="force">The operator knows that the old one can't be asked, and wants it nevertheless.</param>
internal sealed class RedisPromotion(TargetConfiguration? present, IPEndPoint? presentAddress, TargetConfiguration next, IPEndPoint nextAddress, bool force, TimeProvider time) : IPromotion
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);

    // Who forces has no time to lose.
    private static readonly TimeSpan ForcedPatience = TimeSpan.FromMilliseconds(500);

    private readonly List<string> _notes = [];
    private RedisSession? _old;
    private RedisSession? _new;
    private RedisFacts? _oldFacts;
    private RedisMark? _claims;

    // What the old one had written when it was closed: nothing was written there since.
    private RedisFacts? _end;

    public IReadOnlyList<string> Notes => _notes;

    public string Foreseen => present is null
        ? $"{next.Name} would be promoted"
        : force
            ? $"{next.Name} would be promoted. {present.Name} would be closed to writes if it answers"
            : $"{present.Name} would be closed to writes, {next.Name} would catch up with it and be promoted, and {present.Name} would follow it";

    public async Task<IReadOnlyList<Guard>> RehearseAsync(Closure by, CancellationToken cancel) => present is null || presentAddress is null
        ? []
        : [await RightsAsync(present, presentAddress, cancel).ConfigureAwait(false), await RightsAsync(next, nextAddress, cancel).ConfigureAwait(false)];

    public async Task PrepareAsync(Closure by, CancellationToken cancel)
    {
        // Tried over a connection of its own, and asked even of who forces: where it may not promote nobody would be served.
        if (await RightsAsync(next, nextAddress, cancel).ConfigureAwait(false) is { Verdict: not GuardVerdict.Passed } no)
        {
            throw new DatabaseException(Health.Unknown, $"{no.Words}{(no.Next is null ? "" : $". {no.Next}")}");
        }

        _new = await OpenAsync(next, nextAddress, cancel).ConfigureAwait(false);
        var own = await FactsAsync(next, _new, cancel).ConfigureAwait(false);
        if (own is { IsReplica: false, Mark: { } closed })
        {
            Expect(force || closed.IsOfSameSwitch(by), $"{ClosedByAnother(next, closed)}; to open it all the same: {GuardRules.Forced(next.Name)}");
            _claims = closed;
        }

        if (present is not null && presentAddress is not null)
        {
            await PreparePresentAsync(by, own, cancel).ConfigureAwait(false);
        }
    }

    private async Task PreparePresentAsync(Closure by, RedisFacts own, CancellationToken cancel)
    {
        using var patience = new CancellationTokenSource(force ? ForcedPatience : Timeout.InfiniteTimeSpan, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancel);
        RedisSession? old = null;
        RedisFacts facts;
        try
        {
            old = await OpenAsync(present!, presentAddress!, either.Token).WaitAsync(either.Token).ConfigureAwait(false);
            facts = await FactsAsync(present!, old, either.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (force && (e is DatabaseException || (e is OperationCanceledException && !cancel.IsCancellationRequested)))
        {
            await CloseAsync(old).ConfigureAwait(false);
            _notes.Add($"{(e is DatabaseException ? e.Message : $"{present!.Name} has not answered at {presentAddress} within {ForcedPatience.TotalSeconds:0.#} s")}, so it was not closed: whoever reaches it past the proxies may still write there, and what it had not sent is lost. When it is back, \"dbswitch status\" says whether it can follow {next.Name}");
            return;
        }

        _old = old;
        if (facts.IsReplica || (facts.Mark is { } mark && !mark.IsOfSameSwitch(by) && !own.IsReplica && own.Succeeds(facts)))
        {
            // Nothing can be written there, so nothing has to be closed: it is a replica, or another switch has promoted just this one in its place.
            await old.DisposeAsync().ConfigureAwait(false);
            _old = null;
            return;
        }

        // What no word of an operator's passes over while the present one answers and is a primary.
        Refuse(facts.Mark is { } other && !other.IsOfSameSwitch(by), () => $"{ClosedByAnother(present!, facts.Mark!)}; select what it was to go to, once it is promoted");
        Refuse(!own.IsReplica && !own.Succeeds(facts), () => $"{next.Name} is a primary with a history of its own, and what {present!.Name} has written since would be lost. Make {next.Name} a replica of {present.Name} (REPLICAOF), or give up what {present.Name} has: dbswitch select --none, then {GuardRules.Forced(next.Name)}");
        Refuse(facts.Settings is null or { MinReplicasMaxLag: 0 }, () => $"{present!.Name} can't be closed to writes: its min-replicas-max-lag is 0. On it: CONFIG SET min-replicas-max-lag 10");
        Refuse(facts.Settings is { Mark: null, MinReplicas: > RedisMark.MostReplicas }, () => $"{present!.Name} has a min-replicas-to-write of {facts.Settings!.MinReplicas}, and {RedisMark.MostReplicas} is the most that can be put back");
        _oldFacts = facts;
        if (RedisVersions.Note(next.Name, own, present!.Name, facts) is { } note)
        {
            _notes.Add(note);
        }

        static void Refuse(bool wrong, Func<string> why)
        {
            if (wrong)
            {
                throw new DatabaseException(Health.Unknown, why());
            }
        }
    }

    public async Task QuietAsync(Closure by, CancellationToken cancel)
    {
        var what = $"{next.Name} has not answered";
        try
        {
            if (_claims is { } closed)
            {
                // A person has passed over who closed it, and only this switchover opens it.
                await Named(next, _new!.AskAsync(cancel, "CONFIG", "SET", "min-replicas-to-write", RedisMark.Of(by, closed.Old).Value)).ConfigureAwait(false);
            }

            if (_old is not { } old || present is null)
            {
                return;
            }

            what = $"{present.Name} is not closed to writes yet";
            var mark = RedisMark.Of(by, _oldFacts!.Mark?.Old ?? (int)_oldFacts.Settings!.MinReplicas);
            await Named(present, RedisClosing.CloseAsync(old, mark, cancel)).ConfigureAwait(false);
            await Named(present, RedisClosing.EndClientsAsync(old, cancel)).ConfigureAwait(false);

            // It does one thing after the other: what it has confirmed to anybody lies before this answer, and what it is asked from now on it refuses.
            var end = await FactsAsync(present, old, cancel).ConfigureAwait(false);
            Expect(end.ReplId == _oldFacts.ReplId, $"{present.Name} has begun a new history meanwhile ({_oldFacts.History} before, {end.History} now)");
            while (true)
            {
                what = what.StartsWith(next.Name, StringComparison.Ordinal) ? what : $"{next.Name} has not answered how far it is behind what {present.Name} had confirmed";
                var own = await FactsAsync(next, _new!, cancel).ConfigureAwait(false);
                if (!own.IsReplica)
                {
                    Expect(own.WasPromotedFrom(end), $"{next.Name} is a primary with a history of its own");
                    break;
                }

                Expect(own.ReplId == end.ReplId, $"{next.Name} has not the same history as {present.Name} ({own.History}, and {end.History})");
                if (own.Upstream is { Up: true, Syncing: false } && own.Offset >= end.Offset)
                {
                    break;
                }

                what = $"{next.Name} was still {Sizes.Show(Math.Max(0, end.Offset - own.Offset))} behind what {present.Name} had confirmed{(own.Upstream is { Up: true } ? "" : ", and is not connected to it")}";
                await Task.Delay(Pause, time, cancel).ConfigureAwait(false);
            }

            what = $"{present.Name} has not proven that it is still closed";
            var now = await FactsAsync(present, old, cancel).ConfigureAwait(false);
            Expect(now is { IsReplica: false, Settings.MinReplicasMaxLag: > 0 } && now.RunId == end.RunId && now.ReplId == end.ReplId && now.Mark == mark, $"{present.Name} is not closed to writes any more: somebody has set min-replicas-to-write, or started it again");
            _end = end;
        }
        catch (OperationCanceledException e)
        {
            throw new DatabaseException(Health.Unknown, what, e);
        }
    }

    public async Task UndoAsync(Closure by, CancellationToken cancel)
    {
        if (present is null || presentAddress is null)
        {
            return;
        }

        // A connection of its own, which ends the one before: what that is in the middle of is not known.
        var session = await OpenAsync(present, presentAddress, cancel).ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
        {
            if (await FactsAsync(present, session, cancel).ConfigureAwait(false) is { IsReplica: false, Mark: { } mark } && mark.IsOfSameSwitchover(by))
            {
                await Named(present, RedisClosing.OpenAsync(session, mark.Old, keep: false, cancel)).ConfigureAwait(false);
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
            var facts = await FactsAsync(next, session, cancel).ConfigureAwait(false);
            if (facts.IsReplica)
            {
                ExpectHasAll(facts);
                await Named(next, session.AskAsync(cancel, "REPLICAOF", "NO", "ONE")).ConfigureAwait(false);
                facts = await FactsAsync(next, session, cancel).ConfigureAwait(false);
                Expect(!facts.IsReplica, $"{next.Name} is a replica still");
            }

            // Before anybody is let in: a copy that had begun in between would have thrown its data away.
            Expect(_end is null || facts.WasPromotedFrom(_end), $"{next.Name} is a primary now, and does not have what {present?.Name} had confirmed ({facts.History} after {facts.FormerReplId ?? "none"} up to {facts.FormerEnd}, and {_end?.ReplId} up to {_end?.Offset}): let no client write to it; {present?.Name} has all of it");
            step = "does not take writes yet";
            if (facts.Mark is { } mark)
            {
                Expect(mark.IsOfSameSwitch(by), ClosedByAnother(next, mark));
                await Named(next, RedisClosing.OpenAsync(session, mark.Old, keep: false, cancel)).ConfigureAwait(false);
            }

            await TakesWritesAsync(session, cancel).ConfigureAwait(false);

            // Before the first write of a client: a primary that comes back as a replica of the old one would take its data from there.
            step = "has not noted its role in its configuration file yet";
            if (await Named(next, RedisClosing.KeepAsync(session, cancel)).ConfigureAwait(false) is { } notKept)
            {
                _notes.Add($"{next.Name} {notKept}");
            }
        }
        catch (OperationCanceledException e)
        {
            throw new DatabaseException(Health.Unknown, $"{next.Name} {step}", e);
        }
        catch (DatabaseException)
        {
            // Begun anew with a new connection.
            await CloseAsync(Interlocked.Exchange(ref _new, null)).ConfigureAwait(false);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await CloseAsync(_old).ConfigureAwait(false);
        await CloseAsync(_new).ConfigureAwait(false);
    }

    /// <summary>Between the commit and now the old one may have been started again without its data, and the new one may have copied that.</summary>
    private void ExpectHasAll(RedisFacts facts)
    {
        if (_end is { } end)
        {
            Expect(facts.ReplId == end.ReplId && facts.Offset >= end.Offset && facts.Upstream is not { Syncing: true }, $"{next.Name} does not have what {present?.Name} had confirmed any more ({facts.History}): was {present?.Name} started again?");
        }
        else if (present is null)
        {
            Expect(facts.Upstream is not { Syncing: true }, $"{next.Name} is copying all data from {facts.Upstream?.Host} just now");
            Expect(facts.Keys > 0, $"{next.Name} is a replica without data, and is not promoted: was its primary started without its own? If there is nothing to lose, on {next.Name}: REPLICAOF NO ONE");
        }
    }

    /// <summary>Deleting what is not there is refused like any other write, and changes nothing.</summary>
    private async Task TakesWritesAsync(RedisSession session, CancellationToken cancel)
    {
        for (var attached = false; ;)
        {
            switch (await Named(next, session.TryAskAsync(cancel, "DEL", RedisRights.NoKey)).ConfigureAwait(false))
            {
                case RespValue.Error { Word: "NOREPLICAS" } when _old is { } old && _end is not null:
                    // It asks for replicas, and the one that it can have is the old one.
                    if (!attached)
                    {
                        await Named(present!, old.AskAsync(cancel, RedisAttachment.Follow(next.Address))).ConfigureAwait(false);
                        attached = true;
                    }

                    await Task.Delay(Pause, time, cancel).ConfigureAwait(false);
                    break;
                case RespValue.Error { Word: "NOREPLICAS" }:
                    _notes.Add($"! {next.Name} refuses writes until a replica follows it (min-replicas-to-write)");
                    return;
                case RespValue.Error error:
                    throw new DatabaseException(Health.Unknown, $"{next.Name} {RedisTrouble.Of(error, ["DEL"], session.Server).Message}");
                default:
                    return;
            }
        }
    }

    private static async Task<Guard> RightsAsync(TargetConfiguration target, IPEndPoint address, CancellationToken cancel)
    {
        const string Name = "rights";
        try
        {
            var session = await Named(target, new RedisServer(target).OpenAsync(address, cancel)).ConfigureAwait(false);
            await using (session.ConfigureAwait(false))
            {
                return await Named(target, RedisRights.WhyNotAsync(session, cancel)).ConfigureAwait(false) is { } no
                    ? new Guard(Name, GuardVerdict.Failed, $"{target.Name} {no.Why}") { Next = no.Next }
                    : new Guard(Name, GuardVerdict.Passed, $"{target.Name} allows user {session.Server.Settings.User} what a switchover does");
            }
        }
        catch (DatabaseException e)
        {
            return new Guard(Name, GuardVerdict.Unknown, e.Message);
        }
    }

    private static async Task CloseAsync(RedisSession? session)
    {
        if (session is not null)
        {
            await session.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static void Expect(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new DatabaseException(Health.Unknown, otherwise);
        }
    }

    private static string ClosedByAnother(TargetConfiguration target, RedisMark mark) => $"{target.Name} is closed to writes by a switchover of another switch or manager (min-replicas-to-write is {mark.Value})";

    private static Task<RedisSession> OpenAsync(TargetConfiguration target, IPEndPoint address, CancellationToken cancel) => Named(target, new RedisServer(target).OpenToChangeAsync(address, cancel));

    private static Task<RedisFacts> FactsAsync(TargetConfiguration target, RedisSession session, CancellationToken cancel) => Named(target, RedisQuestion.AskAsync(session, settings: true, all: false, cancel));
}
