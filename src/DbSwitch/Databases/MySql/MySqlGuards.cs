using System.Globalization;
using DbSwitch.Configuration;
using DbSwitch.Configuration.Values;

namespace DbSwitch.Databases.MySql;

/// <summary>What must hold before clients go from one MySQL or MariaDB to another. Pure.</summary>
internal static class MySqlGuards
{
    private static readonly Version OldestMySql = new(8, 0, 23);

    public static IEnumerable<Guard> Of(GuardQuestion question)
    {
        if (question.Probe is not { Health: Health.Healthy, Facts: MySqlFacts target })
        {
            // That it could not be asked is said already, and nothing more is known.
            return [];
        }

        var settings = (MySqlDatabase)question.Target.Configuration.Database;
        var name = question.Target.Name;
        return (target.Cluster, question.Present) switch
        {
            ({ } cluster, _) => OfCluster(name, target, cluster, question, settings),
            (_, { } present) => [.. AgainstPresent(question, target, present, settings), Writable(question, target, settings)],
            _ => [Writable(question, target, settings)],
        };
    }

    /// <summary>The statement that lets the account do what is needed.</summary>
    public static string Grant(string server, IReadOnlyList<string> missing, string user) => $"user {user} lacks {string.Join(", ", missing)}; on {server}: GRANT {string.Join(", ", missing)} ON *.* TO {user}";

    /// <summary>One that takes writes and has a channel all the same can't be told from a replica, which is not closed; null for any other.</summary>
    public static Guard? WritableReplica(string name, MySqlFacts facts)
    {
        if (facts is not { IsReplica: true, ReadOnly: false, Cluster: null })
        {
            return null;
        }

        var up = facts.Upstreams[0];
        var channel = up.Channel.Length > 0 ? $" {MySqlReplication.Quoted(up.Channel)}" : "";
        var (stop, reset) = facts.IsMariaDb
            ? ($"STOP SLAVE{channel};", $"RESET SLAVE{channel} ALL;")
            : ("STOP REPLICA;", "RESET REPLICA ALL;");
        var left = up is { Receives: "No", Applies: "No" };
        return Failed(Guard.Replication, string.Create(CultureInfo.InvariantCulture, $"{name} takes writes and has a replication channel from {up.Host}:{up.Port}{(left ? ", which does not run" : "")}: it would not be closed, and what is written to it would be lost")) with
        {
            Next = left ? $"If it is to follow nobody any more, on {name}: {reset}" : $"If it is to follow nobody any more, on {name}: {stop} {reset} Otherwise, which ends clients' writes there: SET GLOBAL read_only = ON;",
        };
    }

    /// <summary>A cluster sees to it itself that its nodes have the same data, and who may write.</summary>
    private static IEnumerable<Guard> OfCluster(string name, MySqlFacts target, MySqlCluster cluster, GuardQuestion question, MySqlDatabase settings)
    {
        yield return settings.Promote is Promotion.Self
            ? Failed("cluster", $"{name} is a {cluster.Says}, which decides itself who may write; \"promote: self\" would work against it") with { Next = "Write \"promote: follow\" in \"mysql\"." }
            : Passed("cluster", $"{name} is a {cluster.Says}");
        if (question is { Present: { } present, PresentProbe: { Health: Health.Healthy, Facts: MySqlFacts facts } } && facts.Cluster?.Name != cluster.Name)
        {
            yield return Failed(Guard.Replication, $"{present.Name} is no node of {name}'s cluster ({facts.Summary})");
        }

        yield return cluster.TakesWrites && !target.ReadOnly ? Passed("writable", $"{name} takes writes") : Failed("writable", $"{name} takes no writes ({cluster.Says})");
    }

