using DbSwitch.Configuration;
using DbSwitch.Databases.Postgres;
using DbSwitch.Databases.Tcp;

namespace DbSwitch.Databases;

/// <summary>A database of a kind that is in no list: the simulation's.</summary>
internal interface IBringsItsKind
{
    IDatabaseKind Brought { get; }
}

/// <summary>Every kind of database that is known.</summary>
internal static class DatabaseKinds
{
    public static IDatabaseKind Of(TargetConfiguration target) => target.Database switch
    {
        TcpDatabase => TcpKind.Instance,
        PostgresDatabase => PostgresKind.Instance,
        IBringsItsKind own => own.Brought,
        var other => throw new ArgumentOutOfRangeException(nameof(target), $"{other.Kind} is no kind of database."),
    };
}
