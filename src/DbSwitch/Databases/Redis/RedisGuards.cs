using System.Globalization;
using DbSwitch.Configuration;
using DbSwitch.Configuration.Values;

namespace DbSwitch.Databases.Redis;

/// <summary>What must hold before clients go from one Redis or Valkey to another. Pure.</summary>
internal static class RedisGuards
{
    public static IEnumerable<Guard> Of(GuardQuestion question)
    {
        if (question.Probe is not { Health: Health.Healthy, Facts: RedisFacts target })
        {
            // That it could not be asked is said already, and nothing more is known.
            return [];
        }

        var settings = (RedisDatabase)question.Target.Configuration.Database;
        return
        [
            Cluster(question.Target.Name, target),
            Loading(question.Target.Name, target),
            .. question.Present is { } present ? AgainstPresent(question, target, present, settings) : [],
            Writable(question, target, settings),
        ];
    }

    private static IEnumerable<Guard> AgainstPresent(GuardQuestion question, RedisFacts target, TargetState present, RedisDatabase settings)
    {
        var name = question.Target.Name;
        if (question.PresentProbe is not { Health: Health.Healthy, Facts: RedisFacts primary })
        {
            yield return CannotCompare(question, target, present);
            yield return Empty(name, target, present.Name, present.Known as RedisFacts);
            yield break;
        }

        yield return RedisVersions.Guard(name, target, present.Name, primary);
        yield return Replicates(question, target, primary, present);
        if (target.IsReplica && target.BehindOf(primary) is { } behind)
        {
            yield return behind > settings.MaxLag
                ? Failed("lag", $"{name} is {Sizes.Show(behind)} behind {present.Name}, more than max_lag: {Sizes.Show(settings.MaxLag)}")
                : Passed("lag", $"{name} is {Sizes.Show(behind)} behind {present.Name} ({Sizes.Show(settings.MaxLag)} allowed)");
        }

        yield return Empty(name, target, present.Name, primary);
        if (target.IsReplica && settings.Promotes)
        {
            foreach (var guard in ToPromote(name, target, present.Name, primary, settings))
            {
                yield return guard;
            }
        }
    }

    private static IEnumerable<Guard> ToPromote(string name, RedisFacts target, string present, RedisFacts primary, RedisDatabase settings)
    {
        yield return target.ReplicaIsReadOnly
            ? Passed("read-only", $"{name} takes no writes of its own")
            : Failed("read-only", $"{name} takes writes although it is a replica (replica-read-only is no), and loses them") with { Next = $"On {name}: CONFIG SET replica-read-only yes" };
        if (settings.Promote != Promotion.Self)
        {
            yield break;
        }

        if (target.Sentinels is { } watchers && primary.Sentinels is { } others)
        {
            yield return Math.Max(watchers, others) is > 0 and var seen
                ? Failed("sentinel", string.Create(CultureInfo.InvariantCulture, $"Sentinels watch {(others > 0 ? present : name)} ({seen} {(seen == 1 ? "connection" : "connections")}), and would undo a promotion that is not theirs")) with
                {
                    Next = "Let Sentinel promote, and set \"promote: follow\"; or take these servers out of Sentinel (SENTINEL REMOVE).",
                }
                : Passed("sentinel", "no Sentinel watches them");
        }

        if (primary.Settings is { } of)
        {
            yield return MinReplicas(present, of);
        }

        if (target.Settings?.Replication is { } own && primary.Settings?.Replication is { } its)
        {
            yield return Credentials(name, own, present, its);
            yield return Passed("persistence", own.Saves || target.Appends
                ? $"{name} saves its data to disk"
                : $"{name} saves nothing to disk: when it is started again it is empty, and so are its replicas soon after");
        }

        yield return Passed("config-file", (target, primary) switch
        {
            ({ ConfigurationFile: null }, _) => $"{name} has no configuration file: when it is started again it does not know its role",
            (_, { ConfigurationFile: null }) => $"{present} has no configuration file: when it is started again it is a primary until it is made a replica again",
            _ => $"{name} and {present} have configuration files, which can keep their roles over a restart",
        });
    }