    private static IEnumerable<Guard> AgainstPresent(GuardQuestion question, MySqlFacts target, TargetState present, MySqlDatabase settings)
    {
        var name = question.Target.Name;
        if (question.PresentProbe is not { Health: Health.Healthy, Facts: MySqlFacts primary })
        {
            yield return CannotCompare(question, target, present);
            yield break;
        }

        if (primary.Cluster is { } cluster)
        {
            yield return Failed("cluster", $"{present.Name} is a {cluster.Says}, and {name} is none") with { Next = "Write \"promote: follow\" in \"mysql\", and name nodes of one cluster as targets." };
            yield break;
        }

        yield return MySqlHistory.IsShared(target, primary)
            ? Passed("same-system", $"{name} and {present.Name} have transactions of the same servers")
            : Failed("same-system", $"{name} ({target.Summary}) has nothing in common with {present.Name} ({primary.Summary}): neither replicates from the other, and no transaction of one is on the other");
        yield return settings.Promote == Promotion.Self && WritableReplica(present.Name, primary) is { } both ? both : Replicates(name, target, primary, present);
        yield return MySqlHistory.Errant(target, primary) is { } errant
            ? Failed("errant", $"{name} has transactions that {present.Name} never had ({Short(errant)}): they were written to {name} itself") with
            {
                Next = $"See what they are (mysqlbinlog on {name}); docs/mysql.md says how to make {name} anew, or how to accept them.",
            }
            : Passed("errant", $"{name} has no transaction that {present.Name} never had");
        if (target.IsReplica)
        {
            yield return Lag(name, target, primary, present.Name, settings);
            yield return target.ReadOnly
                ? Passed("replica-writable", $"{name} is read-only while it is a replica")
                : Failed("replica-writable", $"{name} is a replica and not read-only: whoever reaches it past the proxies may write there") with { Next = $"On {name}: SET GLOBAL read_only = ON; and read_only = ON in its configuration file." };
        }

        yield return primary.OldestTransaction is { } age && age > settings.MaxTransactionAge
            ? Failed("transactions", $"a transaction on {present.Name} has been open for {Text(age)} and would be lost (max_transaction_age: {Durations.Show(settings.MaxTransactionAge)})")
            : Passed("transactions", $"no long-running transaction on {present.Name}");
        yield return primary.PreparedTransactions > 0
            ? Failed("prepared-transactions", $"{present.Name} has {primary.PreparedTransactions} prepared {(primary.PreparedTransactions == 1 ? "transaction" : "transactions")} (XA RECOVER): commit or roll back first")
            : Passed("prepared-transactions", $"no prepared transaction on {present.Name}");
        if (target.IsReplica && settings.Promote == Promotion.Self)
        {
            foreach (var guard in ForPromotion(name, target, primary, present.Name, settings))
            {
                yield return guard;
            }
        }
    }

    private static IEnumerable<Guard> ForPromotion(string name, MySqlFacts target, MySqlFacts primary, string present, MySqlDatabase settings)
    {
        yield return (target.MissingRights, primary.MissingRights) switch
        {
            ({ Count: > 0 } missing, _) => Failed("rights", $"can't promote {name}: {Grant(name, missing, settings.User)}"),
            (_, { Count: > 0 } missing) => Failed("rights", $"can't close {present}: {Grant(present, missing, settings.User)}"),
            _ => Passed("rights", $"user {settings.User} may do on both what is needed"),
        };
        yield return (target.WhyNoGtids, primary.WhyNoGtids) switch
        {
            ({ } why, _) => Failed("gtid", $"{name} can't say what it has: {why}") with { Next = $"Set gtid_mode = ON (and enforce_gtid_consistency) on both servers." },
            (_, { } why) => Failed("gtid", $"{present} can't say what it has: {why}") with { Next = $"Set gtid_mode = ON (and enforce_gtid_consistency) on both servers." },
            _ when target.Upstreams.Any(u => !u.UsesGtid) => Failed("gtid", $"{name} replicates by file and position, not by GTID") with
            {
                Next = target.IsMariaDb ? $"On {name}: STOP SLAVE; CHANGE MASTER TO MASTER_USE_GTID = slave_pos; START SLAVE;" : $"On {name}: STOP REPLICA; CHANGE REPLICATION SOURCE TO SOURCE_AUTO_POSITION = 1; START REPLICA;",
            },
            _ => Passed("gtid", $"{name} replicates by GTID"),
        };
        yield return (target.WhyNoBinlog, primary.WhyNoBinlog) switch
        {
            ({ } why, _) => Failed("binlog", $"{name} can't become a primary that others follow: {why}") with { Next = $"In its configuration file: log_bin, and {why.Split(' ')[0]} = ON; then restart it." },
            (_, { } why) => Failed("binlog", $"{present} could not follow {name} afterwards: {why}") with { Next = $"In its configuration file: log_bin, and {why.Split(' ')[0]} = ON; then restart it." },
            _ => Passed("binlog", "both write binary logs with what they replicate"),
        };
        (string Name, MySqlFacts Facts)[] both = [(name, target), (present, primary)];
        yield return both.FirstOrDefault(s => IsBefore(s.Facts, OldestMySql)) is ({ } old, { } facts)
            ? Failed("version", $"{old} is MySQL {facts.Version}, and \"promote: self\" needs {OldestMySql}: it does not know CHANGE REPLICATION SOURCE TO") with { Next = $"Upgrade {old}, or write \"promote: hook\" in \"mysql\"." }
            : IsOlder(target.Version, primary.Version)
            ? Failed("version", $"{name} is {target.Version}, older than {present} ({primary.Version}): {present} could not be its replica") with { Next = $"Upgrade {name} first." }
            : Passed("version", $"{name} is not older than {present} ({target.Version})");
        var others = Math.Max(1, primary.Replicas.Count);
        yield return target.WaitsForReplicas > others
            ? Failed("semi-sync", string.Create(CultureInfo.InvariantCulture, $"commits on {name} would wait for {target.WaitsForReplicas} replicas, and it would have {others}")) with { Next = $"On {name}: SET GLOBAL rpl_semi_sync_source_wait_for_replica_count = {others.ToString(CultureInfo.InvariantCulture)};" }
            : Passed("semi-sync", $"commits on {name} will wait for nobody who is not there");
    }

