using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;

namespace DbSwitch.Testing;

/// <summary>Where an HAProxy logs to: a Unix datagram socket. Datagrams that nobody reads are dropped, while a full pipe would stop HAProxy.</summary>
public sealed class LogReceiver : IAsyncDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly Task _reading;

    /// <summary>Listens from now on.</summary>
    public LogReceiver(string path)
    {
        _socket.Bind(new UnixDomainSocketEndPoint(path));
        _reading = ReadAsync();
    }

    /// <summary>Everything so far, in the order of arrival.</summary>
    public IReadOnlyCollection<string> Lines => _lines;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _socket.Dispose();
        await _reading;
    }

    private async Task ReadAsync()
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (true)
            {
                var length = await _socket.ReceiveAsync(buffer);
                _lines.Enqueue(Encoding.UTF8.GetString(buffer, 0, length).TrimEnd('\n', '\0'));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Disposed: the end of the test.
        }
    }
}
