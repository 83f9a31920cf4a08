using System.Net;
using DbSwitch.Configuration;
using Npgsql;

namespace DbSwitch.Databases.Postgres;

/// <summary>The way to one target's PostgreSQL. No pool: who asks whether a client would be let in must not be answered out of a drawer.</summary>
internal sealed class PostgresServer(TargetConfiguration target)
{
    public string Name => target.Name;

    public PostgresDatabase Settings { get; } = (PostgresDatabase)target.Database;

    /// <summary>A session that has the settings we rely on, whatever its role, its database and the server have for others.</summary>
    /// <exception cref="DatabaseException">It can't be opened, and why.</exception>
    public async Task<PostgresSession> OpenAsync(IPEndPoint address, CancellationToken cancel)
    {
        PostgresSession session;
        try
        {
            session = await ConnectAsync(address, PostgresSettings.ForStartup, cancel).ConfigureAwait(false);
        }
        catch (DatabaseException e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.ProtocolViolation })
        {
            // A pooler in between that takes no settings from who connects: they are said afterwards.
            session = await ConnectAsync(address, null, cancel).ConfigureAwait(false);
            await PreparedAsync(session, s => s.ExecuteAsync(PostgresSettings.Afterwards, cancel)).ConfigureAwait(false);
        }

        return await PreparedAsync(session, s => PostgresSettings.VerifyAsync(s, cancel)).ConfigureAwait(false);
    }

    private static async Task<PostgresSession> PreparedAsync(PostgresSession session, Func<PostgresSession, Task> prepare)
    {
        try
        {
            await prepare(session).ConfigureAwait(false);
            return session;
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task<PostgresSession> ConnectAsync(IPEndPoint address, string? settings, CancellationToken cancel)
    {
        var check = new CertificateCheck(target.Address.Host, Settings.Tls, Settings.AuthorityFile);
        var builder = new NpgsqlDataSourceBuilder(ConnectionString(address, settings));

        // The driver's own first questions would come before our settings do, and none of our answers needs them.
        builder.ConfigureTypeLoading(types => types.EnableTypeLoading(false));
        if (Settings.Tls != DatabaseTls.Disable)
        {
            builder.UseSslClientAuthenticationOptionsCallback(options =>
            {
                // We connect to an address that we resolved ourselves, and the certificate is made out to the name.
                options.TargetHost = target.Address.Host;
                options.RemoteCertificateValidationCallback = check.Validate;
            });
        }

        var source = builder.Build();
        try
        {
            return new PostgresSession(source, await source.OpenConnectionAsync(cancel).ConfigureAwait(false), this, address);
        }
        catch (Exception e)
        {
            await source.DisposeAsync().ConfigureAwait(false);
            if (e is OperationCanceledException && cancel.IsCancellationRequested)
            {
                throw;
            }

            throw PostgresTrouble.Of(e, this, address, check.Problem);
        }
    }

    private string ConnectionString(IPEndPoint address, string? settings) => new NpgsqlConnectionStringBuilder
    {
        Host = address.Address.ToString(),
        Port = address.Port,
        Username = Settings.User,
        Password = Settings.Password?.Value,
        Database = Settings.Database,
        SslMode = Settings.Tls == DatabaseTls.Disable ? SslMode.Disable : SslMode.Require,
        Pooling = false,
        Enlist = false,
        ApplicationName = "dbswitch",
        CommandTimeout = 0,
        CancellationTimeout = -1,
        GssEncryptionMode = GssEncryptionMode.Disable,
        Options = settings,
    }.ConnectionString;
}
