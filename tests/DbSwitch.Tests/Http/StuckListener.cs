using System.Net.Sockets;
using System.Text;

namespace DbSwitch.Tests.Http;

/// <summary>One who asks for events, and never reads.</summary>
internal sealed class StuckListener : IAsyncDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    public static async Task<StuckListener> StartAsync(string path)
    {
        var stuck = new StuckListener();
        stuck._socket.ReceiveBufferSize = 1024;
        await stuck._socket.ConnectAsync(new UnixDomainSocketEndPoint(path), TestContext.Current.CancellationToken);
        await stuck._socket.SendAsync(Encoding.ASCII.GetBytes("GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n"), TestContext.Current.CancellationToken);
        return stuck;
    }

    /// <summary>Whether the other side has let it go: what was on its way still comes, and then the end.</summary>
    public async Task<bool> IsLetGoAsync()
    {
        var buffer = new byte[64 * 1024];
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            while (await _socket.ReceiveAsync(buffer, patience.Token) > 0)
            {
            }

            return true;
        }
        catch (SocketException)
        {
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }
}