    private static Guard MinReplicas(string present, RedisSettings settings) => settings switch
    {
        { MinReplicasMaxLag: 0 } => Failed("min-replicas", $"{present} can't be closed to writes: min-replicas-max-lag is 0") with { Next = $"On {present}: CONFIG SET min-replicas-max-lag 10" },
        { Mark: { } mark } => Failed("min-replicas", $"{present} is closed to writes by a switchover of dbswitch already (min-replicas-to-write is {mark.Value})") with { Next = $"If none is under way, on {present}: CONFIG SET min-replicas-to-write {Text(mark.Old)}" },
        { MinReplicas: > RedisMark.MostReplicas } => Failed("min-replicas", $"{present} has a min-replicas-to-write of {settings.MinReplicas}, and {RedisMark.MostReplicas} is the most that can be put back after a switchover"),
        _ => Passed("min-replicas", $"{present} can be closed to writes (min-replicas-to-write is {Text(settings.MinReplicas)})"),
    };

    private static Guard Credentials(string name, RedisReplicationSettings own, string present, RedisReplicationSettings its) => (own, its) switch
    {
        ({ AsksForPassword: true } or { HasPassword: true }, { HasPassword: false }) =>
            Failed("credentials", $"{present} could not follow {name}, which may ask for a password: masterauth is not set on {present}") with { Next = $"On {present}: CONFIG SET masterauth, as on {name}" },
        ({ HasUser: true }, { HasUser: false }) => Failed("credentials", $"{present} could not follow {name}, where it would log in as a user: masteruser is not set on {present}") with { Next = $"On {present}: CONFIG SET masteruser, as on {name}" },
        _ when own.Tls != its.Tls => Failed("credentials", $"tls-replication is {(own.Tls ? "yes" : "no")} on {name} and {(its.Tls ? "yes" : "no")} on {present}: one could not follow the other"),
        _ => Passed("credentials", $"{present} can log in to {name} as its replica"),
    };

    private static Guard Cluster(string name, RedisFacts target) => target.Cluster
        ? Failed("cluster", $"{name} is in cluster mode, where slots decide who is primary") with { Next = "Use CLUSTER FAILOVER there; a switch is for a primary and its replicas." }
        : Passed("cluster", $"{name} is not in cluster mode");

    private static Guard Loading(string name, RedisFacts target) => target.Loading
        ? Failed("loading", $"{name} is loading its data")
        : Passed("loading", $"{name} has loaded its data");

    /// <summary>A primary that was started without its data, and a replica that has lost its own to it, look healthy. Whoever has none is not sent clients while the other has some.</summary>
    private static Guard Empty(string name, RedisFacts target, string present, RedisFacts? primary) => primary switch
    {
        { Keys: > 0 } when target.Keys == 0 => Failed("empty", string.Create(CultureInfo.InvariantCulture, $"{name} is empty, and {present} has {primary.Keys} {(primary.Keys == 1 ? "key" : "keys")}")),
        { Keys: 0 } when target is { IsReplica: true, Keys: > 0 } => Failed("empty", $"{present} is empty, and its replica {name} has {Text(target.Keys)} {(target.Keys == 1 ? "key" : "keys")}: was {present} started without its data?"),
        _ => Passed("empty", string.Create(CultureInfo.InvariantCulture, $"{name} has {target.Keys} keys")),
    };

    /// <summary>A present primary that is down takes all of these answers with it: what it was written last is known to nobody. What was known of it last is said.</summary>
    private static Guard CannotCompare(GuardQuestion question, RedisFacts target, TargetState present)
    {
        var name = question.Target.Name;
        var state = question.PresentProbe switch
        {
            { Health: Health.Healthy } or null => $"{present.Name} is no Redis",
            { Health: Health.Unhealthy } down => $"{present.Name} is down ({down.Reason})",
            var unknown => $"{present.Name} {unknown.Reason}",
        };
        var last = present is { Known: RedisFacts primary, KnownAt: { } at } && target.BehindOf(primary) is { } behind
            ? $" (last known lag {Sizes.Show(behind)}, {Text(question.Probe.At - at)} ago)"
            : "";
        return new Guard(Guard.Replication, GuardVerdict.Unknown, $"{state}, so lost writes can't be ruled out{last}") { Next = $"If {present.Name} is surely dead: {GuardRules.Forced(name)}" };
    }

