namespace DbSwitch.Databases;

/// <summary>Three-valued: what could not be found out is not assumed to be well, and not assumed to be ill.</summary>
public enum Health
{
    Healthy,

    /// <summary>Proven to serve nobody: nobody listens there. One that answers with a no of whatever kind is not proven to be so.</summary>
    Unhealthy,

    Unknown,
}

/// <summary>One look at a target's database, with what was seen.</summary>
/// <param name="Reason">Why it is not healthy, fit to follow the target's name; null when it is.</param>
/// <param name="Took">Until it answered, or until nobody waited any more.</param>
/// <param name="At">When the look ended.</param>
public sealed record Probe(Health Health, string? Reason, TimeSpan Took, DateTimeOffset At)
{
    /// <summary>Since when it is so, for the same reason.</summary>
    public DateTimeOffset Since { get; init; }

    /// <summary>What its kind tells; null for a kind that tells nothing, and when it could not be asked.</summary>
    public DatabaseFacts? Facts { get; init; }
}

/// <summary>What one kind of database told about itself.</summary>
public abstract record DatabaseFacts
{
    /// <summary>In one line, for people: what it is.</summary>
    public abstract string Summary { get; }

    /// <summary>All of it, by name, for programs.</summary>
    public abstract IReadOnlyDictionary<string, string> Values { get; }

    /// <summary>Whether it is a primary that clients may write to; null for a kind that can't tell.</summary>
    public virtual bool? TakesWrites => null;

    /// <summary>Why it takes no writes, fit to follow the target's name; null where it does, and for a kind that can't tell.</summary>
    public virtual string? WhyNoWrites => null;

    /// <summary>What to type so that it takes writes again, as a sentence; null where nothing is known.</summary>
    public virtual string? HowToTakeWrites => null;

    /// <summary>Why it takes writes and confirms none of them, fit to follow "commits on" and the target's name; null where it does, and for a kind that can't tell.</summary>
    public virtual string? WhyCommitsWait => null;

    /// <summary>It gets its data from another one.</summary>
    public virtual bool FollowsAnother => false;

    /// <summary>Whether both are made of one database: what is written to one could reach the other.</summary>
    public virtual bool IsOfOneCluster(DatabaseFacts other) => false;

    /// <summary>Which history it has, as in "timeline 7"; null for a kind that can't tell.</summary>
    public virtual string? History => null;

    /// <summary>Whether it took the place of another one, by what both say of themselves.</summary>
    public virtual bool Succeeds(DatabaseFacts before) => false;

    /// <summary>Whether it lost all of its data since then by being started again: clients would take it for what they had.</summary>
    public virtual bool CameBackEmpty(DatabaseFacts before) => false;

    /// <summary>How much is in it, as in "12 keys"; null for a kind that can't tell.</summary>
    public virtual string? Amount => null;

    /// <summary>Which switchover has closed it to clients; null where none has. A replica has the note of its primary, and is no less a replica for it.</summary>
    public Closure? ClosedBy { get; init; }

    /// <summary>Why it must not be asked again and again without need; null where asking harms nothing.</summary>
    public virtual string? WhyNotAskedAgain => null;
}
