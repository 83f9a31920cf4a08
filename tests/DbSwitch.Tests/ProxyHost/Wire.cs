using System.Net;
using System.Net.Sockets;
using System.Text;

namespace DbSwitch.Tests.ProxyHost;

/// <summary>Raw questions over sockets, as somebody with netcat would ask them.</summary>
internal static class Wire
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <summary>Sends text and reads until the other side closes, or the first line when <paramref name="firstLine"/>.</summary>
    public static async Task<string> AskAsync(EndPoint address, string text, bool firstLine = false)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, address is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Patience);
        await socket.ConnectAsync(address, limit.Token);
        await socket.SendAsync(Encoding.ASCII.GetBytes(text), limit.Token);
        using var reader = new StreamReader(new NetworkStream(socket), Encoding.ASCII);
        return firstLine ? await reader.ReadLineAsync(limit.Token) ?? "" : await reader.ReadToEndAsync(limit.Token);
    }

    public static Task<string> AskAsync(string unixSocket, string command) => AskAsync(new UnixDomainSocketEndPoint(unixSocket), command + "\n");

    public static Task<string> StatisticsAsync(int port) => AskAsync(new IPEndPoint(IPAddress.Loopback, port), "GET /stats HTTP/1.0\r\n\r\n", firstLine: true);

    public static async Task UntilAsync(Func<bool> condition, string what)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            TimeProvider.System.GetElapsedTime(began).ShouldBeLessThan(Patience, what);
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }
}
