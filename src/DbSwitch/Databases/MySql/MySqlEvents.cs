namespace DbSwitch.Databases.MySql;

/// <summary>Scheduled events: a replica keeps them off, and stays so when it is promoted. Those that ran on the old one are to run on the new one, as whose they were.</summary>
internal static class MySqlEvents
{
    /// <summary>Those that run, one <c>schema.name</c> a line.</summary>
    public static async Task<string> EnabledAsync(MySqlSession session, CancellationToken cancel) =>
        string.Join('\n', (await session.RowsAsync("SELECT EVENT_SCHEMA AS a, EVENT_NAME AS b FROM information_schema.EVENTS WHERE STATUS = 'ENABLED'", cancel).ConfigureAwait(false)).Select(r => $"{r["a"]}.{r["b"]}"));

    /// <summary>The scheduler runs again (MariaDB's alone was stopped). One that was switched off for good when the server was started can't be: that keeps nobody from being served.</summary>
    public static async Task ScheduleAsync(MySqlSession session, string name, List<string> notes, CancellationToken cancel)
    {
        if (!session.IsMariaDb)
        {
            return;
        }

        try
        {
            await session.ExecuteAsync("SET GLOBAL event_scheduler = ON", cancel).ConfigureAwait(false);
        }
        catch (DatabaseException e) when (MySqlSession.NumberOf(e) > 0)
        {
            var note = $"! No events run on {name}: it {e.Message}. Take event_scheduler = DISABLED out of its configuration file and restart it, or do without events";
            if (!notes.Contains(note))
            {
                notes.Add(note);
            }
        }
    }

    /// <summary>Only those of them that a replica keeps off: what was disabled there stays so.</summary>
    public static async Task EnableAsync(MySqlSession session, string enabled, List<string> notes, CancellationToken cancel)
    {
        if (enabled.Length == 0)
        {
            return;
        }

        var names = enabled.Split('\n').ToHashSet(StringComparer.Ordinal);
        foreach (var row in await session.RowsAsync(
            "SELECT EVENT_SCHEMA AS a, EVENT_NAME AS b, DEFINER AS definer, CHARACTER_SET_CLIENT AS charset, COLLATION_CONNECTION AS collation FROM information_schema.EVENTS WHERE STATUS IN ('SLAVESIDE_DISABLED', 'REPLICA_SIDE_DISABLED')", cancel).ConfigureAwait(false))
        {
            if (!names.Contains($"{row["a"]}.{row["b"]}"))
            {
                continue;
            }

            try
            {
                // Whoever alters it becomes its definer, and its character set the session's, unless that is said.
                await session.ExecuteAsync($"SET SESSION character_set_client = {row["charset"]}, collation_connection = {row["collation"]}", cancel).ConfigureAwait(false);
                await session.ExecuteAsync($"ALTER DEFINER = {Account(row["definer"])} EVENT {Name(row["a"])}.{Name(row["b"])} ENABLE", cancel).ConfigureAwait(false);
            }
            catch (DatabaseException e)
            {
                // It keeps nobody from being served.
                notes.Add($"! The event {row["a"]}.{row["b"]} does not run on the new primary: it {e.Message}. On it: ALTER DEFINER = {Account(row["definer"])} EVENT {Name(row["a"])}.{Name(row["b"])} ENABLE;");
            }
        }

        await session.ExecuteAsync("SET NAMES utf8mb4", cancel).ConfigureAwait(false);
    }

    private static string Account(string definer) => definer.LastIndexOf('@') is > 0 and var at ? $"{Name(definer[..at])}@{Name(definer[(at + 1)..])}" : Name(definer);

    private static string Name(string name) => $"`{name.Replace("`", "``", StringComparison.Ordinal)}`";
}
