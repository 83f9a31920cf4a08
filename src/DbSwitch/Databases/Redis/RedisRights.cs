namespace DbSwitch.Databases.Redis;

/// <summary>
/// Whether a user may do what a switchover needs, found out without doing any of it: in a transaction each command is judged when it is queued, and a transaction that is discarded has done nothing.
/// </summary>
internal static class RedisRights
{
    /// <summary>A key that nobody has: deleting it is refused like any other write, and changes nothing.</summary>
    public const string NoKey = "dbswitch:none";

    private static readonly string[][] s_needed =
    [
        ["CLIENT", "SETNAME", "dbswitch"],
        ["CLIENT", "LIST"],
        ["CLIENT", "KILL", "TYPE", "normal"],
        ["CLIENT", "PAUSE", "1", "WRITE"],
        ["CLIENT", "UNPAUSE"],
        ["CONFIG", "GET", "min-replicas-to-write"],
        ["CONFIG", "SET", "min-replicas-to-write", "0"],
        ["CONFIG", "REWRITE"],
        ["REPLICAOF", "NO", "ONE"],
        ["DEL", NoKey],
    ];

    /// <summary>What gives a user these commands.</summary>
    public static string Grant(string user, IEnumerable<IReadOnlyList<string>> commands) => $"ACL SETUSER {user} {string.Join(' ', commands.SelectMany(Rules).Distinct())}";

    /// <param name="session">Of no use for anything else afterwards, unless all can be done.</param>
    /// <returns>Why they can't be done, fit to follow the target's name, and what to type (null where nothing helps); null when all can be.</returns>
    /// <exception cref="DatabaseException">It was not answered.</exception>
    public static async Task<(string Why, string? Next)?> WhyNotAsync(RedisSession session, CancellationToken cancel)
    {
        var user = session.Server.Settings.User;
        var refused = new List<IReadOnlyList<string>>();
        var unknown = new List<string>();

        // Only when it has said yes to this is nothing that follows executed.
        if (await TryAsync(["MULTI"]).ConfigureAwait(false))
        {
            foreach (var command in s_needed)
            {
                await TryAsync(command).ConfigureAwait(false);
            }

            await TryAsync(["DISCARD"]).ConfigureAwait(false);
        }
        else
        {
            refused.Add(["DISCARD"]);
        }

        return unknown.Count > 0 ? ($"does not know {string.Join(", ", unknown)}: renamed or taken away there, as managed services do, and no switchover can promote without", null)
            : refused.Count > 0 ? ($"does not allow user {user} {string.Join(", ", refused.Select(RedisTrouble.Name))}", $"On {session.Server.Name}: {Grant(user, refused)}")
            : null;

        async Task<bool> TryAsync(IReadOnlyList<string> command)
        {
            var answer = await session.TryAskAsync(cancel, command).ConfigureAwait(false);
            if (answer is RespValue.Error { Word: "NOPERM" })
            {
                refused.Add(command);
            }
            else if (answer is RespValue.Error error && error.Message.Contains("unknown command", StringComparison.OrdinalIgnoreCase))
            {
                unknown.Add(RedisTrouble.Name(command));
            }
            else
            {
                // READONLY and the like speak of the moment, not of the right.
                return answer is not RespValue.Error;
            }

            return false;
        }
    }

    private static IEnumerable<string> Rules(IReadOnlyList<string> command) => RedisTrouble.Name(command).ToLowerInvariant().Replace(' ', '|') is var name && command[0] == "DEL" ? [$"+{name}", "~dbswitch:*"] : [$"+{name}"];
}
