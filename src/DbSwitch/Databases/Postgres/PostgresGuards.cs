using System.Globalization;
using System.Net;
using DbSwitch.Configuration;
using DbSwitch.Configuration.Values;

namespace DbSwitch.Databases.Postgres;

/// <summary>What must hold before clients go from one PostgreSQL to another. Pure.</summary>
internal static class PostgresGuards
{
    public static IEnumerable<Guard> Of(GuardQuestion question)
    {
        if (question.Probe is not { Health: Health.Healthy, Facts: PostgresFacts target })
        {
            // That it could not be asked is said already, and nothing more is known.
            return [];
        }

        var settings = (PostgresDatabase)question.Target.Configuration.Database;
        return question.Present is { } present
            ? [.. AgainstPresent(question, target, present, settings), Writable(question, target, settings)]
            : [Writable(question, target, settings)];
    }

    private static IEnumerable<Guard> AgainstPresent(GuardQuestion question, PostgresFacts target, TargetState present, PostgresDatabase settings)
    {
        var name = question.Target.Name;
        if (question.PresentProbe is not { Health: Health.Healthy, Facts: PostgresFacts primary })
        {
            yield return CannotCompare(question, target, present);
            yield break;
        }

        yield return Same(name, target, primary, present.Name);
        if (target.SystemIdentifier != primary.SystemIdentifier)
        {
            yield break;
        }

        yield return Replicates(question, name, target, primary, present);
        if (target.IsReplica)
        {
            yield return Lag(name, target, primary, present.Name, settings.MaxLag);
        }

        yield return primary.HiddenTransactions > 0
            ? new Guard("transactions", GuardVerdict.Unknown, $"{present.Name} does not say how old {primary.HiddenTransactions} of its open transactions {(primary.HiddenTransactions == 1 ? "is" : "are")} (track_activities is off for {(primary.HiddenTransactions == 1 ? "it" : "them")})")
            {
                Next = $"On {present.Name}: ALTER SYSTEM SET track_activities = on; SELECT pg_reload_conf(); (and see which role or database has it off), or wait until they have ended.",
            }
            : primary.OldestTransaction is { } age && age > settings.MaxTransactionAge
            ? Failed("transactions", $"a transaction on {present.Name} has been open for {Text(age)} and would be lost (max_transaction_age: {Durations.Show(settings.MaxTransactionAge)})")
            : Passed("transactions", $"no long-running transaction on {present.Name}");
        yield return primary.PreparedTransactions > 0
            ? Failed("prepared-transactions", $"{present.Name} has {primary.PreparedTransactions} prepared {(primary.PreparedTransactions == 1 ? "transaction" : "transactions")} (pg_prepared_xacts): commit or roll back first")
            : Passed("prepared-transactions", $"no prepared transaction on {present.Name}");
        if (!target.IsReplica || !settings.Promotes)
        {
            yield break;
        }

        if (primary.Unlogged is { } unlogged)
        {
            yield return Unlogged(name, unlogged, present.Name, settings);
        }

        yield return PostgresSynchronous.WhyCommitsWait(target) is { } wait
            ? Failed("commits", $"commits on {name} would {wait}") with { Next = PostgresSynchronous.Remedy(name) }
            : Passed("commits", $"commits on {name} will wait for nobody who is not there");
    }

    /// <summary>
    /// What no replica has is not lost unasked: once by force, or for good by a key of its own. Who has such tables on purpose says so once; a word that passes over every other guard too must not become a habit.
    /// </summary>
    private static Guard Unlogged(string name, IReadOnlyList<PostgresUnlogged> unlogged, string present, PostgresDatabase settings) => unlogged.Count == 0
        ? Passed("unlogged-tables", $"nothing is in unlogged tables of {present}")
        : settings.LoseUnlogged
        ? Passed("unlogged-tables", $"what {present} has in {PostgresUnlogged.Say(unlogged)} will not be on {name} (lose_unlogged allows it)")
        : Failed("unlogged-tables", $"what {present} has in {PostgresUnlogged.Say(unlogged)} would not be on {name}: no replica has it") with
        {
            Next = $"They are listed by: SELECT oid::regclass FROM pg_class WHERE relpersistence = 'u'. Keep them with ALTER TABLE ... SET LOGGED, or, where they may be emptied, set \"lose_unlogged: true\" in \"postgres\", or once: {GuardRules.Forced(name)}",
        };

