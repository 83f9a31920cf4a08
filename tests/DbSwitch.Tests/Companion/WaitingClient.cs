using System.Net;
using System.Net.Sockets;
using System.Text;

namespace DbSwitch.Tests.Companion;

/// <summary>A client at the level of its socket: what it sends and how it ends is the test's business, and how the other side ended is told apart.</summary>
internal sealed class WaitingClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };

    private WaitingClient()
    {
    }

    /// <summary>Of its own end.</summary>
    public int Port => ((IPEndPoint)_socket.LocalEndPoint!).Port;

    public static async Task<WaitingClient> ConnectAsync(int port, string send = "")
    {
        var client = new WaitingClient();
        using var limit = new CancellationTokenSource(Patience);
        await client._socket.ConnectAsync(IPAddress.Loopback, port, limit.Token);
        if (send.Length > 0)
        {
            await client.SendAsync(send);
        }

        return client;
    }

    public async Task SendAsync(string text) => await _socket.SendAsync(Encoding.ASCII.GetBytes(text));

    /// <summary>One line, or "closed" for an end in order, "reset", or "nothing" when none of it came in time.</summary>
    public async Task<string> ReadLineAsync(TimeSpan? patience = null)
    {
        var line = new StringBuilder();
        var one = new byte[1];
        using var limit = new CancellationTokenSource(patience ?? Patience);
        try
        {
            while (await _socket.ReceiveAsync(one, limit.Token) == 1)
            {
                if (one[0] == '\n')
                {
                    return line.ToString();
                }

                line.Append((char)one[0]);
            }

            return line.Length == 0 ? "closed" : $"closed after \"{line}\"";
        }
        catch (SocketException)
        {
            return "reset";
        }
        catch (OperationCanceledException)
        {
            return "nothing";
        }
    }

    public void HalfClose() => _socket.Shutdown(SocketShutdown.Send);

    public void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Dispose();
    }

    public void Dispose() => _socket.Dispose();
}
