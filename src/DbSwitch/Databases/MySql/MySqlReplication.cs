using System.Globalization;
using System.Net;

namespace DbSwitch.Databases.MySql;

/// <summary>The statements by which a server stops being a replica, or becomes one.</summary>
internal static class MySqlReplication
{
    // What is being applied is brought to an end first.
    private const uint StopSeconds = 10;
    private const string None = "";

    /// <summary>It receives nothing any more, applies what it has, and is no replica after that. May be called twice.</summary>
    /// <exception cref="DatabaseException">It is one still, and why.</exception>
    public static async Task EndAsync(MySqlSession session, CancellationToken cancel)
    {
        foreach (var up in await MySqlQuestion.UpstreamsAsync(session, cancel).ConfigureAwait(false))
        {
            await session.ExecuteAsync(session.IsMariaDb ? $"STOP SLAVE {Quoted(up.Channel)} IO_THREAD" : $"STOP REPLICA IO_THREAD FOR CHANNEL {Quoted(up.Channel)}", cancel, StopSeconds).ConfigureAwait(false);
            await ApplyAllAsync(session, up.Channel, cancel).ConfigureAwait(false);
            await StopAsync(session, up.Channel, cancel).ConfigureAwait(false);
            await session.ExecuteAsync(session.IsMariaDb ? $"RESET SLAVE {Quoted(up.Channel)} ALL" : $"RESET REPLICA ALL FOR CHANNEL {Quoted(up.Channel)}", cancel, StopSeconds).ConfigureAwait(false);
        }

        if (await MySqlQuestion.UpstreamsAsync(session, cancel).ConfigureAwait(false) is [var left, ..])
        {
            throw new DatabaseException(Health.Unknown, $"is still a replica of {left.Host}");
        }
    }

    public static Task StartAsync(MySqlSession session, string channel, CancellationToken cancel) =>
        session.ExecuteAsync(session.IsMariaDb ? $"START SLAVE {Quoted(channel)}" : $"START REPLICA FOR CHANNEL {Quoted(channel)}", cancel, StopSeconds);

    public static Task StopAsync(MySqlSession session, string channel, CancellationToken cancel) =>
        session.ExecuteAsync(session.IsMariaDb ? $"STOP SLAVE {Quoted(channel)}" : $"STOP REPLICA FOR CHANNEL {Quoted(channel)}", cancel, StopSeconds);

    /// <summary>It follows another one by identifiers from where it is. How the connection is protected stays as it was where it was a replica.</summary>
    /// <param name="before">The channel that it had; null for none.</param>
    public static async Task FollowAsync(MySqlSession session, string host, IPEndPoint address, string user, string password, MySqlUpstream? before, bool tls, CancellationToken cancel)
    {
        var maria = session.IsMariaDb;
        var word = maria ? "MASTER" : "SOURCE";
        var channel = before?.Channel ?? None;
        List<string> options =
        [
            $"{word}_HOST = {Quoted(host)}",
            string.Create(CultureInfo.InvariantCulture, $"{word}_PORT = {address.Port}"),
            $"{word}_USER = {Quoted(user)}",
            $"{word}_PASSWORD = {Quoted(password)}",
            maria ? "MASTER_USE_GTID = slave_pos" : "SOURCE_AUTO_POSITION = 1",
            string.Create(CultureInfo.InvariantCulture, $"{word}_CONNECT_RETRY = 1"),
        ];
        if (before is null || !before.Tls.Any(t => t.Key.Equals("Master_SSL_Allowed", StringComparison.OrdinalIgnoreCase)))
        {
            options.Add($"{word}_SSL = {(tls ? 1 : 0)}");
        }

        if (!maria && !tls)
        {
            // Without it an account with caching_sha2_password can't log in over a connection that is not encrypted.
            options.Add("GET_SOURCE_PUBLIC_KEY = 1");
        }

        var change = $"{(maria ? $"CHANGE MASTER {Quoted(channel)} TO" : "CHANGE REPLICATION SOURCE TO")} {string.Join(", ", options)}{(maria ? "" : $" FOR CHANNEL {Quoted(channel)}")}";

        // Sent as one: a manager that dies in between would leave a replica that stands still, and nobody could tell it from one that a person has stopped.
        await session.ExecuteAsync($"{change}; {(maria ? $"START SLAVE {Quoted(channel)}" : $"START REPLICA FOR CHANNEL {Quoted(channel)}")}", cancel, StopSeconds).ConfigureAwait(false);
    }

    public static string Quoted(string text) => $"'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal)}'";

    /// <summary>What it has received and not applied yet was confirmed to clients: it is not thrown away.</summary>
    /// <exception cref="DatabaseException">It can't be applied, and why.</exception>
    private static async Task ApplyAllAsync(MySqlSession session, string channel, CancellationToken cancel)
    {
        for (var starts = 0; (await MySqlQuestion.UpstreamsAsync(session, cancel).ConfigureAwait(false)).FirstOrDefault(u => u.Channel == channel) is { Received.Length: > 0 } up && !await MySqlCatchUp.HasAsync(session, up.Received, cancel).ConfigureAwait(false);)
        {
            if (up.Applies == "Yes")
            {
                continue;
            }

            // Somebody has stopped it before it was done, perhaps we.
            if (starts++ > 0)
            {
                throw new DatabaseException(Health.Unknown, $"can't apply what it has received ({up.Says})");
            }

            await session.ExecuteAsync(session.IsMariaDb ? $"START SLAVE {Quoted(channel)} SQL_THREAD" : $"START REPLICA SQL_THREAD FOR CHANNEL {Quoted(channel)}", cancel, StopSeconds).ConfigureAwait(false);
        }
    }
}
