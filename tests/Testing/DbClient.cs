using System.Net;
using System.Net.Sockets;
using System.Text;

namespace DbSwitch.Testing;

/// <summary>The seed's client: connects, sends lines, reads the answers. Nothing that can go wrong in that is an exception.</summary>
public sealed class DbClient : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private readonly TcpClient _connection = new() { NoDelay = true };
    private readonly int _port;
    private readonly TimeSpan _patience;
    private StreamReader? _reader;

    /// <summary>Connects with the first line.</summary>
    /// <param name="port">On 127.0.0.1.</param>
    /// <param name="patience">How long to wait for the connection, and for each answer; 5 s if not given.</param>
    public DbClient(int port, TimeSpan? patience = null) => (_port, _patience) = (port, patience ?? s_patience);

    /// <summary>One line on a connection of its own, like the seed's <c>echo "hello" | nc db-proxy 8320</c>.</summary>
    public static async Task<DbAnswer> AskOnceAsync(int port, string line, TimeSpan? patience = null)
    {
        using var client = new DbClient(port, patience);
        return await client.AskAsync(line);
    }

    /// <summary>Connects, and says nothing.</summary>
    public async Task ConnectAsync()
    {
        using var deadline = new CancellationTokenSource(_patience);
        await _connection.ConnectAsync(IPAddress.Loopback, _port, deadline.Token);
        _reader = new StreamReader(_connection.GetStream());
    }

    /// <summary>One line on this connection, which is made first if it isn't there yet.</summary>
    public async Task<DbAnswer> AskAsync(string line)
    {
        using var deadline = new CancellationTokenSource(_patience);
        try
        {
            if (_reader is null)
            {
                await _connection.ConnectAsync(IPAddress.Loopback, _port, deadline.Token);
                _reader = new StreamReader(_connection.GetStream());
            }

            await _connection.GetStream().WriteAsync(Encoding.UTF8.GetBytes(line + "\n"), deadline.Token);
            return await _reader.ReadLineAsync(deadline.Token) is { } answer ? new DbAnswer(answer, null) : new DbAnswer(null, NoAnswer.Closed);
        }
        catch (OperationCanceledException)
        {
            return new DbAnswer(null, NoAnswer.TimedOut);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            return new DbAnswer(null, NoAnswer.Refused);
        }
        catch (Exception e) when (e is IOException or SocketException or InvalidOperationException)
        {
            return new DbAnswer(null, NoAnswer.Closed);
        }
    }

    /// <summary>Closes the connection.</summary>
    public void Dispose()
    {
        _reader?.Dispose();
        _connection.Dispose();
    }
}
