using System.Globalization;

namespace DbSwitch.Databases.Postgres;

/// <summary>
/// The settings that every session of ours relies on. They are ours alone: what a role or a database has for its clients (a serializable isolation, which no replica answers under; a short patience; a path to
/// other functions than PostgreSQL's own) must not decide what is known of a server.
/// </summary>
internal static class PostgresSettings
{
    private static readonly Dictionary<string, string> Relied = new()
    {
        ["default_transaction_isolation"] = "read committed",
        ["search_path"] = "pg_catalog",
        ["statement_timeout"] = "0",
        ["lock_timeout"] = "0",
        ["idle_in_transaction_session_timeout"] = "0",
    };

    // Older servers do not know them, and would refuse the whole connection.
    private const string Newer = "'idle_session_timeout', 'transaction_timeout'";

    /// <summary>As part of the connection's first message: there is no statement before them.</summary>
    public static string ForStartup { get; } = string.Join(' ', Relied.Select(s => $"-c {s.Key}={s.Value.Replace(" ", "\\ ", StringComparison.Ordinal)}"));

    /// <summary>The same, said to a session that is open.</summary>
    public static string Afterwards { get; } = string.Join("; ", Relied.Select(s => $"SET {s.Key} = '{s.Value}'"));

    private static readonly string Verify =
        $"SELECT name, CASE WHEN name IN ({Newer}) THEN set_config(name, '0', false) ELSE setting END FROM pg_catalog.pg_settings WHERE name IN ({Newer}, {string.Join(", ", Relied.Keys.Select(k => $"'{k}'"))})";

    /// <summary>Sets what not every server knows, and reads back what was set.</summary>
    /// <exception cref="DatabaseException">The session has other settings.</exception>
    public static async Task VerifyAsync(PostgresSession session, CancellationToken cancel)
    {
        var found = await session.QueryAsync(Verify, async reader =>
        {
            var settings = new Dictionary<string, string>();
            while (await reader.ReadAsync(cancel).ConfigureAwait(false))
            {
                settings[reader.GetString(0)] = reader.GetString(1);
            }

            return settings;
        }, cancel).ConfigureAwait(false);
        if (Relied.Where(s => found.GetValueOrDefault(s.Key) != s.Value).Select(s => s.Key).ToList() is { Count: > 0 } other)
        {
            throw new DatabaseException(Health.Unknown, string.Create(CultureInfo.InvariantCulture, $"does not keep what a session is told ({string.Join(", ", other.Select(k => $"{k} is {found.GetValueOrDefault(k) ?? "not there"}"))}): is there a pooler in between? Name PostgreSQL's own address"));
        }
    }
}
