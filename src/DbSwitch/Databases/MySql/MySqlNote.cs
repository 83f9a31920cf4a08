using System.Globalization;
using System.Net;

namespace DbSwitch.Databases.MySql;

/// <summary>
/// What is noted about a server that is closed to clients, in a table of ours (dbswitch.note): a row that every replica has too, so that whoever is promoted knows it. It is about the server whose
/// identity is in it, and about no other.
/// </summary>
/// <param name="By">Which switchover has closed it.</param>
/// <param name="Server">The identity of the server that was closed.</param>
internal sealed record MySqlNote(Closure By, string Server)
{
    /// <summary>It was read-only before, so that an undone switchover leaves it so.</summary>
    public bool WasReadOnly { get; init; }

    /// <summary>Its event scheduler ran, so that the new one's is to run.</summary>
    public bool Scheduler { get; init; }

    /// <summary>Its events that were enabled, one <c>schema.name</c> a line: the same are to run on the new one.</summary>
    public string Events { get; init; } = "";

    private const string Schema = "dbswitch";
    private const string Table = "note";
    private const int ClosedRow = 1;
    private const int LiveRow = 2;
    private const string Columns = "id, server, manager, switch_name, switchover, generation, next_name, next_address, was_read_only, scheduler, events, says, at";
    private const string Values = "@server, @manager, @switch, @switchover, @generation, @next, @address, @readonly, @scheduler, @events, @says, UTC_TIMESTAMP(6)";

    /// <summary>The table's definition: whoever does not let dbswitch create it creates it himself.</summary>
    private static readonly string Definition =
        $"""
        CREATE TABLE IF NOT EXISTS {Schema}.{Table} (id int PRIMARY KEY, server varchar(64) NOT NULL, manager varchar(64) NOT NULL, switch_name varchar(64) NOT NULL, switchover bigint NOT NULL, generation bigint NOT NULL,
        next_name varchar(64) NOT NULL, next_address varchar(64) NOT NULL, was_read_only tinyint NOT NULL, scheduler tinyint NOT NULL, events mediumtext NOT NULL, says varchar(255) NOT NULL, at datetime(6) NOT NULL) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4
        """;

    /// <summary>The note; null where there is none.</summary>
    /// <exception cref="DatabaseException">It was not answered, and why.</exception>
    public static async Task<MySqlNote?> ReadAsync(MySqlSession session, CancellationToken cancel) =>
        (await session.RowsIfThereAsync($"SELECT * FROM {Schema}.{Table} WHERE id = {ClosedRow}", cancel).ConfigureAwait(false)) is [var row]
            ? new MySqlNote(
                new Closure(row["manager"], row["switch_name"], Number(row["switchover"]), Number(row["generation"]), row["next_name"], IPEndPoint.TryParse(row["next_address"], out var at) ? at : null),
                row["server"])
            {
                WasReadOnly = row["was_read_only"] == "1",
                Scheduler = row["scheduler"] == "1",
                Events = row["events"],
            }
            : null;

    /// <summary>Where it is not there yet. Changes nothing where it is: a statement that does nothing would be replicated too.</summary>
    public static async Task CreateTableAsync(MySqlSession session, CancellationToken cancel)
    {
        if (await session.ScalarAsync($"SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA = '{Schema}' AND TABLE_NAME = '{Table}'", cancel).ConfigureAwait(false) == "0")
        {
            await session.ExecuteAsync($"CREATE DATABASE IF NOT EXISTS {Schema}", cancel).ConfigureAwait(false);
            await session.ExecuteAsync(Definition, cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Before it is closed: a server that can't write this is none that a switchover could be undone on.</summary>
    public Task WriteAsync(MySqlSession session, CancellationToken cancel) => WriteAsync(session, ClosedRow, this, "is closed to clients", cancel);

    /// <summary>It is not closed any more by this one; what another has noted since stays.</summary>
    public Task RemoveAsync(MySqlSession session, CancellationToken cancel) => session.ExecuteAsync(
        $"DELETE FROM {Schema}.{Table} WHERE id = {ClosedRow} AND manager = @manager AND switch_name = @switch AND generation = @generation",
        cancel,
        MySqlSession.CommandSeconds,
        ("@manager", By.Manager),
        ("@switch", By.Switch),
        ("@generation", By.Generation));

    /// <summary>A committed write: that is what clients want to do there.</summary>
    public static Task WriteLiveAsync(MySqlSession session, Closure by, string server, string says, CancellationToken cancel) => WriteAsync(session, LiveRow, new MySqlNote(by, server), says, cancel);

    private static Task WriteAsync(MySqlSession session, int row, MySqlNote note, string says, CancellationToken cancel) => session.ExecuteAsync(
        string.Create(CultureInfo.InvariantCulture, $"REPLACE INTO {Schema}.{Table} ({Columns}) VALUES ({row}, {Values})"),
        cancel,
        MySqlSession.CommandSeconds,
        ("@server", note.Server),
        ("@manager", note.By.Manager),
        ("@switch", note.By.Switch),
        ("@switchover", note.By.Switchover),
        ("@generation", note.By.Generation),
        ("@next", note.By.Next),
        ("@address", note.By.NextAddress?.ToString() ?? ""),
        ("@readonly", note.WasReadOnly),
        ("@scheduler", note.Scheduler),
        ("@events", note.Events),
        ("@says", says));

    private static long Number(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
