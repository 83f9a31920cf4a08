using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace DbSwitch.App.Serving;

/// <summary>
/// Tells systemd, where it asked for it (<c>Type=notify</c>, <c>WatchdogSec=</c>), that we are ready, alive, or ending: sd_notify(3), datagrams to a Unix socket.
/// What can't be told is not told twice: a manager does not depend on who started it.
/// </summary>
internal sealed class ServiceNotice : IAsyncDisposable
{
    private readonly UnixDomainSocketEndPoint? _to;
    private readonly ITimer? _watchdog;

    private ServiceNotice(string? socket, TimeSpan? every, TimeProvider time)
    {
        // An "@" stands for the zero byte of an abstract address.
        _to = socket is { Length: > 1 } ? new UnixDomainSocketEndPoint(socket[0] == '@' ? '\0' + socket[1..] : socket) : null;
        Tell("READY=1");

        // On a timer of the thread pool: a process whose pool is stuck misses it, too.
        _watchdog = _to is not null && every is { } interval ? time.CreateTimer(_ => Tell("WATCHDOG=1"), null, TimeSpan.Zero, interval) : null;
    }

    /// <summary>From now on we serve.</summary>
    /// <param name="environment">Of this process: NOTIFY_SOCKET, and WATCHDOG_USEC, of which half is the interval (sd_watchdog_enabled(3)).</param>
    public static ServiceNotice Ready(Func<string, string?> environment, TimeProvider time) => new(
        environment("NOTIFY_SOCKET"),
        long.TryParse(environment("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds) && microseconds > 0 ? TimeSpan.FromMicroseconds(microseconds / 2.0) : null,
        time);

    /// <summary>We are ending.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_watchdog is not null)
        {
            await _watchdog.DisposeAsync();
        }

        Tell("STOPPING=1");
    }

    private void Tell(string state)
    {
        if (_to is null)
        {
            return;
        }

        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false };
            socket.SendTo(Encoding.ASCII.GetBytes(state), _to);
        }
        catch (SocketException)
        {
            // systemd will notice by itself that it was not told.
        }
    }
}
