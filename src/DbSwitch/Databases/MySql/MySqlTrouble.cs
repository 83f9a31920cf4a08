using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using MySqlConnector;

namespace DbSwitch.Databases.MySql;

/// <summary>
/// What the driver threw, in words that say whose fault it is and what to do. Unhealthy is one thing alone: nobody listens there. A server that answers with a no is a server that runs, and what it
/// does for those who are in already is not known by that.
/// </summary>
internal static class MySqlTrouble
{
    private const int HostIsBlocked = 1129;
    private const int HostNotPrivileged = 1130;
    private const int SpecificAccessDenied = 1227;

    /// <param name="certificate">What was wrong with its certificate, or null.</param>
    public static DatabaseException Of(Exception error, MySqlServer server, IPEndPoint address, string? certificate)
    {
        var user = server.Settings.User;
        return error switch
        {
            _ when certificate is not null => Unknown(certificate),
            MySqlException { ErrorCode: MySqlErrorCode.AccessDenied } when server.Settings.Password is null => Unknown($"lets user {user} in with no password alone, and the configuration has none (\"password_file\" of its switch's \"mysql\")"),
            MySqlException { ErrorCode: MySqlErrorCode.AccessDenied } => Unknown($"does not accept user {user} with its password (\"password\" of its switch's \"mysql\")"),
            MySqlException { Number: HostNotPrivileged } => Unknown($"lets nobody in from the manager's address: {error.Message}"),
            MySqlException { Number: HostIsBlocked } => Unknown("has blocked the manager's address after too many connections without a login; on it: FLUSH HOSTS, and a larger max_connect_errors (HAProxy's plain \"check\" makes such connections)"),
            MySqlException { ErrorCode: MySqlErrorCode.TooManyUserConnections or MySqlErrorCode.ConnectionCountError } m => Unknown($"has no connection left for user {user} ({m.Message})"),
            MySqlException { Number: SpecificAccessDenied or (int)MySqlErrorCode.TableAccessDenied or (int)MySqlErrorCode.DatabaseAccessDenied } m => Unknown($"does not allow user {user} what is needed ({m.Message})"),
            NotSupportedException => Unknown($"lets user {user} in by a way that dbswitch does not know ({error.Message}); give that user caching_sha2_password (MySQL) or mysql_native_password (MariaDB)"),
            _ when Find<SocketException>(error) is { SocketErrorCode: SocketError.ConnectionRefused } => new DatabaseException(Health.Unhealthy, $"refuses connections at {address}", error),
            _ when Find<SocketException>(error) is { SocketErrorCode: SocketError.OperationAborted } => Unknown($"has not answered at {address} in time"),
            _ when Find<SocketException>(error) is { SocketErrorCode: not SocketError.ConnectionReset } socket => Unknown($"can't be reached at {address} from the manager ({socket.Message})"),
            _ when Find<AuthenticationException>(error) is { } tls => Unknown($"could not agree on TLS ({tls.Message})"),
            MySqlException { ErrorCode: MySqlErrorCode.CommandTimeoutExpired } => Unknown($"has not answered at {address} in time"),
            MySqlException m when m.Message.Contains("Connect Timeout", StringComparison.OrdinalIgnoreCase) => Unknown($"has not answered at {address} in time"),
            MySqlException m when m.Message.Contains("SSL", StringComparison.OrdinalIgnoreCase) && m.Message.Contains("support", StringComparison.OrdinalIgnoreCase) => Unknown("offers no TLS (\"tls: disable\" does without, where the network can be trusted)"),
            MySqlEndOfStreamException => Unknown("closed the connection without an answer"),
            MySqlException { Number: > 0 } m => Unknown($"says: {m.Message} ({m.Number})"),
            _ when Find<IOException>(error) is not null || Find<SocketException>(error) is not null || Find<MySqlEndOfStreamException>(error) is not null => Unknown($"closed the connection without an answer: is it MySQL that listens at {address}?"),

            // A driver that meets something that is not MySQL throws whatever it stumbles over.
            _ => Unknown($"gave no answer that can be understood ({error.GetType().Name}: {error.Message})"),
        };

        DatabaseException Unknown(string why) => new(Health.Unknown, why, error);
    }

    private static T? Find<T>(Exception? error)
        where T : Exception => error is null or T ? (T?)error : Find<T>(error.InnerException);
}
