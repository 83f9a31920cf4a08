using System.Globalization;
using DbSwitch.Configuration.Values;

namespace DbSwitch.Databases.Postgres;

/// <summary>What a PostgreSQL server tells about itself, read in one go.</summary>
/// <param name="SystemIdentifier">The same for a primary and all that were made from it.</param>
/// <param name="Position">A primary: how far its write-ahead log is written; a replica: how far it has replayed it. In bytes since the beginning.</param>
/// <param name="ReadOnly">Its transactions are read-only unless they say otherwise; a replica's always are.</param>
/// <param name="Superuser">Whether the role that asks is one.</param>
public sealed record PostgresFacts(string SystemIdentifier, string Version, bool IsReplica, int Timeline, long Position, bool ReadOnly, bool Superuser) : DatabaseFacts
{
    /// <summary>It was closed to clients by a switchover that promoted another one.</summary>
    public bool Closed => ClosedBy is not null;

    /// <summary>Where a replica streams from; null for a primary, and for a replica that does not stream.</summary>
    public PostgresUpstream? Upstream { get; init; }

    /// <summary>The time of what a replica has received and not replayed yet; zero when it has replayed all it has.</summary>
    public TimeSpan? ReplayDelay { get; init; }

    /// <summary>How long a replica keeps commits back on purpose (recovery_min_apply_delay). They count for nothing in bytes.</summary>
    public TimeSpan AppliesAfter { get; init; }

    /// <summary>A person has stopped the replay.</summary>
    public bool ReplayPaused { get; init; }

    /// <summary>The oldest transaction's age; null when there is none.</summary>
    public TimeSpan? OldestTransaction { get; init; }

    public int PreparedTransactions { get; init; }

    public int Clients { get; init; }

    /// <summary>The replicas that stream from it.</summary>
    public IReadOnlyList<PostgresStandby> Standbys { get; init; } = [];

    /// <summary>For whom its transactions are read-only unless they say otherwise although the server is not, as in "database orders, role app"; null for nobody.</summary>
    public string? ReadOnlyFor { get; init; }

    /// <summary>Transactions that are open and whose age nobody is told (track_activities is off for them).</summary>
    public int HiddenTransactions { get; init; }

    /// <summary>For whom its commits wait (synchronous_standby_names); empty for nobody.</summary>
    public string SynchronousNames { get; init; } = "";

    /// <summary>What a commit waits for, as PostgreSQL has it.</summary>
    public string SynchronousCommit { get; init; } = "on";

    /// <summary>Whether the role that asks may look at the server's files.</summary>
    public bool ReadsFiles { get; init; }

    /// <summary>What its unlogged tables hold, by database; empty for nothing. Null where that is not known: of a replica, and where the role may not look at files.</summary>
    public IReadOnlyList<PostgresUnlogged>? Unlogged { get; init; }

    /// <summary>Where its files are, as it says; null where the role may not know.</summary>
    public string? DataDirectory { get; init; }

    public string? ConfigurationFile { get; init; }

    /// <summary>As whom it streamed when it was a replica, or would; null where that is not known.</summary>
    public string? ReplicationUser { get; init; }

    public override bool? TakesWrites => !IsReplica && !ReadOnly && !Closed;

    public override string? WhyNoWrites => this switch
    {
        { IsReplica: true } => "is a replica",
        { ClosedBy: { } by } => $"is closed to clients by {by.Who}, since {(by.Next.Length > 0 ? by.Next : "another one")} was to take its place",
        { ReadOnly: true } => "is read-only (default_transaction_read_only is on)",
        _ => null,
    };

    public override string? HowToTakeWrites => this is { IsReplica: false, Closed: false, ReadOnly: true } ? "On it: ALTER SYSTEM RESET default_transaction_read_only; SELECT pg_reload_conf();" : null;

    public override string? WhyCommitsWait => IsReplica || Closed ? null : PostgresSynchronous.WhyCommitsWait(this);

    public override bool FollowsAnother => IsReplica;

    public override string? History => string.Create(CultureInfo.InvariantCulture, $"timeline {Timeline}");

    public override bool IsOfOneCluster(DatabaseFacts other) => other is PostgresFacts postgres && postgres.SystemIdentifier == SystemIdentifier;

    // A promotion begins a new timeline. One that has rejoined since is on the same.
    public override bool Succeeds(DatabaseFacts before) => before is PostgresFacts old && old.SystemIdentifier == SystemIdentifier && (Timeline > old.Timeline || (Timeline == old.Timeline && old.IsReplica));

    public override string Summary => string.Join(", ", ((string?[])
    [
        IsReplica ? Upstream is { } up ? $"replica of {up.Host}:{up.Port.ToString(CultureInfo.InvariantCulture)}, {up.Status}" : "replica that does not stream" : "primary",
        IsReplica ? null : Closed ? "closed to clients by dbswitch" : ReadOnly ? "read-only" : ReadOnlyFor is null ? "writable" : $"writable (read-only for {ReadOnlyFor})",
        IsReplica && ReplayPaused ? "replay is paused" : null,
        string.Create(CultureInfo.InvariantCulture, $"timeline {Timeline}"),
        $"PostgreSQL {Version}",
    ]).OfType<string>());

    public override IReadOnlyDictionary<string, string> Values => new Dictionary<string, string?>
    {
        ["role"] = IsReplica ? "replica" : "primary",
        ["writable"] = !IsReplica && !ReadOnly && !Closed ? "true" : "false",
        ["closed"] = Closed ? "true" : "false",
        ["readOnlyFor"] = ReadOnlyFor,
        ["systemIdentifier"] = SystemIdentifier,
        ["version"] = Version,
        ["timeline"] = Text(Timeline),
        ["position"] = Text(Position),
        ["upstream"] = Upstream is { } up ? $"{up.Host}:{Text(up.Port)}" : null,
        ["streamingSeconds"] = Upstream is { Streaming: true } streaming ? Seconds(streaming.For) : null,
        ["replayDelaySeconds"] = ReplayDelay is { } delay ? Seconds(delay) : null,
        ["oldestTransactionSeconds"] = OldestTransaction is { } age ? Seconds(age) : null,
        ["preparedTransactions"] = Text(PreparedTransactions),
        ["clients"] = Text(Clients),
        ["standbys"] = Text(Standbys.Count),
    }.Where(v => v.Value is not null).ToDictionary(v => v.Key, v => v.Value!);

    /// <summary>How far a replica is behind a primary.</summary>
    public long BehindOf(PostgresFacts primary) => Math.Max(0, primary.Position - Position);

    public static string Show(long bytes) => Sizes.Show(bytes);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);
}

/// <param name="Status">As PostgreSQL has it: streaming, or on its way there.</param>
/// <param name="For">Since the process that receives was started.</param>
public sealed record PostgresUpstream(string Host, int Port, string Status, TimeSpan For, string? Slot)
{
    public bool Streaming => Status == "streaming";
}

/// <param name="Address">Null over a Unix socket.</param>
/// <param name="State">As PostgreSQL has it: startup, catchup, streaming, backup.</param>
public sealed record PostgresStandby(string? Address, string State, string? Slot)
{
    /// <summary>As it calls itself (application_name), which is what synchronous_standby_names has.</summary>
    public string Name { get; init; } = "";

    public bool Streaming => State == "streaming";
}
