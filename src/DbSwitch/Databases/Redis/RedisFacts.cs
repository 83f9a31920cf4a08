using System.Globalization;
using System.Net;
using DbSwitch.Configuration;

namespace DbSwitch.Databases.Redis;

/// <summary>What a Redis or Valkey server tells about itself.</summary>
/// <param name="Product">Redis or Valkey.</param>
/// <param name="RunId">Another one after each start.</param>
/// <param name="ReplId">The history that its data belong to: a replica has its primary's, and a promotion begins a new one.</param>
/// <param name="Offset">How far in that history: a primary has written it, a replica has applied it. In bytes.</param>
/// <param name="Keys">In all of its databases.</param>
public sealed record RedisFacts(string Product, string Version, string RunId, bool IsReplica, string ReplId, long Offset, long Keys) : DatabaseFacts
{
    /// <summary>The history before its last promotion; null where there was none since it was started.</summary>
    public string? FormerReplId { get; init; }

    /// <summary>Its data are the former history's up to here, exclusive.</summary>
    public long FormerEnd { get; init; }

    /// <summary>Whom a replica follows; null for a primary.</summary>
    public RedisUpstream? Upstream { get; init; }

    /// <summary>Whether it is a replica that takes no writes, or would be one.</summary>
    public bool ReplicaIsReadOnly { get; init; } = true;

    public bool Loading { get; init; }

    /// <summary>Slots decide there, not a primary and its replicas.</summary>
    public bool Cluster { get; init; }

    public long Clients { get; init; }

    public IReadOnlyList<RedisReplica> Replicas { get; init; } = [];

    /// <summary>The replicas that count for min-replicas-to-write; null where that is 0.</summary>
    public long? GoodReplicas { get; init; }

    /// <summary>Its configuration file, which keeps its role over a restart; null where it was started without one.</summary>
    public string? ConfigurationFile { get; init; }

    /// <summary>How many keys it found in its snapshot when it was started; null for a version that does not say.</summary>
    public long? LoadedKeys { get; init; }

    /// <summary>How many more were in it, and had expired while it was down.</summary>
    public long ExpiredKeys { get; init; }

    /// <summary>Whether it appends each write to a file.</summary>
    public bool Appends { get; init; }

    /// <summary>What its settings are; null where the user may not ask for them, or nobody has to know.</summary>
    public RedisSettings? Settings { get; init; }

    /// <summary>How many connections of Sentinels it has; null where nobody has asked.</summary>
    public int? Sentinels { get; init; }

    /// <summary>A switchover has closed it to writes, and which; null where none has.</summary>
    public RedisMark? Mark => Settings?.Mark;

    /// <summary>As people call it: Valkey 8.1.1.</summary>
    public string Server => $"{Product} {Version}";

    public override bool? TakesWrites => WhyNoWrites is null;

    public override string? WhyNoWrites => this switch
    {
        { IsReplica: true } => "is a replica",
        { Loading: true } => "is loading its data",
        { Mark: { } mark } => $"is closed to writes by a switchover of dbswitch (min-replicas-to-write is {mark.Value})",
        { Settings: { MinReplicas: > 0, MinReplicasMaxLag: > 0 } settings, GoodReplicas: { } there } when there < settings.MinReplicas =>
            string.Create(CultureInfo.InvariantCulture, $"refuses writes: min-replicas-to-write is {settings.MinReplicas}, and {(there == 0 ? "no replica is" : there == 1 ? "one replica is" : $"{there} replicas are")} connected"),
        _ => null,
    };

    public override string? HowToTakeWrites => this switch
    {
        { IsReplica: false, Mark: { } mark } => string.Create(CultureInfo.InvariantCulture, $"If no switchover is under way, on it: CONFIG SET min-replicas-to-write {mark.Old}"),
        { IsReplica: false, GoodReplicas: { } there } when WhyNoWrites is not null => string.Create(CultureInfo.InvariantCulture, $"Start its replicas, or on it: CONFIG SET min-replicas-to-write {there}"),
        _ => null,
    };

    public override bool FollowsAnother => IsReplica;

    public override string? History => $"history {ReplId[..Math.Min(8, ReplId.Length)]}";

    public override bool IsOfOneCluster(DatabaseFacts other) => other is RedisFacts redis && (redis.ReplId == ReplId || redis.FormerReplId == ReplId || FormerReplId == redis.ReplId);

    /// <summary>
    /// It was promoted out of the other's history, at or after what the other was known to have written; or the other follows it by now. What is empty took nobody's place who had data.
    /// </summary>
    public override bool Succeeds(DatabaseFacts before) => before is RedisFacts old && !(Keys == 0 && old.Keys > 0)
        && (WasPromotedFrom(old) || (old.IsReplica && ReplId == old.ReplId));

