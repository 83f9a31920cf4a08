using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace DbSwitch.App.ProxyHost;

/// <summary>
/// Receives HAProxy's log from a Unix datagram socket and writes it as lines with a time and a level. HAProxy never waits for us:
/// what comes faster than we read is dropped by the kernel.
/// </summary>
internal sealed class HaproxyLogReceiver : IAsyncDisposable
{
    private static readonly string[] Levels = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];

    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly CancellationTokenSource _stop = new();
    private readonly TimeProvider _clock;
    private readonly RotatingFile _file;
    private readonly Action<string>? _alsoTo;
    private readonly byte[] _buffer = new byte[65_536];
    private readonly Task _reading;

    /// <param name="directory">Where socket and log are. The host's lock is held: an old socket there is nobody's.</param>
    /// <param name="alsoTo">Gets every line too (a terminal), or null.</param>
    /// <param name="clock">For the lines' time.</param>
    /// <exception cref="ProxyHostException">The socket cannot be made.</exception>
    public HaproxyLogReceiver(RunDirectory directory, Action<string>? alsoTo, TimeProvider clock)
    {
        _clock = clock;
        _alsoTo = alsoTo;
        _file = new RotatingFile(directory.Log);
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
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _reading;
        DrainWhatHaproxySaidLast();
        _socket.Dispose();
        _file.Dispose();
        _stop.Dispose();
    }

    /// <summary><c>&lt;6&gt;text</c> (HAProxy's log format "short") as a line for people.</summary>
    internal static string Line(ReadOnlySpan<byte> datagram, DateTimeOffset now)
    {
        var text = Encoding.UTF8.GetString(datagram).TrimEnd('\n', '\0').Replace('\n', ' ');
        var level = "info";
        var end = text.IndexOf('>', StringComparison.Ordinal);
        if (text.StartsWith('<') && int.TryParse(text.AsSpan(1, Math.Max(0, end - 1)), NumberStyles.None, CultureInfo.InvariantCulture, out var priority))
        {
            level = Levels[priority % Levels.Length];
            text = text[(end + 1)..];
        }

        return string.Create(CultureInfo.InvariantCulture, $"{now:yyyy-MM-dd'T'HH:mm:ss.fffzzz} {level} {text}");
    }

    private async Task ReadAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                Write(await _socket.ReceiveAsync(_buffer, _stop.Token));
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException or IOException)
            {
                // A terminal that went away must not end the log.
            }
        }
    }

    private void DrainWhatHaproxySaidLast()
    {
        try
        {
            while (_socket.Poll(TimeSpan.Zero, SelectMode.SelectRead))
            {
                Write(_socket.Receive(_buffer));
            }
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            // The end comes anyway.
        }
    }

    private void Write(int length)
    {
        var line = Line(_buffer.AsSpan(0, length), _clock.GetLocalNow());
        _file.Append(Encoding.UTF8.GetBytes(line + "\n"));
        _alsoTo?.Invoke(line);
    }
}