    /// <summary>A present primary that is down takes all of these answers with it: what it was written last is known to nobody. What was known of it last is said.</summary>
    private static Guard CannotCompare(GuardQuestion question, MySqlFacts target, TargetState present)
    {
        var name = question.Target.Name;
        var state = question.PresentProbe switch
        {
            { Health: Health.Healthy } or null => $"{present.Name} is no MySQL or MariaDB",
            { Health: Health.Unhealthy } down => $"{present.Name} is down ({down.Reason})",
            var unknown => $"{present.Name} {unknown.Reason}",
        };
        var last = present is { Known: MySqlFacts primary, KnownAt: { } at } && MySqlHistory.IsShared(target, primary)
            ? $" (last known lag {MySqlHistory.Transactions(MySqlHistory.Behind(target, primary))}, {Text(question.Probe.At - at)} ago)"
            : "";
        return new Guard(Guard.Replication, GuardVerdict.Unknown, $"{state}, so lost commits can't be ruled out{last}") { Next = $"If {present.Name} is surely dead: {GuardRules.Forced(name)}" };
    }

    private static Guard Replicates(string name, MySqlFacts target, MySqlFacts primary, TargetState present) => target switch
    {
        { IsReplica: false } when MySqlHistory.IsSourceOf(target, primary) => Passed(Guard.Replication, $"{name} is the primary, and {present.Name} is its replica"),
        { IsReplica: false } when !primary.ReadOnly || MySqlHistory.Lacks(target, primary) is not null => Failed(Guard.Replication, $"{name} is no replica of {present.Name}, and lacks {Short(MySqlHistory.Lacks(target, primary) ?? "nothing so far")} of it") with { Next = "The steps are in \"dbswitch status\"." },
        { IsReplica: false } => Passed(Guard.Replication, $"{name} has all that {present.Name} has, which is closed"),
        { Upstreams.Count: > 1 } => Failed(Guard.Replication, string.Create(CultureInfo.InvariantCulture, $"{name} replicates over {target.Upstreams.Count} channels ({string.Join(", ", target.Upstreams.Select(u => $"{u.Host}:{u.Port}"))}): it would keep none of them")) with { Next = "dbswitch promotes replicas of one primary alone." },
        { Upstreams: [{ Filters.Length: > 0 } up] } => Failed(Guard.Replication, $"{name} leaves out a part of what {present.Name} writes ({up.Filters})") with { Next = $"Only a replica with all of the data can take its place; remove the filter on {name} and make it anew." },
        { Upstreams: [{ Delay.Ticks: > 0 } up] } => Failed(Guard.Replication, $"{name} keeps transactions back for {Text(up.Delay)} on purpose") with { Next = target.IsMariaDb ? $"On {name}: STOP SLAVE; CHANGE MASTER TO MASTER_DELAY = 0; START SLAVE;" : $"On {name}: STOP REPLICA; CHANGE REPLICATION SOURCE TO SOURCE_DELAY = 0; START REPLICA;" },
        { Upstreams: [var up] } when !MySqlHistory.IsSourceOf(primary, target) => Failed(Guard.Replication, string.Create(CultureInfo.InvariantCulture, $"{name} replicates from {up.Host}:{up.Port}, which is not {present.Name}")),
        { Upstreams: [{ Streams: false } up] } => Failed(Guard.Replication, $"{name} does not replicate now ({up.Says})") with { Next = target.IsMariaDb ? $"On {name}: START SLAVE; then SHOW SLAVE STATUS\\G" : $"On {name}: START REPLICA; then SHOW REPLICA STATUS\\G" },
        _ when primary.Replicas.Count == 0 => Failed(Guard.Replication, $"{name} says that it replicates from {present.Name}, which sends to no replica"),
        _ => Passed(Guard.Replication, $"{name} replicates from {present.Name}"),
    };

