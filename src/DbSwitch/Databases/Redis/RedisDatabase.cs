using DbSwitch.Configuration;

namespace DbSwitch.Databases.Redis;

/// <summary>Redis or Valkey, asked over its own protocol.</summary>
/// <param name="User">Who asks: an ACL user, or "default".</param>
/// <param name="Password">Null where the server asks for none.</param>
public sealed record RedisDatabase(string User, Secret? Password) : AskedDatabase("redis", User, Password)
{
    /// <summary>The user that every server has, and that has no password where none is set.</summary>
    public const string DefaultUser = "default";

    /// <summary>What becomes of clients when the selected server comes back without its data. Default: they wait, and a person decides.</summary>
    public OnEmpty OnEmpty { get; init; } = OnEmpty.Hold;

    public override bool HoldsWhenEmpty => OnEmpty == OnEmpty.Hold;
}

public enum OnEmpty
{
    /// <summary>None is selected any more: clients wait, and get no answer, rather than an empty database.</summary>
    Hold,

    /// <summary>Clients stay: it is a cache, and fills again.</summary>
    Serve,
}
