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
            ? [.. AgainstPresent(question, target, present, settings), Writable(target, settings, present.Name)]
            : [Writable(target, settings, null)];
    }

    private static IEnumerable<Guard> AgainstPresent(GuardQuestion question, PostgresFacts target, TargetState present, PostgresDatabase settings)
    {
        if (question.PresentProbe is not { Health: Health.Healthy, Facts: PostgresFacts primary })
        {
            // A present primary that is down takes all of these answers with it: what it was written last is known to nobody.
            yield return new Guard("replication", GuardVerdict.Unknown, $"can't be compared with {present.Name}, which {question.PresentProbe?.Reason ?? "is no PostgreSQL"}");
            yield break;
        }

        yield return Same(target, primary, present.Name);
        if (target.SystemIdentifier != primary.SystemIdentifier)
        {
            yield break;
        }

        yield return Replicates(question, target, primary, present);
        if (target.IsReplica)
        {
            yield return Lag(target, primary, present.Name, settings.MaxLag);
        }

        yield return primary.OldestTransaction is { } age && age > settings.MaxTransactionAge
            ? Failed("transactions", $"would cost {present.Name} a transaction that is {Text(age)} old, more than max_transaction_age: {Durations.Show(settings.MaxTransactionAge)}")
            : Passed("transactions", $"would end no transaction of {present.Name} older than {Text(primary.OldestTransaction ?? TimeSpan.Zero)} ({Durations.Show(settings.MaxTransactionAge)} allowed)");
        yield return primary.PreparedTransactions > 0
            ? Failed("prepared-transactions", $"would find {primary.PreparedTransactions} prepared on {present.Name} and not decided (pg_prepared_xacts): commit them, or roll them back")
            : Passed("prepared-transactions", $"would find none prepared on {present.Name}");
    }

    private static Guard Same(PostgresFacts target, PostgresFacts primary, string present) => target.SystemIdentifier == primary.SystemIdentifier
        ? Passed("same-system", $"has the system identifier of {present}, {target.SystemIdentifier}")
        : Failed("same-system", $"is another cluster than {present}: its system identifier is {target.SystemIdentifier}, not {primary.SystemIdentifier}");

    private static Guard Replicates(GuardQuestion question, PostgresFacts target, PostgresFacts primary, TargetState present) => target switch
    {
        { IsReplica: false } when primary.IsReplica => Passed("replication", $"is the primary, and {present.Name} is a replica"),
        { IsReplica: false } => Failed("replication", $"is a primary itself, on timeline {Text(target.Timeline)}, and so is {present.Name}, on {Text(primary.Timeline)}: what was written there since they parted is not here"),
        { Upstream: null } => Failed("replication", $"is a replica that does not stream: it was never seen to receive anything from {present.Name}, or has stopped"),
        { Upstream: { Streaming: false } up } => Failed("replication", $"is a replica that does not stream (it is {up.Status})"),
        { ReplayPaused: true } => Failed("replication", "does not replay what it receives (pg_wal_replay_resume() ends the pause)"),
        { AppliesAfter: { Ticks: > 0 } late } => Failed("replication", $"keeps commits back for {Text(late)} on purpose (recovery_min_apply_delay)"),
        { Upstream: { } up } when !StreamsFrom(up, question.Target, primary, present) => Failed("replication", $"streams from {up.Host}:{Text(up.Port)}, which is not known to be {present.Name} ({present.Configuration.Address}{(present.Address is { } at ? $", {at}" : "")})"),
        { Upstream: { } up } when target.Timeline != primary.Timeline => Failed("replication", $"is on timeline {Text(target.Timeline)}, and {present.Name} on {Text(primary.Timeline)}"),
        { Upstream: { } up } when SendersTo(up, question.Target, primary) is var senders && !senders.Any(s => s.Streaming) => Failed("replication", senders.Count == 0
            ? $"says that it streams from {present.Name}, which sends to no replica"
            : $"receives from {present.Name}, and was never seen to have caught up with it since it began (it is in state {senders[0].State} there)"),
        { Upstream: { } up } => Passed("replication", $"streams from {present.Name}, for {Text(up.For)}, and has caught up with it"),
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

    private static Guard Lag(PostgresFacts target, PostgresFacts primary, string present, long most)
    {
        var behind = target.BehindOf(primary);
        var delay = target.ReplayDelay is { Ticks: > 0 } d ? $", {Text(d)}" : "";
        return behind > most
            ? Failed("lag", $"is {Sizes.Show(behind)}{delay} behind {present}, more than max_lag: {Sizes.Show(most)}")
            : Passed("lag", $"is {Sizes.Show(behind)}{delay} behind {present} ({Sizes.Show(most)} allowed)");
    }

    private static Guard Writable(PostgresFacts target, PostgresDatabase settings, string? present) => target switch
    {
        { IsReplica: false, Closed: true } => Failed("writable", "is closed to clients by dbswitch, since another one was promoted in its place"),
        { IsReplica: false, ReadOnly: true } => Failed("writable", "is read-only (default_transaction_read_only is on)"),
        { IsReplica: false } => Passed("writable", "is writable"),
        _ when settings.Promote == Promotion.Follow => Failed("writable", "is a replica, and \"promote: follow\" leaves promoting to others; clients follow by themselves"),
        _ when settings.Promote == Promotion.None => Failed("writable", "is a replica, and \"promote: none\" leaves it one"),
        _ when present is null => Failed("writable", "is a replica, and none is selected whose place it could take"),
        _ when settings.Promote == Promotion.Hook => Passed("writable", "is a replica that the hook will promote"),
        { Superuser: false } => Failed("writable", $"is a replica that can't be promoted as role {settings.User}, which is no superuser"),
        _ => Passed("writable", "is a replica that will be promoted"),
    };

    private static Guard Passed(string name, string words) => new(name, GuardVerdict.Passed, words);

    private static Guard Failed(string name, string words) => new(name, GuardVerdict.Failed, words);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Text(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.#} s");
}
