using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Npgsql;

namespace DbSwitch.Databases.Postgres;

/// <summary>
/// What the driver threw, in words that say whose fault it is and what to do. Unhealthy is one thing alone: nobody listens there. A server that answers with a no is a server that runs, and what it
/// does for those who are in already is not known by that: one that is shutting down, has no connection left or lets this role alone not in goes on confirming writes.
/// </summary>
internal static class PostgresTrouble
{
    /// <param name="certificate">What was wrong with its certificate, or null.</param>
    public static DatabaseException Of(Exception error, PostgresServer server, IPEndPoint address, string? certificate)
    {
        var user = server.Settings.User;
        return error switch
        {
            _ when certificate is not null => Unknown(certificate),
            PostgresException { SqlState: PostgresErrorCodes.InvalidPassword } => Unknown($"does not accept the password of role {user} (\"password\" of its switch's \"postgres\")"),
            PostgresException { SqlState: PostgresErrorCodes.InvalidAuthorizationSpecification } p => Unknown($"does not let role {user} in ({p.MessageText}); look at its pg_hba.conf"),
            PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } => Unknown($"has no database {server.Settings.Database} (\"database\" of its switch's \"postgres\")"),
            PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } p => Unknown($"does not allow role {user} what is needed ({p.MessageText})"),
            PostgresException { SqlState: PostgresErrorCodes.CannotConnectNow } p => Unknown($"takes no new connections now ({p.MessageText})"),
            PostgresException { SqlState: PostgresErrorCodes.TooManyConnections } p => Unknown($"has no connection left for role {user} ({p.MessageText})"),
            PostgresException p => Unknown($"says: {p.MessageText} ({p.SqlState})"),
            NpgsqlException when server.Settings.Password is null && error.Message.Contains("password", StringComparison.OrdinalIgnoreCase) => Unknown($"asks for a password, and the configuration has none for role {user} (\"password_file\" of its switch's \"postgres\")"),
            _ when Find<SocketException>(error) is { SocketErrorCode: SocketError.ConnectionRefused } => new DatabaseException(Health.Unhealthy, $"refuses connections at {address}", error),
            _ when Find<SocketException>(error) is { SocketErrorCode: not SocketError.ConnectionReset } socket => Unknown($"can't be reached at {address} from the manager ({socket.Message})"),
            _ when Find<AuthenticationException>(error) is { } tls => Unknown($"could not agree on TLS ({tls.Message})"),
            NpgsqlException when error.Message.Contains("SSL", StringComparison.Ordinal) => Unknown("offers no TLS (\"tls: disable\" does without, where the network can be trusted)"),

            // What is reset while it connects has no IOException around it.
            _ when Find<IOException>(error) is not null || Find<SocketException>(error) is not null => Unknown($"closed the connection without an answer: is it PostgreSQL that listens at {address}?"),
            NpgsqlException { InnerException: TimeoutException } => Unknown($"has not answered at {address} in time"),

            // A driver that meets something that is not PostgreSQL throws whatever it stumbles over.
            _ => Unknown($"gave no answer that can be understood ({error.GetType().Name}: {error.Message})"),
        };

        DatabaseException Unknown(string why) => new(Health.Unknown, why, error);
    }

    private static T? Find<T>(Exception? error)
        where T : Exception => error is null or T ? (T?)error : Find<T>(error.InnerException);
}
