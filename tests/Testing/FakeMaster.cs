using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using HaproxyRuntime;

namespace DbSwitch.Testing;

/// <summary>A master's socket that says the same to everybody, and closes; until it is told otherwise.</summary>
public sealed class FakeMaster : IAsyncDisposable
{
    private readonly string _path = $"/tmp/dbsw-fake-{RandomNumberGenerator.GetHexString(8, lowercase: true)}.sock";
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _connections = [];
    private readonly Task _accepting;

    public FakeMaster()
    {
        _listener.Bind(new UnixDomainSocketEndPoint(_path));
        _listener.Listen(64);
        _accepting = AcceptAsync();
    }

    public RuntimeEndpoint Endpoint => new RuntimeEndpoint.Unix(_path);

    /// <summary>All that it says to a request.</summary>
    public Func<string, string> Says { get; set; } = _ => "";

    /// <summary>It leaves the connection open behind it.</summary>
    public bool StaysOpen { get; set; }

    /// <summary>Everything that it was sent.</summary>
    public List<string> Requests { get; } = [];

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_connections);
        _stopping.Dispose();
        File.Delete(_path);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _connections.Add(ServeAsync(await _listener.AcceptAsync()));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using var _ = socket;
        try
        {
            var buffer = new byte[65_536];
            var request = Encoding.UTF8.GetString(buffer, 0, await socket.ReceiveAsync(buffer, _stopping.Token));
            lock (Requests)
            {
                Requests.Add(request);
            }

            var answer = Encoding.Latin1.GetBytes(Says(request));
            if (answer.Length > 0)
            {
                await socket.SendAsync(answer, _stopping.Token);
            }

            if (StaysOpen)
            {
                await Task.Delay(Timeout.Infinite, _stopping.Token);
            }

            socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // The other end has gone, or the test.
        }
    }
}
