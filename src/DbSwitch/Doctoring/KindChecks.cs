using DbSwitch.Databases.Tcp;

namespace DbSwitch.Doctoring;

/// <summary>What it means that a database which was recognised is known to dbswitch by its address alone (kind: tcp). Pure.</summary>
internal static class KindChecks
{
    public static IEnumerable<Finding> Check(string where, DatabaseProtocol protocol) => protocol switch
    {
        DatabaseProtocol.Postgres =>
        [
            new Finding(
                FindingLevel.Warning,
                where,
                "PostgreSQL answers here, and its kind is tcp: a replica can be selected, and its clients then get errors when they write",
                "write \"kind: postgres\" and a \"postgres:\" section (docs/postgresql.md): a replica is then promoted or refused, and lag, two primaries and an old primary that is no replica yet are seen"),
        ],
        DatabaseProtocol.MySql =>
        [
            new Finding(
                FindingLevel.Warning,
                where,
                "MySQL or MariaDB answers here, and its kind is tcp: a replica can be selected, and its clients then get errors when they write",
                "write \"kind: mysql\" and a \"mysql:\" section (docs/mysql.md): a replica is then promoted or refused, and lag, two primaries and an old primary that is no replica yet are seen"),
        ],
        DatabaseProtocol.Redis =>
        [
            new Finding(
                FindingLevel.Warning,
                where,
                "Redis or Valkey answers here, and its kind is tcp: a replica can be selected, and its clients then get errors when they write",
                "write \"kind: redis\" and a \"redis:\" section (docs/redis.md): a replica is then promoted or refused, the old primary follows it, and nobody is sent to an empty one"),
        ],
        _ => [],
    };
}
