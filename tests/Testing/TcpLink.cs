using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace DbSwitch.Testing;

/// <summary>The connection between two machines, as far as a test can have one: it passes bytes on to a port, until it is cut or hangs.</summary>
public sealed class TcpLink : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<Socket, bool> _open = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly Func<IPEndPoint, int> _to;
    private readonly Task _accepting;
    private volatile TaskCompletionSource _passes = Passing();
    private volatile bool _cut;

    public TcpLink(int to)
        : this(_ => to)
    {
    }

    /// <param name="to">The port for whoever comes, by their own address.</param>
    public TcpLink(Func<IPEndPoint, int> to)
    {
        _to = to;
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>Every connection ends, and each new one at once.</summary>
    public void Cut()
    {
        _cut = true;
        foreach (var socket in _open.Keys)
        {
            socket.Close(0);
        }
    }

    /// <summary>Connections stay and new ones are accepted, and nothing is passed on.</summary>
    public void Hang() => _passes = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>As it was; what hung is passed on now.</summary>
    public void Mend()
    {
        _cut = false;
        _passes.TrySetResult();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        Mend();
        Cut();
        await _accepting;
        _stop.Dispose();
    }

    private static TaskCompletionSource Passing()
    {
        var passing = new TaskCompletionSource();
        passing.SetResult();
        return passing;
    }

    private async Task AcceptAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                _ = PassAsync(await _listener.AcceptSocketAsync(_stop.Token));
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // It ends, or who came has gone already.
            }
        }
    }

    private async Task PassAsync(Socket from)
    {
        using var to = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using (from)
        {
            _open[from] = _open[to] = true;
            try
            {
                await _passes.Task.WaitAsync(_stop.Token);
                if (_cut)
                {
                    from.Close(0);
                    return;
                }

                from.NoDelay = true;
                await to.ConnectAsync(IPAddress.Loopback, _to((IPEndPoint)from.RemoteEndPoint!), _stop.Token);
                await Task.WhenAny(CopyAsync(from, to), CopyAsync(to, from));
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                // Cut, or nobody there: the one end is as good as the other.
            }
            finally
            {
                _open.TryRemove(from, out _);
                _open.TryRemove(to, out _);
            }
        }
    }

    private async Task CopyAsync(Socket from, Socket to)
    {
        var buffer = new byte[16_384];
        try
        {
            for (int read; (read = await from.ReceiveAsync(buffer, _stop.Token)) > 0;)
            {
                await _passes.Task.WaitAsync(_stop.Token);
                await to.SendAsync(buffer.AsMemory(0, read), _stop.Token);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The other end learns of it by its own.
        }
    }
}
