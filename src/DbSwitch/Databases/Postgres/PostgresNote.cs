using System.Globalization;
using System.Net;

namespace DbSwitch.Databases.Postgres;

/// <summary>What is written beside a database that is closed to clients, in words that a person can read there too (pg_db_role_setting).</summary>
/// <param name="Timeline">The timeline of the server that was closed: whoever was promoted from it is on a higher one, and has the note too.</param>
/// <param name="Claimed">The server was closed already, by somebody else; a person has said that it be opened all the same.</param>
internal sealed record PostgresNote(Closure By, int Timeline, bool Claimed)
{
    /// <summary>The setting's name.</summary>
    public const string Setting = "dbswitch.closed";

    /// <summary>What comes before the connection limit that the database had.</summary>
    public const string Limit = "limit ";

    /// <summary>All of it but the limit.</summary>
    public string Text => string.Create(CultureInfo.InvariantCulture, $"manager {By.Manager} switch {By.Switch} switchover {By.Switchover} generation {By.Generation} next {By.Next} {By.NextAddress?.ToString() ?? "-"} timeline {Timeline}{(Claimed ? " claimed" : "")} ");

    /// <summary>As it is read back; one that can't be understood says nothing of who wrote it.</summary>
    public static PostgresNote Read(string value)
    {
        var words = value.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words is ["manager", var manager, "switch", var name, "switchover", var id, "generation", var number, "next", var next, var address, "timeline", var line, ..]
            && long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var switchover)
            && long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var generation)
            && int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out var timeline)
            ? new PostgresNote(new Closure(manager, name, switchover, generation, next, IPEndPoint.TryParse(address, out var at) ? at : null), timeline, words.Contains("claimed"))
            : new PostgresNote(new Closure("", "", 0, 0, "", null), 0, false);
    }
}
