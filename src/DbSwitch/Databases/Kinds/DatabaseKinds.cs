using DbSwitch.Configuration;
using DbSwitch.Configuration.Binding;
using DbSwitch.Databases.MySql;
using DbSwitch.Databases.Postgres;
using DbSwitch.Databases.Redis;
using DbSwitch.Databases.Tcp;

namespace DbSwitch.Databases.Kinds;

/// <summary>The kinds of databases, each a folder of its own and a line here.</summary>
public sealed class DatabaseKinds
{
    private readonly IReadOnlyList<IDatabaseKind> _kinds;

    /// <param name="kinds">The first is what a target is that names no kind.</param>
    internal DatabaseKinds(params IReadOnlyList<IDatabaseKind> kinds) => (_kinds, Binders) = (kinds, new DatabaseBinders([.. kinds.Select(k => k.Binder)]));

    /// <summary>Every kind that is known.</summary>
    public static DatabaseKinds Known { get; } = new(
        TcpKind.Instance,
        PostgresKind.Instance,
        MySqlKind.Instance,
        RedisKind.Instance);

    /// <summary>What reads them from the configuration file.</summary>
    public DatabaseBinders Binders { get; }

    internal IDatabaseKind Of(TargetConfiguration target) => _kinds.FirstOrDefault(k => k.Binder.Kind == target.Database.Kind)
        ?? throw new ArgumentOutOfRangeException(nameof(target), $"{target.Database.Kind} is no kind of database.");
}
