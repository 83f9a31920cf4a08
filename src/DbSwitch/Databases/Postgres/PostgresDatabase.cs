using DbSwitch.Configuration;

namespace DbSwitch.Databases.Postgres;

/// <summary>PostgreSQL, asked over SQL.</summary>
/// <param name="User">Who asks: a member of pg_monitor; to promote, a superuser.</param>
/// <param name="Password">Null where the server asks for none.</param>
/// <param name="Database">The maintenance database to connect to.</param>
public sealed record PostgresDatabase(string User, Secret? Password, string Database) : AskedDatabase("postgres", User, Password)
{
    /// <summary>How old the oldest transaction of the present primary may be when a switchover begins: it would be lost. Default 1 minute; 0 to 24 h.</summary>
    public TimeSpan MaxTransactionAge { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>What is in unlogged tables may be lost by a switchover that promotes: no replica has it. Default false: such a switchover is refused while there is anything in them.</summary>
    public bool LoseUnlogged { get; init; }
}
