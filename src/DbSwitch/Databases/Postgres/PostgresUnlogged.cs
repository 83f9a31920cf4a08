using System.Globalization;
using DbSwitch.Configuration.Values;

namespace DbSwitch.Databases.Postgres;

/// <summary>What the unlogged tables of one database hold. It is in no log, so that a replica has the tables, and nothing in them.</summary>
/// <param name="Relations">Tables and indexes that hold more than an empty one.</param>
public sealed record PostgresUnlogged(string Database, int Relations, long Bytes)
{
    // By their files: an unlogged one has an initial fork beside the main one, and what is in it makes the main one the longer of the two. So no database has to be connected to.
    private const string Question =
        """
        SELECT f.datname::text, count(*)::int, sum(f.main)::bigint FROM (
            SELECT d.datname, (pg_stat_file(d.dir || '/' || substring(n FROM '^([0-9]+)_init$'), true)).size AS main, (pg_stat_file(d.dir || '/' || n, true)).size AS init
            FROM (SELECT datname, 'base/' || oid AS dir FROM pg_database
                  UNION ALL
                  SELECT o.datname, 'pg_tblspc/' || t.oid || '/' || v || '/' || o.oid
                  FROM pg_tablespace t, pg_ls_dir('pg_tblspc/' || t.oid, true, false) v, pg_database o WHERE t.spcname NOT IN ('pg_default', 'pg_global')) d, pg_ls_dir(d.dir, true, false) n
            WHERE n ~ '^[0-9]+_init$') f
        WHERE f.main > f.init GROUP BY f.datname ORDER BY f.datname
        """;

    /// <summary>Needs the right to call pg_ls_dir and pg_stat_file.</summary>
    /// <exception cref="DatabaseException">It was not answered, and why.</exception>
    internal static Task<IReadOnlyList<PostgresUnlogged>> AskAsync(PostgresSession session, CancellationToken cancel) => session.QueryAsync<IReadOnlyList<PostgresUnlogged>>(Question, async reader =>
    {
        var found = new List<PostgresUnlogged>();
        while (await reader.ReadAsync(cancel).ConfigureAwait(false))
        {
            found.Add(new PostgresUnlogged(reader.GetString(0), reader.GetInt32(1), reader.GetInt64(2)));
        }

        return found;
    }, cancel);

    /// <summary>As in "unlogged tables (2 of database orders with 80 kB)".</summary>
    internal static string Say(IEnumerable<PostgresUnlogged> all) =>
        $"unlogged tables ({string.Join(", ", all.Select(u => string.Create(CultureInfo.InvariantCulture, $"database {u.Database}: {Sizes.Show(u.Bytes)} in {u.Relations} {(u.Relations == 1 ? "table or index" : "tables and indexes")}")))})";
}
