using DbSwitch.Configuration;
using DbSwitch.Databases.Postgres;
using DbSwitch.Databases.Tcp;

namespace DbSwitch.Databases;

/// <summary>Every kind of database that is known.</summary>
internal static class DatabaseKinds
{
    public static IDatabaseKind Of(TargetConfiguration target) => target.Database switch
    {
        TcpDatabase => TcpKind.Instance,
        PostgresDatabase => PostgresKind.Instance,
        var other => throw new ArgumentOutOfRangeException(nameof(target), $"{other.Kind} is no kind of database."),
    };
}