    private static Guard Lag(string name, MySqlFacts target, MySqlFacts primary, string present, MySqlDatabase settings)
    {
        var (behind, seconds) = (MySqlHistory.Behind(target, primary), target.Upstreams[0].Behind);
        var words = $"{name} is {MySqlHistory.Transactions(behind)}{(seconds is { Ticks: > 0 } s ? $", {Text(s)}" : "")} behind {present}";
        return behind > 0 && seconds is { } late && late > settings.MaxDelay
            ? Failed("lag", $"{words}, more than max_lag: {Durations.Show(settings.MaxDelay)}")
            : Passed("lag", $"{words} ({Durations.Show(settings.MaxDelay)} allowed, which a rehearsal measures)");
    }

    private static Guard Writable(GuardQuestion question, MySqlFacts target, MySqlDatabase settings)
    {
        var (name, present) = (question.Target.Name, question.Present?.Name);
        return target switch
        {
            { IsReplica: false, TakesWrites: true } => Passed("writable", $"{name} takes writes"),

            // The way back from a promotion that could not be finished: what was to follow it takes no writes, and has none that this one lacks.
            { IsReplica: false, Closed: true, MissingRights.Count: 0 } when settings.Promote == Promotion.Self && question.PresentProbe is { Health: Health.Healthy, Facts: MySqlFacts { ReadOnly: true } after } && MySqlHistory.Lacks(target, after) is null =>
                Passed("writable", $"{name} is closed to clients, and will be opened: {present} was not promoted in its place"),
            { IsReplica: false } => Failed("writable", $"{name} {target.WhyNoWrites}") with { Next = target.HowToTakeWrites },
            _ when settings.Promote == Promotion.Follow => Failed("writable", $"{name} is a replica, and \"promote: follow\" leaves promoting to others") with { Next = "Promote it there (orchestrator, MaxScale, replication-manager): clients follow by themselves." },
            _ when settings.Promote == Promotion.None => Failed("writable", $"{name} is a replica, and \"promote: none\" leaves it one") with { Next = "Promote it first, or set \"promote: self\"." },
            _ when present is null => Failed("writable", $"{name} is a replica, and none is selected whose place it could take"),
            _ when settings.Promote == Promotion.Hook => Passed("writable", $"{name} is a replica, and the hook will promote it"),
            _ => Passed("writable", $"{name} is a replica, and will be promoted"),
        };
    }

    private static bool IsBefore(MySqlFacts facts, Version version) => !facts.IsMariaDb && Version.TryParse(facts.Version, out var one) && one < version;

    private static bool IsOlder(string version, string than) => Version.TryParse(version, out var one) && Version.TryParse(than, out var other) && (one.Major, one.Minor).CompareTo((other.Major, other.Minor)) < 0;

    private static string Short(string gtids) => gtids.Length <= 200 ? gtids : $"{gtids[..200]}…";

    private static Guard Passed(string name, string words) => new(name, GuardVerdict.Passed, words);

    private static Guard Failed(string name, string words) => new(name, GuardVerdict.Failed, words);

    private static string Text(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.#} s");
}
