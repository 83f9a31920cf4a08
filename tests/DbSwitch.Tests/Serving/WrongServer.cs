using System.Net;
using System.Net.Sockets;
using HaproxyRuntime;

namespace DbSwitch.Tests.Serving;

/// <summary>Something that listens where a Runtime API is expected, and is none.</summary>
internal sealed class WrongServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _serving;

    public WrongServer(Func<NetworkStream, CancellationToken, Task> behaviour)
    {
        _listener.Start();
        _serving = ServeAsync(behaviour);
    }

    public RuntimeEndpoint Endpoint => RuntimeEndpoint.Parse($"tcp:{_listener.LocalEndpoint}");

    /// <summary>Random bytes, the same in each run.</summary>
    public static async Task Noise(NetworkStream stream, CancellationToken cancel)
    {
        var bytes = new byte[4096];
        var random = new Random(1);
        var buffer = new byte[1024];
        while (await stream.ReadAsync(buffer, cancel) > 0)
        {
            random.NextBytes(bytes);
            await stream.WriteAsync(bytes, cancel);
            await stream.WriteAsync("\n> "u8.ToArray(), cancel);
        }
    }

    public static async Task Web(NetworkStream stream, CancellationToken cancel)
    {
        _ = await stream.ReadAsync(new byte[1024], cancel);
        await stream.WriteAsync("HTTP/1.1 400 Bad Request\r\nContent-Length: 11\r\nConnection: close\r\n\r\nBad request"u8.ToArray(), cancel);
    }

    public static Task Close(NetworkStream stream, CancellationToken cancel) => Task.CompletedTask;

    public static Task Silence(NetworkStream stream, CancellationToken cancel) => Task.Delay(Timeout.Infinite, cancel);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await _serving;
        _stop.Dispose();
    }

    private async Task ServeAsync(Func<NetworkStream, CancellationToken, Task> behaviour)
    {
        try
        {
            while (true)
            {
                _ = AnswerAsync(await _listener.AcceptTcpClientAsync(_stop.Token), behaviour);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The end of the test.
        }
    }

    private async Task AnswerAsync(TcpClient client, Func<NetworkStream, CancellationToken, Task> behaviour)
    {
        try
        {
            using (client)
            {
                await behaviour(client.GetStream(), _stop.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            // It went away, or the test ended.
        }
    }
}
