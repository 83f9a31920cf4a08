using System.Globalization;

namespace DbSwitch.Databases.MySql;

/// <summary>What a MySQL or MariaDB server tells about itself.</summary>
/// <param name="Identity">MySQL's server_uuid; on MariaDB, which has none, its server_id.</param>
/// <param name="ReadOnly">It refuses clients' writes (read_only).</param>
public sealed record MySqlFacts(bool IsMariaDb, string Version, string Identity, long ServerId, bool ReadOnly) : DatabaseFacts
{
    /// <summary>Its channels; any makes it a replica, also one that is stopped, and one that may be written to.</summary>
    public IReadOnlyList<MySqlUpstream> Upstreams { get; init; } = [];

    public bool IsReplica => Upstreams.Count > 0;

    /// <summary>All that it has: gtid_executed, on MariaDB gtid_binlog_state.</summary>
    public string Gtids { get; init; } = "";

    /// <summary>Why identifiers do not say what it has; null where they do.</summary>
    public string? WhyNoGtids { get; init; }

    /// <summary>Which of log_bin and log_replica_updates are off; null for none.</summary>
    public string? WhyNoBinlog { get; init; }

    /// <summary>super_read_only too (MySQL alone has it).</summary>
    public bool SuperReadOnly { get; init; }

    /// <summary>Of which cluster it is a part that has its own idea of who may write; null for none.</summary>
    public MySqlCluster? Cluster { get; init; }

    /// <summary>The hosts of the replicas that it sends to.</summary>
    public IReadOnlyList<string> Replicas { get; init; } = [];

    public TimeSpan? OldestTransaction { get; init; }

    public int PreparedTransactions { get; init; }

    public int Clients { get; init; }

    /// <summary>How many replicas must confirm a commit (semi-synchronous replication); 0 for none.</summary>
    public int WaitsForReplicas { get; init; }

    /// <summary>What the account that asks lacks so that it can switch, as privileges; empty for nothing.</summary>
    public IReadOnlyList<string> MissingRights { get; init; } = [];

    public bool Closed => ClosedBy is not null;

    /// <summary>Which switchover has closed it last and was not undone, also where a restart has opened it since; null for none.</summary>
    public Closure? NotedBy { get; init; }

    public override bool? TakesWrites => !IsReplica && !ReadOnly && Cluster is null or { TakesWrites: true };

    public override string? WhyNoWrites => this switch
    {
        { Cluster: { TakesWrites: false } cluster } => $"takes no writes ({cluster.Says})",
        { Cluster: not null, ReadOnly: false } => null,
        { IsReplica: true } => "is a replica",
        { ClosedBy: { } by } => $"is closed to clients by {by.Who}, since {(by.Next.Length > 0 ? by.Next : "another one")} was to take its place",
        { ReadOnly: true } => "is read-only (read_only is on)",
        _ => null,
    };

    public override string? HowToTakeWrites => this is { IsReplica: false, Closed: false, ReadOnly: true, Cluster: null } ? "On it: SET GLOBAL read_only = OFF; (and see what has set it: its configuration file, or a tool that watches over it)" : null;

    public override bool FollowsAnother => IsReplica;

    public override string? History => $"server_id {ServerId.ToString(CultureInfo.InvariantCulture)}";

    // Several nodes of one cluster may take writes, and what is written to one reaches the others.
    public override bool IsOfOneCluster(DatabaseFacts other) => other is MySqlFacts mysql && Cluster is null && mysql.Cluster is null && MySqlHistory.IsShared(this, mysql);

    public override bool Succeeds(DatabaseFacts before) => before is MySqlFacts old && ((Cluster is not null && Cluster.Name == old.Cluster?.Name) || (MySqlHistory.IsShared(this, old) && MySqlHistory.Lacks(this, old) is null));

    public override string Summary => string.Join(", ", ((string?[])
    [
        Cluster is { } cluster ? cluster.Says : IsReplica ? string.Join(" and ", Upstreams.Select(u => $"replica of {u.Host}:{Text(u.Port)}{(u.Streams ? "" : $" ({u.Says})")}")) : "primary",
        IsReplica ? ReadOnly ? null : "not read-only" : Closed ? "closed to clients by dbswitch" : ReadOnly ? "read-only" : "writable",
        $"server_id {Text(ServerId)}",
        $"{(IsMariaDb ? "MariaDB" : "MySQL")} {Version}",
    ]).OfType<string>());

    public override IReadOnlyDictionary<string, string> Values => new Dictionary<string, string?>
    {
        ["role"] = IsReplica ? "replica" : "primary",
        ["writable"] = TakesWrites == true ? "true" : "false",
        ["closed"] = Closed ? "true" : "false",
        ["product"] = IsMariaDb ? "mariadb" : "mysql",
        ["version"] = Version,
        ["identity"] = Identity,
        ["serverId"] = Text(ServerId),
        ["gtids"] = Gtids,
        ["upstream"] = Upstreams.Count > 0 ? string.Join(",", Upstreams.Select(u => $"{u.Host}:{Text(u.Port)}")) : null,
        ["secondsBehind"] = Upstreams is [{ Behind: { } behind }] ? Seconds(behind) : null,
        ["oldestTransactionSeconds"] = OldestTransaction is { } age ? Seconds(age) : null,
        ["preparedTransactions"] = Text(PreparedTransactions),
        ["clients"] = Text(Clients),
        ["standbys"] = Text(Replicas.Count),
        ["cluster"] = Cluster?.Says,
    }.Where(v => v.Value is not null).ToDictionary(v => v.Key, v => v.Value!);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);
}

/// <summary>A cluster that decides by itself who may write.</summary>
/// <param name="Name">Galera, or Group Replication.</param>
/// <param name="TakesWrites">Whether this node may take clients: a member of the majority, synced (Galera) or primary (Group Replication).</param>
/// <param name="Says">What it is, for people.</param>
public sealed record MySqlCluster(string Name, bool TakesWrites, string Says);
