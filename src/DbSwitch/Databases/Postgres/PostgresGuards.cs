namespace DbSwitch.Databases.Postgres;

/// <summary>What must hold before clients go from one PostgreSQL to another. Pure.</summary>
internal static class PostgresGuards
{
    public static IEnumerable<Guard> Of(GuardQuestion question) => [];
}
