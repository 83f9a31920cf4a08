using System.Net;
using System.Net.Sockets;
using DbSwitch.Configuration;
using MySqlConnector;

namespace DbSwitch.Databases.MySql;

/// <summary>The way to one target's MySQL or MariaDB. No pool: who asks whether a client would be let in must not be answered out of a drawer.</summary>
internal sealed class MySqlServer(TargetConfiguration target)
{
    /// <summary>The driver's handshake hears of no cancellation: this ends it.</summary>
    private const uint ConnectSeconds = 3;

    // A MariaDB of 11.4 or later that has made its certificate itself proves by the password that it is the server that the certificate is of. Once it has, that is asked first.
    private volatile bool _provesItself;

    public string Name => target.Name;

    public MySqlDatabase Settings { get; } = (MySqlDatabase)target.Database;

    /// <summary>A session that has the settings we rely on, whatever the server has for others.</summary>
    /// <exception cref="DatabaseException">It can't be opened, and why.</exception>
    public async Task<MySqlSession> OpenAsync(IPEndPoint address, CancellationToken cancel)
    {
        var session = await ConnectAsync(address, cancel).ConfigureAwait(false);
        try
        {
            // A client's default must not decide whether we may write, nor how long we wait: a lock that is not had within a second is not had. While clients leave a session of ours is idle, for as long as that takes.
            await session.ExecuteAsync("SET SESSION autocommit = 1, sql_mode = '', lock_wait_timeout = 1, innodb_lock_wait_timeout = 1, wait_timeout = 28800; SET SESSION TRANSACTION READ WRITE; SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ", cancel).ConfigureAwait(false);
            return session;
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task<MySqlSession> ConnectAsync(IPEndPoint address, CancellationToken cancel)
    {
        var mayProveItself = Settings is { Tls: DatabaseTls.VerifyFull, AuthorityFile: null, Password: not null };
        if (mayProveItself && _provesItself)
        {
            return await ConnectAsync(address, byProof: true, cancel).ConfigureAwait(false);
        }

        var check = new CertificateCheck(target.Address.Host, Settings.Tls, Settings.AuthorityFile);
        try
        {
            return await ConnectAsync(address, byProof: false, cancel, check).ConfigureAwait(false);
        }
        catch (DatabaseException) when (mayProveItself && check.Problem is not null)
        {
            MySqlSession session;
            try
            {
                session = await ConnectAsync(address, byProof: true, cancel).ConfigureAwait(false);
            }
            catch (DatabaseException e)
            {
                // What was wrong with its certificate is what a person can mend.
                throw new DatabaseException(e.Health, check.Problem, e);
            }

            _provesItself = true;
            return session;
        }
    }

    private async Task<MySqlSession> ConnectAsync(IPEndPoint address, bool byProof, CancellationToken cancel, CertificateCheck? check = null)
    {
        var connection = new MySqlConnection(ConnectionString(address, byProof));
        if (Settings.Tls != DatabaseTls.Disable && check is not null)
        {
            // We connect to an address that we resolved ourselves, and the certificate is made out to the name.
            connection.RemoteCertificateValidationCallback = check.Validate;
        }

        try
        {
            await MySqlSession.BoundAsync(connection.OpenAsync(CancellationToken.None), cancel).ConfigureAwait(false);
            return new MySqlSession(connection, this, address);
        }
        catch (Exception e)
        {
            await MySqlSession.LeaveAsync(connection).ConfigureAwait(false);
            if (e is OperationCanceledException && cancel.IsCancellationRequested)
            {
                throw;
            }

            throw MySqlTrouble.Of(e is MySqlException { ErrorCode: MySqlErrorCode.UnableToConnectToHost, InnerException: null } ? await WhyNotConnectedAsync(e, address, cancel).ConfigureAwait(false) : e, this, address, check?.Problem);
        }
    }

    /// <summary>The driver does not say why nobody could be reached: that nobody listens there is another thing than that no way leads there.</summary>
    private static async Task<Exception> WhyNotConnectedAsync(Exception told, IPEndPoint address, CancellationToken cancel)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        using var timer = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        timer.CancelAfter(TimeSpan.FromSeconds(1));
        try
        {
            await socket.ConnectAsync(address, timer.Token).ConfigureAwait(false);
            return told;
        }
        catch (SocketException e)
        {
            return e;
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return new SocketException((int)SocketError.TimedOut);
        }
    }

    private string ConnectionString(IPEndPoint address, bool byProof) => new MySqlConnectionStringBuilder
    {
        Server = address.Address.ToString(),
        Port = (uint)address.Port,
        UserID = Settings.User,
        Password = Settings.Password?.Value ?? "",
        SslMode = Settings.Tls == DatabaseTls.Disable ? MySqlSslMode.None : byProof ? MySqlSslMode.VerifyFull : MySqlSslMode.Required,

        // Without TLS the password can only be sent this way; who configures that has been told.
        AllowPublicKeyRetrieval = Settings.Tls == DatabaseTls.Disable,
        Pooling = false,
        AutoEnlist = false,
        ConnectionTimeout = ConnectSeconds,
        CancellationTimeout = -1,
        DefaultCommandTimeout = MySqlSession.CommandSeconds,
        ApplicationName = "dbswitch",
        GuidFormat = MySqlGuidFormat.None,
        TreatTinyAsBoolean = false,
    }.ConnectionString;
}
