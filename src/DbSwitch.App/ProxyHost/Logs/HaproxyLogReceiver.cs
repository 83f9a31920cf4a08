using System.Net.Sockets;
using DbSwitch.App.ProxyHost.Identity;
using DbSwitch.App.ProxyHost.Platform;

namespace DbSwitch.App.ProxyHost.Logs;

/// <summary>
/// Receives HAProxy's log from a Unix datagram socket and hands its lines on, no more than are worth keeping. HAProxy never waits for us:
/// what comes faster than we read is dropped by the kernel.
/// </summary>
internal sealed class HaproxyLogReceiver : IAsyncDisposable
{
    private static readonly TimeSpan SummaryPace = TimeSpan.FromSeconds(1);

    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _writing = new();
    private readonly Action<HaproxyLogLine> _write;
    private readonly LogLimit _limit;
    private readonly Action<long>? _dropped;
    private readonly byte[] _buffer = new byte[65_536];
    private readonly Task _reading;
    private readonly ITimer _summaries;

    /// <param name="directory">Where the socket is. The host's lock is held: an old socket there is nobody's.</param>
    /// <param name="write">Keeps a line. One at a time; may throw <see cref="IOException"/> (a terminal that went away).</param>
    /// <param name="limit">How many are kept.</param>
    /// <param name="dropped">Is told how many were left out so far, once a second at most; or null.</param>
    /// <exception cref="ProxyHostException">The socket cannot be made.</exception>
    public HaproxyLogReceiver(RunDirectory directory, Action<HaproxyLogLine> write, LogLimit limit, TimeProvider clock, Action<long>? dropped = null)
    {
        (_write, _limit, _dropped) = (write, limit, dropped);
        try
        {
            File.Delete(directory.LogSocket);
            _socket.Bind(new UnixDomainSocketEndPoint(directory.LogSocket));
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException)
        {
            throw new ProxyHostException($"The log socket {directory.LogSocket} cannot be made: {e.Message}", e);
        }

        _reading = Task.Run(ReadAsync);
        _summaries = clock.CreateTimer(_ => SayWhatWasDropped(), null, SummaryPace, SummaryPace);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _reading;
        await _summaries.DisposeAsync();
        DrainWhatHaproxySaidLast();
        SayWhatWasDropped();
        _socket.Dispose();
        _stop.Dispose();
    }

    private async Task ReadAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                Take(await _socket.ReceiveAsync(_buffer, _stop.Token));
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException)
            {
                // Asked to stop; or a datagram that is not worth the log's end.
            }
        }
    }

    private void DrainWhatHaproxySaidLast()
    {
        try
        {
            while (_socket.Poll(TimeSpan.Zero, SelectMode.SelectRead))
            {
                Take(_socket.Receive(_buffer));
            }
        }
        catch (SocketException)
        {
            // The end comes anyway.
        }
    }

    private void Take(int length)
    {
        lock (_writing)
        {
            if (_limit.Admits())
            {
                Write(HaproxyLogLine.Of(_buffer.AsSpan(0, length)));
            }
        }
    }

    private void SayWhatWasDropped()
    {
        lock (_writing)
        {
            if (_limit.TakeUnreported() is > 0 and var dropped)
            {
                Write(new HaproxyLogLine(HaproxyLogLine.Warning, $"{dropped} lines of HAProxy's log were left out here: more than {LogLimit.LinesPerSecond} a second came."));
                _dropped?.Invoke(_limit.Dropped);
            }
        }
    }

    private void Write(HaproxyLogLine line)
    {
        try
        {
            _write(line);
        }
        catch (IOException)
        {
            // A terminal that went away must not end the log.
        }
    }
}
