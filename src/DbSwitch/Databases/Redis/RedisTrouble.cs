using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using DbSwitch.Configuration;

namespace DbSwitch.Databases.Redis;

/// <summary>What went wrong, in words that say whose fault it is and what to do. Unhealthy is one thing alone: nobody listens there.</summary>
internal static class RedisTrouble
{
    /// <summary>It could not be connected to.</summary>
    /// <param name="certificate">What was wrong with its certificate, or null.</param>
    public static DatabaseException OfOpening(Exception error, RedisDatabase settings, IPEndPoint address, string? certificate) => error switch
    {
        DatabaseException known => known,
        _ when certificate is not null => Unknown(certificate, error),
        SocketException { SocketErrorCode: SocketError.ConnectionRefused } => new DatabaseException(Health.Unhealthy, $"refuses connections at {address}", error),
        SocketException { SocketErrorCode: not SocketError.ConnectionReset } => Unknown($"can't be reached at {address} from the manager ({error.Message})", error),
        AuthenticationException or IOException when settings.Tls != DatabaseTls.Disable => Unknown($"offers no TLS at {address}, or none that could be agreed on ({error.Message}); \"tls: disable\" does without, where the network can be trusted", error),
        _ => OfConnection(error, [], address),
    };

    /// <summary>No whole answer came.</summary>
    public static DatabaseException OfConnection(Exception error, IReadOnlyList<string> command, IPEndPoint address) => error switch
    {
        InvalidDataException => Unknown($"sent something at {address} that is not the protocol of Redis", error),
        _ => Unknown($"closed the connection without an answer{(command.Count > 0 ? $" to {Name(command)}" : "")}: is it Redis or Valkey that listens at {address}, and with TLS?", error),
    };

    /// <summary>The server has refused a command.</summary>
    public static DatabaseException Of(RespValue.Error error, IReadOnlyList<string> command, RedisServer server)
    {
        var user = server.Settings.User;
        return Unknown(error.Word switch
        {
            "NOAUTH" => $"asks for a password, and the configuration has none for user {user} (\"password_file\" of its switch's \"redis\")",
            "WRONGPASS" => $"does not accept user {user} with this password (\"user\" and \"password\" of its switch's \"redis\")",
            "NOPERM" => $"does not allow user {user} the command {Name(command)}. On it: {RedisRights.Grant(user, [command])}",
            "LOADING" => "is loading its data",
            "MASTERDOWN" => "is a replica without a link to its primary",
            "READONLY" => "is a replica, and takes no writes",
            "NOREPLICAS" => "refuses writes: fewer replicas are connected than min-replicas-to-write asks for",
            "MISCONF" => "refuses writes, since it can't save its data to disk (stop-writes-on-bgsave-error); look at its log and its disk",
            "OOM" => "refuses writes: it uses all of its maxmemory",
            "BUSY" => "is busy with a script or a function (SCRIPT KILL and FUNCTION KILL end one that has written nothing)",
            "DENIED" => "lets nobody in from another host (protected mode): set a password for it, or \"protected-mode no\"",
            _ when error.Message.Contains("max number of clients", StringComparison.Ordinal) => "has no connection left (maxclients)",
            _ when error.Message.Contains("unknown command", StringComparison.OrdinalIgnoreCase) => $"does not know the command {Name(command)}: it is renamed or taken away there, or a proxy stands before it",
            _ => $"says to {Name(command)}: {error.Message}",
        });
    }

    public static DatabaseException Strange(IReadOnlyList<string> command) => Unknown($"gave an answer to {Name(command)} that can't be understood");

    /// <summary>A command as people call it; its values may be secrets.</summary>
    public static string Name(IReadOnlyList<string> command) => command[0] is "CLIENT" or "CONFIG" && command.Count > 1 ? $"{command[0]} {command[1]}" : command[0];

    private static DatabaseException Unknown(string why, Exception? inner = null) => new(Health.Unknown, why, inner);
}