    /// <summary>A present primary that is down takes all of these answers with it: what it was written last is known to nobody. What was known of it last is said.</summary>
    private static Guard CannotCompare(GuardQuestion question, PostgresFacts target, TargetState present)
    {
        var name = question.Target.Name;
        var state = question.PresentProbe switch
        {
            { Health: Health.Healthy } or null => $"{present.Name} is no PostgreSQL",
            { Health: Health.Unhealthy } down => $"{present.Name} is down ({down.Reason})",
            var unknown => $"{present.Name} {unknown.Reason}",
        };
        var last = present is { Known: PostgresFacts primary, KnownAt: { } at } && primary.SystemIdentifier == target.SystemIdentifier
            ? $" (last known lag {Sizes.Show(target.BehindOf(primary))}, {Text(question.Probe.At - at)} ago)"
            : "";
        return new Guard(Guard.Replication, GuardVerdict.Unknown, $"{state}, so lost commits can't be ruled out{last}")
        {
            Next = $"If {present.Name} is surely dead: {GuardRules.Forced(name)}",
        };
    }

    private static Guard Same(string name, PostgresFacts target, PostgresFacts primary, string present) => target.SystemIdentifier == primary.SystemIdentifier
        ? Passed("same-system", $"{name} and {present} have the same system identifier, {target.SystemIdentifier}")
        : Failed("same-system", $"{name} is another cluster than {present}: its system identifier is {target.SystemIdentifier}, not {primary.SystemIdentifier}");

    private static Guard Replicates(GuardQuestion question, string name, PostgresFacts target, PostgresFacts primary, TargetState present) => target switch
    {
        { IsReplica: false } when primary.IsReplica => Passed(Guard.Replication, $"{name} is the primary, and {present.Name} is a replica"),
        { IsReplica: false } when primary.ClosedBy is { NextAddress: { } moved } by && moved.Equals(question.Target.Address) && target.Timeline > primary.Timeline =>
            Passed(Guard.Replication, $"{name} has taken the place of {present.Name}, which is closed to clients by {by.Who}"),
        { IsReplica: false } => Failed(Guard.Replication, $"{name} has diverged from {present.Name} (timelines {Text(target.Timeline)} and {Text(primary.Timeline)}): rewind it") with { Next = $"The steps are in \"dbswitch status\"." },
        { Upstream: null } => Failed(Guard.Replication, $"{name} is a replica that does not stream: it never received anything from {present.Name}, or has stopped"),
        { Upstream: { Streaming: false } up } => Failed(Guard.Replication, $"{name} is a replica that does not stream (it is {up.Status})"),
        { ReplayPaused: true } => Failed(Guard.Replication, $"{name} does not replay what it receives") with { Next = $"To end the pause, on {name}: SELECT pg_wal_replay_resume();" },
        { AppliesAfter: { Ticks: > 0 } late } => Failed(Guard.Replication, $"{name} keeps commits back for {Text(late)} on purpose (recovery_min_apply_delay)"),
        { Upstream: { } up } when !StreamsFrom(up, question.Target, primary, present) =>
            Failed(Guard.Replication, $"{name} streams from {up.Host}:{Text(up.Port)}, and {present.Name} is at {present.Configuration.Address}{(present.Address is { } at && at.ToString() != present.Configuration.Address.ToString() ? $" ({at})" : "")}") with
            {
                Next = $"To have it follow {present.Name}, on {name}: ALTER SYSTEM SET primary_conninfo = 'host={present.Configuration.Address.Host} port={Text(present.Configuration.Address.Port)} user={target.ReplicationUser ?? "..."}'; SELECT pg_reload_conf(); "
                    + $"(with the password and whatever else it has now: SHOW primary_conninfo). To switch all the same, and lose what it does not have: {GuardRules.Forced(name)}",
            },
        { Upstream: { } up } when target.Timeline != primary.Timeline => Failed(Guard.Replication, $"{name} is on timeline {Text(target.Timeline)}, and {present.Name} on {Text(primary.Timeline)}"),
        { Upstream: { } up } when SendersTo(up, question.Target, primary) is var senders && !senders.Any(s => s.Streaming) => Failed(Guard.Replication, senders.Count == 0
            ? $"{name} says that it streams from {present.Name}, which sends to no replica"
            : $"{name} has not caught up with {present.Name} since it connected (state {senders[0].State} there)"),
        { Upstream: { } up } => Passed(Guard.Replication, $"{name} has streamed from {present.Name} for {Text(up.For)}, and has caught up with it"),
    };