    private static Guard Replicates(GuardQuestion question, RedisFacts target, RedisFacts primary, TargetState present)
    {
        var name = question.Target.Name;
        return target switch
        {
            { IsReplica: false } when primary.IsReplica && primary.ReplId == target.ReplId => Passed(Guard.Replication, $"{name} is the primary, and {present.Name} is its replica"),
            { IsReplica: false } when target.Succeeds(primary) => Passed(Guard.Replication, $"{name} was promoted in the place of {present.Name}"),
            { IsReplica: false } => Failed(Guard.Replication, $"{name} is a primary with a history of its own: what {present.Name} has written is not there") with
            {
                Next = $"To have it follow {present.Name}, and lose what only it has, on {name}: REPLICAOF {present.Configuration.Address.Host} {Text(present.Configuration.Address.Port)}",
            },
            { Upstream: { } up } when primary.IsReplica => Failed(Guard.Replication, $"{name} is a replica of {Say(up)}, and {present.Name} is a replica too: nobody of them is the primary"),
            { Upstream: { Syncing: true } up } => Failed(Guard.Replication, $"{name} is still copying all data from {Say(up)}"),
            { Upstream: { Up: false } up } => Failed(Guard.Replication, $"{name} is a replica of {Say(up)}, and not connected to it") with { Next = $"Its log says why: look at masterauth and the network on {name}." },
            { Upstream: { } up } when !target.Follows(present.Configuration, present.Address, primary, question.Target.Address) => Failed(Guard.Replication, $"{name} is a replica of {Say(up)}, and {present.Name} is at {present.Configuration.Address}") with
            {
                Next = $"To have it follow {present.Name}, on {name}: REPLICAOF {present.Configuration.Address.Host} {Text(present.Configuration.Address.Port)}",
            },
            _ when target.ReplId != primary.ReplId => Failed(Guard.Replication, $"{name} has not the same history as {present.Name} ({target.History}, and {primary.History})"),
            { Upstream.LastHeard: { } ago } when ago > Silence(primary) => Failed(Guard.Replication, $"{name} has heard nothing from {present.Name} for {Text(ago)}, although its link stands"),
            _ => Passed(Guard.Replication, $"{name} is a replica of {present.Name}, and connected"),
        };
    }

    // A primary with nothing to say sends a ping in each period.
    private static TimeSpan Silence(RedisFacts primary) => (primary.Settings?.Replication?.PingPeriod ?? TimeSpan.FromSeconds(10)) + TimeSpan.FromSeconds(2);

    private static Guard Writable(GuardQuestion question, RedisFacts target, RedisDatabase settings)
    {
        var (name, present) = (question.Target.Name, question.Present?.Name);
        return target switch
        {
            { TakesWrites: true } => Passed("writable", $"{name} takes writes"),

            // The way back from a promotion that could not be finished: what was to follow it is a replica still, so that nothing was written there.
            { IsReplica: false, Mark: not null } when settings.Promote == Promotion.Self && question.PresentProbe is { Health: Health.Healthy, Facts: RedisFacts { IsReplica: true } after } && after.ReplId == target.ReplId =>
                Passed("writable", $"{name} is closed to writes, and will be opened: {present} was not promoted in its place"),
            { IsReplica: false } => Failed("writable", $"{name} {target.WhyNoWrites}") with { Next = target.HowToTakeWrites },
            _ when settings.Promote == Promotion.Follow => Failed("writable", $"{name} is a replica, and \"promote: follow\" leaves promoting to others") with { Next = "Promote it there (SENTINEL FAILOVER): clients follow by themselves." },
            _ when settings.Promote == Promotion.None => Failed("writable", $"{name} is a replica, and \"promote: none\" leaves it one") with { Next = "Promote it first, or set \"promote: self\"." },
            _ when present is null => Failed("writable", $"{name} is a replica, and none is selected whose place it could take"),
            _ when settings.Promote == Promotion.Hook => Passed("writable", $"{name} is a replica, and the hook will promote it"),
            _ => Passed("writable", $"{name} is a replica, and will be promoted"),
        };
    }

    private static string Say(RedisUpstream up) => $"{up.Host}:{Text(up.Port)}";

    private static Guard Passed(string name, string words) => new(name, GuardVerdict.Passed, words);

    private static Guard Failed(string name, string words) => new(name, GuardVerdict.Failed, words);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Text(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.#} s");
}