    /// <summary>
    /// It came back as another process, not at the place in its history where it was, and without its data: it has loaded none, or has less than half as many keys by now, also with those that expired while it was down. That clients have written some
    /// since, makes no difference.
    /// </summary>
    public override bool CameBackEmpty(DatabaseFacts before) => before is RedisFacts old && !IsReplica && !Loading && old.Keys > 0 && RunId != old.RunId && ReplId != old.ReplId && !WasPromotedFrom(old)
        && ((Keys + ExpiredKeys) * 2 < old.Keys || (LoadedKeys == 0 && ExpiredKeys == 0 && !Appends));

    /// <summary>As people say how much it has: 1 key, 12 keys.</summary>
    public override string? Amount => string.Create(CultureInfo.InvariantCulture, $"{Keys} {(Keys == 1 ? "key" : "keys")}");

    public override string Summary => string.Join(", ", ((string?[])
    [
        Upstream is { } up ? $"replica of {up.Host}:{up.Port.ToString(CultureInfo.InvariantCulture)}, {(up.Syncing ? "copying all of it" : up.Up ? "connected" : "not connected")}" : "primary",
        IsReplica ? ReplicaIsReadOnly ? null : "writable (replica-read-only is no)" : Mark is not null ? "closed to writes by dbswitch" : TakesWrites == true ? "writable" : "refuses writes",
        Loading ? "loading its data" : null,
        Keys == 0 ? "empty" : null,
        Cluster ? "cluster mode" : null,
        Server,
    ]).OfType<string>());

    public override IReadOnlyDictionary<string, string> Values => new Dictionary<string, string?>
    {
        ["role"] = IsReplica ? "replica" : "primary",
        ["writable"] = TakesWrites == true ? "true" : "false",
        ["closed"] = Mark is null ? "false" : "true",
        ["product"] = Product,
        ["version"] = Version,
        ["runId"] = RunId,
        ["replicationId"] = ReplId,
        ["position"] = Text(Offset),
        ["upstream"] = Upstream is { } up ? $"{up.Host}:{Text(up.Port)}" : null,
        ["keys"] = Text(Keys),
        ["clients"] = Text(Clients),
        ["standbys"] = Text(Replicas.Count),
    }.Where(v => v.Value is not null).ToDictionary(v => v.Key, v => v.Value!);

    /// <summary>It was a replica in that one's history, had all that is known to be in it, and began one of its own then.</summary>
    public bool WasPromotedFrom(RedisFacts old) => FormerReplId == old.ReplId && FormerEnd > old.Offset;

    /// <summary>How far a replica is behind a primary; null where they have no common history.</summary>
    public long? BehindOf(RedisFacts primary) => ReplId == primary.ReplId ? Math.Max(0, primary.Offset - Offset) : null;

    /// <summary>Whether this one is a replica of that one, by the address that it names, or by being among those that the other serves.</summary>
    public bool Follows(TargetConfiguration target, IPEndPoint? address, RedisFacts primary, IPEndPoint? own) => Upstream is { } up
        && ((up.Port == target.Address.Port && (string.Equals(up.Host, target.Address.Host, StringComparison.OrdinalIgnoreCase) || up.Host == address?.Address.ToString()))
            || (ReplId == primary.ReplId && primary.Replicas.Any(r => r.Online && r.Port == own?.Port && r.Host == own.Address.ToString())));

    /// <summary>Whether somebody who follows that one follows a replica of this one.</summary>
    public bool HasReplicaAt(RedisUpstream upstream) => Replicas.Any(r => r.Online && r.Port == upstream.Port && r.Host == upstream.Host);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <param name="Up">The link stands.</param>
/// <param name="Syncing">It gets a whole copy at the moment.</param>
/// <param name="LastHeard">When anything came from there last.</param>
public sealed record RedisUpstream(string Host, int Port, bool Up, bool Syncing, TimeSpan? LastHeard)
{
    /// <summary>For how long the link has not stood, as far as is known: at most since the replica was started. Null while it stands.</summary>
    public TimeSpan? DownFor { get; init; }
}

public sealed record RedisReplica(string Host, int Port, bool Online);

/// <summary>The settings of a server that a switchover depends on.</summary>
/// <param name="MinReplicas">min-replicas-to-write.</param>
/// <param name="MinReplicasMaxLag">min-replicas-max-lag; with 0 the other has no effect.</param>
public sealed record RedisSettings(long MinReplicas, long MinReplicasMaxLag)
{
    public RedisMark? Mark => RedisMark.Read(MinReplicas);

    /// <summary>The rest, asked for before a switchover; null in between.</summary>
    public RedisReplicationSettings? Replication { get; init; }
}

/// <param name="HasPassword">It logs in to its primary with a password (masterauth).</param>
/// <param name="HasUser">As a user (masteruser).</param>
/// <param name="AsksForPassword">The default user has a password (requirepass).</param>
/// <param name="Tls">Replication is encrypted.</param>
/// <param name="Saves">It saves snapshots.</param>
/// <param name="PingPeriod">How often a primary says that it is there.</param>
public sealed record RedisReplicationSettings(bool HasPassword, bool HasUser, bool AsksForPassword, bool Tls, bool Saves, TimeSpan PingPeriod);