    /// <summary>
    /// Who may be this replica among those that the primary sends to: by slot, by address, or all of them where neither tells. The primary is the one that knows whether a replica has ever caught up
    /// since it connected ("catchup" until then, "streaming" from then on), however often a manager is started again; the replica says "streaming" from its first byte on.
    /// </summary>
    private static IReadOnlyList<PostgresStandby> SendersTo(PostgresUpstream up, TargetState target, PostgresFacts primary)
    {
        var known = primary.Standbys.Where(s => up.Slot is not null ? s.Slot == up.Slot : IPAddress.TryParse(s.Address, out var from) && from.Equals(target.Address?.Address)).ToList();
        return known.Count > 0 ? known : primary.Standbys;
    }

    /// <summary>By the address that the replica names, by the replica's own address among those that the primary serves, or by their slot: networks for replication may have addresses of their own.</summary>
    private static bool StreamsFrom(PostgresUpstream up, TargetState target, PostgresFacts primary, TargetState present) =>
        (up.Port == present.Configuration.Address.Port && (string.Equals(up.Host, present.Configuration.Address.Host, StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(up.Host, out var host) && host.Equals(present.Address?.Address))))
        || primary.Standbys.Any(s => s.Streaming && ((up.Slot is not null && up.Slot == s.Slot) || (IPAddress.TryParse(s.Address, out var from) && !IPAddress.IsLoopback(from) && from.Equals(target.Address?.Address))));

    private static Guard Lag(string name, PostgresFacts target, PostgresFacts primary, string present, long most)
    {
        var behind = target.BehindOf(primary);
        var delay = target.ReplayDelay is { Ticks: > 0 } d ? $", {Text(d)}" : "";
        return behind > most
            ? Failed("lag", $"{name} is {Sizes.Show(behind)}{delay} behind {present}, more than max_lag: {Sizes.Show(most)}")
            : Passed("lag", $"{name} is {Sizes.Show(behind)}{delay} behind {present} ({Sizes.Show(most)} allowed)");
    }

    private static Guard Writable(GuardQuestion question, PostgresFacts target, PostgresDatabase settings)
    {
        var (name, present) = (question.Target.Name, question.Present?.Name);
        return target switch
        {
            { IsReplica: false, TakesWrites: true } => Passed("writable", $"{name} takes writes{(target.ReadOnlyFor is null ? "" : $", but not for {target.ReadOnlyFor} (default_transaction_read_only)")}"),

            // The way back from a promotion that could not be finished: what was to follow it is a replica still, so that nothing was written there.
            { IsReplica: false, Closed: true, ReadOnly: false, Superuser: true } when settings.Promote == Promotion.Self && question.PresentProbe is { Health: Health.Healthy, Facts: PostgresFacts { IsReplica: true } after } && after.SystemIdentifier == target.SystemIdentifier =>
                Passed("writable", $"{name} is closed to clients, and will be opened: {present} was not promoted in its place"),
            { IsReplica: false } => Failed("writable", $"{name} {target.WhyNoWrites}") with { Next = target.HowToTakeWrites },
            _ when settings.Promote == Promotion.Follow => Failed("writable", $"{name} is a replica, and \"promote: follow\" leaves promoting to others") with { Next = "Promote it there (Patroni, repmgr): clients follow by themselves." },
            _ when settings.Promote == Promotion.None => Failed("writable", $"{name} is a replica, and \"promote: none\" leaves it one") with { Next = "Promote it first, or set \"promote: sql\"." },
            _ when present is null => Failed("writable", $"{name} is a replica, and none is selected whose place it could take"),
            _ when settings.Promote == Promotion.Hook => Passed("writable", $"{name} is a replica, and the hook will promote it"),
            { Superuser: false } => Failed("writable", $"can't promote {name}: role {settings.User} needs SUPERUSER") with { Next = $"On the primary: ALTER ROLE {settings.User} SUPERUSER;" },
            _ => Passed("writable", $"{name} is a replica, and will be promoted"),
        };
    }

    private static Guard Passed(string name, string words) => new(name, GuardVerdict.Passed, words);

    private static Guard Failed(string name, string words) => new(name, GuardVerdict.Failed, words);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Text(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.#} s");
}
