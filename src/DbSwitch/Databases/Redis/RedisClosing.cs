using System.Globalization;

namespace DbSwitch.Databases.Redis;

/// <summary>
/// Closes a server to writes and opens it again. Two things at once: no write is executed while min-replicas-to-write asks for more replicas than anybody has, and that lasts until it is set back; and a
/// pause keeps even expiring keys where they are, so that whoever was promoted from it has the same history, and this one can follow it without a whole copy. The pause ends by itself.
/// </summary>
internal static class RedisClosing
{
    // A pause can't be shortened, only ended: long enough for a switchover, short enough for who finds himself in one that nobody ends.
    private const string PauseMilliseconds = "10000";

    /// <exception cref="DatabaseException">It is not closed, or not for certain, and why.</exception>
    public static async Task CloseAsync(RedisSession session, RedisMark mark, CancellationToken cancel)
    {
        await session.AskAsync(cancel, "CONFIG", "SET", "min-replicas-to-write", mark.Value).ConfigureAwait(false);
        await PauseAsync(session, cancel).ConfigureAwait(false);
    }

    /// <summary>The same again lets it last from now on.</summary>
    public static Task PauseAsync(RedisSession session, CancellationToken cancel) => session.AskAsync(cancel, "CLIENT", "PAUSE", PauseMilliseconds, "WRITE");

    /// <summary>Who is connected would find out by its next command that its primary is none any more; libraries that do not look stay for ever.</summary>
    public static async Task EndClientsAsync(RedisSession session, CancellationToken cancel)
    {
        await session.AskAsync(cancel, "CLIENT", "KILL", "TYPE", "normal").ConfigureAwait(false);
        await session.AskAsync(cancel, "CLIENT", "KILL", "TYPE", "pubsub").ConfigureAwait(false);
    }

    /// <summary>As it was before, and nobody waits any more; and as it is now it is kept over a restart, where that is asked for.</summary>
    /// <returns>Why it is not kept over a restart, fit to follow the target's name; null where it is, and where nobody asked.</returns>
    /// <exception cref="DatabaseException">It is not open, or not for certain, and why.</exception>
    public static async Task<string?> OpenAsync(RedisSession session, int old, bool keep, CancellationToken cancel)
    {
        // At once: a manager that is killed in between would leave it half done.
        string[][] commands = [["CONFIG", "SET", "min-replicas-to-write", old.ToString(CultureInfo.InvariantCulture)], ["CLIENT", "UNPAUSE"], .. keep ? (string[][])[["CONFIG", "REWRITE"]] : []];
        var answers = await session.TryAskAllAsync(commands, cancel).ConfigureAwait(false);
        for (var i = 0; i < 2; i++)
        {
            if (answers[i] is RespValue.Error error)
            {
                throw RedisTrouble.Of(error, commands[i], session.Server);
            }
        }

        return keep && answers[2] is RespValue.Error refused ? NotKept(refused) : null;
    }

    /// <returns>Why its role is not kept over a restart, fit to follow the target's name; null where it is.</returns>
    /// <exception cref="DatabaseException">It was not answered.</exception>
    public static async Task<string?> KeepAsync(RedisSession session, CancellationToken cancel) => await session.TryAskAsync(cancel, "CONFIG", "REWRITE").ConfigureAwait(false) is RespValue.Error refused ? NotKept(refused) : null;

    private static string NotKept(RespValue.Error refused) => $"does not keep its role over a restart: CONFIG REWRITE is refused ({refused.Message})";
}
