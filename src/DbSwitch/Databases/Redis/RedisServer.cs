using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using DbSwitch.Configuration;

namespace DbSwitch.Databases.Redis;

/// <summary>The way to one target's server.</summary>
internal sealed class RedisServer(TargetConfiguration target)
{
    // What changes a server comes over connections that can be told from all others: one of those whose command was not answered is ended before anything else is changed there.
    private const string ChangingName = "dbswitch-switchover-";

    private static readonly TimeSpan HandshakePatience = TimeSpan.FromSeconds(1);

    public string Name => target.Name;

    public RedisDatabase Settings { get; } = (RedisDatabase)target.Database;

    /// <summary>A connection that is logged in.</summary>
    /// <exception cref="DatabaseException">It can't be opened, and why.</exception>
    public async Task<RedisSession> OpenAsync(IPEndPoint address, CancellationToken cancel)
    {
        var check = new CertificateCheck(target.Address.Host, Settings.Tls, Settings.AuthorityFile);
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, cancel).ConfigureAwait(false);
            Stream stream = new NetworkStream(socket, ownsSocket: true);
            if (Settings.Tls != DatabaseTls.Disable)
            {
                // We connect to an address that we resolved ourselves, and the certificate is made out to the name.
                stream = await EncryptAsync(stream, address, check, cancel).ConfigureAwait(false);
            }

            var session = new RedisSession(stream, this, address);
            if (Settings.Password is not null || Settings.User != RedisDatabase.DefaultUser)
            {
                await session.AskAsync(cancel, "AUTH", Settings.User, Settings.Password?.Value ?? "").ConfigureAwait(false);
            }

            return session;
        }
        catch (Exception e)
        {
            socket.Dispose();
            if (e is OperationCanceledException && cancel.IsCancellationRequested)
            {
                throw;
            }

            throw RedisTrouble.OfOpening(e, Settings, address, check.Problem);
        }
    }

    /// <summary>A server without TLS takes the first message for a line that is not complete yet, and waits for the rest of it.</summary>
    private async Task<Stream> EncryptAsync(Stream stream, IPEndPoint address, CertificateCheck check, CancellationToken cancel)
    {
        using var patience = new CancellationTokenSource(HandshakePatience, TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancel);
        try
        {
            return await Encryption.EncryptAsync(stream, target.Address.Host, check, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw new DatabaseException(Health.Unknown, $"did not answer at {address} when TLS was asked for: does it offer TLS there? \"tls: disable\" does without, where the network can be trusted", e);
        }
    }

    /// <summary>
    /// A connection to change something over. Every other such connection is ended first: a command that was sent over it and not answered may still lie before the server, and must not be executed
    /// after what comes now.
    /// </summary>
    /// <exception cref="DatabaseException">It can't be opened, and why.</exception>
    public async Task<RedisSession> OpenToChangeAsync(IPEndPoint address, CancellationToken cancel)
    {
        var session = await OpenAsync(address, cancel).ConfigureAwait(false);
        try
        {
            var name = ChangingName + RandomNumberGenerator.GetHexString(12, lowercase: true);
            await session.AskAsync(cancel, "CLIENT", "SETNAME", name).ConfigureAwait(false);
            foreach (var other in RedisClient.Parse(await session.TextAsync(cancel, "CLIENT", "LIST").ConfigureAwait(false)).Where(c => c.Name.StartsWith(ChangingName, StringComparison.Ordinal) && c.Name != name))
            {
                // That it has ended by itself meanwhile is as good.
                await session.TryAskAsync(cancel, "CLIENT", "KILL", "ID", other.Id).ConfigureAwait(false);
            }

            return session;
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
