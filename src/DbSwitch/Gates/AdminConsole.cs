using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using DbSwitch.Configuration;
using DbSwitch.Databases;
using DbSwitch.Gates.Wire;

namespace DbSwitch.Gates;

/// <summary>One open connection to PgBouncer's admin console. Each answer is whole, or an exception; after one that is no refusal the connection is of no use any more.</summary>
internal sealed class AdminConsole : IAsyncDisposable
{
    private const string Console = "pgbouncer";
    private readonly Stream _stream;

    private AdminConsole(Stream stream) => _stream = stream;

    /// <exception cref="GateException">It can't be opened, and why.</exception>
    public static async Task<AdminConsole> OpenAsync(GateConfiguration gate, CancellationToken cancel)
    {
        var check = new CertificateCheck(gate.Address.Host, gate.Tls, gate.AuthorityFile);
        var socket = gate.SocketFile is null ? new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true } : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            EndPoint where = gate.SocketFile is { } path ? new UnixDomainSocketEndPoint(path) : new DnsEndPoint(gate.Address.Host, gate.Address.Port);
            await socket.ConnectAsync(where, cancel).ConfigureAwait(false);
            Stream stream = new NetworkStream(socket, ownsSocket: true);

            // PgBouncer offers no TLS on a Unix socket, and who may open that is said by the file system.
            if (gate.Tls != DatabaseTls.Disable && gate.SocketFile is null)
            {
                stream = await EncryptAsync(stream, gate, check, cancel).ConfigureAwait(false);
            }

            await LogInAsync(stream, gate, cancel).ConfigureAwait(false);
            return new AdminConsole(stream);
        }
        catch (Exception e)
        {
            socket.Dispose();
            if (e is GateException || (e is OperationCanceledException && cancel.IsCancellationRequested))
            {
                throw;
            }

            throw Trouble(e, gate, check.Problem);
        }
    }

    /// <summary>The rows of the answer, by column; none for a command.</summary>
    /// <exception cref="GateException">It was refused, or not answered.</exception>
    public async Task<IReadOnlyList<IReadOnlyDictionary<string, string?>>> AskAsync(string command, CancellationToken cancel)
    {
        try
        {
            await _stream.WriteAsync(Request.Query(command), cancel).ConfigureAwait(false);
            IReadOnlyList<string> columns = [];
            var rows = new List<IReadOnlyDictionary<string, string?>>();
            string? error = null;
            while (true)
            {
                switch (await Message.ReadAsync(_stream, cancel).ConfigureAwait(false))
                {
                    case { Type: 'T' } description:
                        columns = description.Columns;
                        break;
                    case { Type: 'D' } row:
                        rows.Add(columns.Zip(row.Row).ToDictionary(c => c.First, c => c.Second));
                        break;
                    case { Type: 'E' } refusal:
                        error = refusal.Error;
                        break;
                    case { Type: 'Z' }:
                        return error is null ? rows : throw new GateException($"refuses {command} ({error})") { Refused = true };
                }
            }
        }
        catch (Exception e) when (e is IOException or InvalidDataException or SocketException or ObjectDisposedException)
        {
            throw new GateException($"has not answered {command}: the connection ended ({e.Message})", e);
        }
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private static async Task<Stream> EncryptAsync(Stream stream, GateConfiguration gate, CertificateCheck check, CancellationToken cancel)
    {
        await stream.WriteAsync(Request.EncryptionPlease, cancel).ConfigureAwait(false);
        var answer = new byte[1];
        await stream.ReadExactlyAsync(answer, cancel).ConfigureAwait(false);
        if (answer[0] != 'S')
        {
            throw new GateException("offers no TLS (\"tls: disable\" does without, where the network can be trusted)");
        }

        return await Encryption.EncryptAsync(stream, gate.Address.Host, check, cancel).ConfigureAwait(false);
    }

    private static async Task LogInAsync(Stream stream, GateConfiguration gate, CancellationToken cancel)
    {
        await stream.WriteAsync(Request.Startup(gate.User, Console), cancel).ConfigureAwait(false);
        var scram = new ScramLogin("", gate.Password?.Value ?? "", ScramLogin.NewNonce());
        while (true)
        {
            var message = await Message.ReadAsync(stream, cancel).ConfigureAwait(false);
            switch (message)
            {
                case { Type: 'Z' }:
                    return;
                case { Type: 'E' }:
                    throw new GateException($"does not let {gate.User} into its admin console ({message.Error})") { Refused = true };
                case { Type: 'R' } when Answer(message.Authentication, gate, scram) is { } answer:
                    await stream.WriteAsync(answer, cancel).ConfigureAwait(false);
                    break;
            }
        }
    }

    /// <returns>Null where there is nothing to say.</returns>
    private static byte[]? Answer((int Kind, byte[] Data) asked, GateConfiguration gate, ScramLogin scram)
    {
        if (asked.Kind is 0)
        {
            return null;
        }

        if (gate.Password is not { Value: var password })
        {
            throw new GateException($"asks {gate.User} for a password, and none is configured (\"password\" of the gate)");
        }

        var text = Encoding.UTF8.GetString(asked.Data);
        return asked.Kind switch
        {
            3 => Request.Password(password),
            5 => Request.Md5Password(gate.User, password, asked.Data),
            10 when text.Split('\0').Contains(ScramLogin.Mechanism) => Request.SaslFirst(ScramLogin.Mechanism, scram.First),
            11 => Request.SaslNext(scram.Answer(text)),
            12 => scram.IsServers(text) ? null : throw new GateException("does not know the password that it asks for: is it PgBouncer that listens there?"),
            _ => throw new GateException($"asks for a way to log in that is not known here ({asked.Kind})"),
        };
    }

    private static GateException Trouble(Exception error, GateConfiguration gate, string? certificate) => error switch
    {
        _ when certificate is not null => new GateException(certificate, error),
        SocketException { SocketErrorCode: SocketError.ConnectionRefused } => new GateException($"refuses connections at {gate.Where}", error) { Gone = true },
        SocketException { SocketErrorCode: SocketError.AddressNotAvailable } when gate.SocketFile is not null => new GateException($"has no socket at {gate.Where}", error) { Gone = true },
        SocketException => new GateException($"can't be reached at {gate.Where} ({error.Message})", error),
        AuthenticationException => new GateException($"could not agree on TLS ({error.Message})", error),
        IOException => new GateException($"closed the connection without an answer: is it PgBouncer that listens at {gate.Where}?", error),
        _ => new GateException(error.Message, error),
    };
}
