namespace DbSwitch.Configuration;

/// <summary>What is behind a target's address: each kind of database has a record of its own, beside its other code.</summary>
/// <param name="Kind">As in the file.</param>
public abstract record DatabaseConfiguration(string Kind)
{
    /// <summary>Somebody else promotes, and clients follow by themselves.</summary>
    public virtual bool Follows => false;

    /// <summary>A switchover promotes it: we do, or a program of the operator's does.</summary>
    public virtual bool Promotes => false;

    /// <summary>Clients are kept from it when it comes back without its data.</summary>
    public virtual bool HoldsWhenEmpty => false;
}

/// <summary>Nothing is known of it but that it accepts connections: what a target is that names no kind.</summary>
public sealed record TcpDatabase() : DatabaseConfiguration("tcp");

/// <summary>A database that is asked over a login: what all such kinds have in common.</summary>
/// <param name="User">Who asks.</param>
/// <param name="Password">Null where the server asks for none.</param>
public abstract record AskedDatabase(string Kind, string User, Secret? Password) : DatabaseConfiguration(Kind)
{
    /// <summary>How the connection is protected. Default: encrypted, and certificate and name are verified.</summary>
    public DatabaseTls Tls { get; init; } = DatabaseTls.VerifyFull;

    /// <summary>Absolute path of a PEM file with the authorities that may have signed the server's certificate; null for the system's.</summary>
    public string? AuthorityFile { get; init; }

    /// <summary>How many bytes a replica may be behind when a switchover to it begins. Default 16 MB; 0 to 1 TB.</summary>
    public long MaxLag { get; init; } = 16 * 1024 * 1024;

    /// <summary>Absolute path of the program that promotes; null unless <see cref="Promote"/> says so.</summary>
    public string? HookFile { get; init; }

    public override bool Follows => Promote == Promotion.Follow;

    public override bool Promotes => Promote is Promotion.Hook or Promotion.Self;

    /// <summary>Who makes a primary of the replica that is selected. Default: nobody, so that only a primary can be selected.</summary>
    public Promotion Promote { get; init; } = Promotion.None;
}

/// <summary>As libpq's <c>sslmode</c> has them, without those that give in silently.</summary>
public enum DatabaseTls
{
    Disable,

    /// <summary>Encrypted, and nobody knows with whom.</summary>
    Require,

    /// <summary>The certificate must be signed by a known authority.</summary>
    VerifyCa,

    /// <summary>And be made out to the target's host.</summary>
    VerifyFull,
}

public enum Promotion
{
    /// <summary>A person, or something else, beforehand.</summary>
    None,

    /// <summary>Something else does (Patroni, repmgr, a person), and clients follow.</summary>
    Follow,

    /// <summary>A program of the operator's does, in the switchover's Database phase.</summary>
    Hook,

    /// <summary>We do, in the switchover's Database phase.</summary>
    Self,
}

/// <summary>A value that must not turn up in a log, an answer or a page.</summary>
public sealed record Secret(string Value)
{
    public override string ToString() => "(hidden)";
}
