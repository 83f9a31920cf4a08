using System.Net.Sockets;

namespace HaproxyRuntime;

/// <summary>Opens connections to a Runtime API.</summary>
internal static class Transport
{
    private const int TcpUserTimeout = 18;

    /// <exception cref="RuntimeApiException">Of kind <see cref="RuntimeApiError.Unreachable"/>, saying why and what may help.</exception>
    public static async Task<Connection> ConnectAsync(RuntimeEndpoint endpoint, RuntimeOptions options, CancellationToken cancel)
    {
        using var deadline = new CancellationTokenSource(options.ConnectTimeout, options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, deadline.Token);
        try
        {
            return options.Connect is { } connect ? await connect(endpoint, either.Token).ConfigureAwait(false) : new SocketConnection(await OpenAsync(endpoint, either.Token).ConfigureAwait(false));
        }
        catch (SocketException e)
        {
            throw new RuntimeApiException(RuntimeApiError.Unreachable, endpoint, null, Explain(endpoint, e), inner: e);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw new RuntimeApiException(RuntimeApiError.Unreachable, endpoint, null, $"no connection within {options.ConnectTimeout.TotalSeconds:0.###} s", inner: e);
        }
    }

    private static async Task<Socket> OpenAsync(RuntimeEndpoint endpoint, CancellationToken cancel)
    {
        var socket = endpoint is RuntimeEndpoint.Unix
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            switch (endpoint)
            {
                case RuntimeEndpoint.Unix unix:
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(unix.Path), cancel).ConfigureAwait(false);
                    break;
                case RuntimeEndpoint.Tcp tcp:
                    await socket.ConnectAsync(tcp.Address.Host, tcp.Address.Port, cancel).ConfigureAwait(false);
                    // Not before: with an option that .NET does not know, only the first address of a name is tried.
                    socket.NoDelay = true;
                    KeepAlive(socket);
                    break;
                default:
                    throw new ArgumentOutOfRangeException(nameof(endpoint));
            }

            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // A peer that is gone without a word is noticed after 5 s + 3 × 2 s of silence; and, where a command is on its way to it, which keeps the probes from
    // being sent, after as long without an acknowledgement (TCP_USER_TIMEOUT, tcp(7): otherwise a quarter of an hour).
    private static void KeepAlive(Socket socket)
    {
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, 5);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, 2);
        socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, 3);
        if (OperatingSystem.IsLinux())
        {
            socket.SetRawSocketOption((int)SocketOptionLevel.Tcp, TcpUserTimeout, BitConverter.GetBytes(11_000));
        }
    }

    private static string Explain(RuntimeEndpoint endpoint, SocketException e) => (endpoint, e.SocketErrorCode, e.NativeErrorCode) switch
    {
        // .NET maps ENOENT (2) of a Unix socket to AddressNotAvailable.
        (RuntimeEndpoint.Unix unix, _, 2) => $"there is no socket at {unix.Path} (is HAProxy running, with \"stats socket {unix.Path} level admin\"?)",
        (RuntimeEndpoint.Unix unix, SocketError.AddressNotAvailable, _) => $"there is no socket at {unix.Path} (is HAProxy running, with \"stats socket {unix.Path} level admin\"?)",
        (RuntimeEndpoint.Unix unix, SocketError.AccessDenied, _) => $"this user may not open {unix.Path} (give it to this user or group: \"stats socket … user … group … mode 660\"; a master's socket: \"-S …,mode,660,group,…\" where HAProxy is started)",
        (RuntimeEndpoint.Unix, SocketError.ConnectionRefused, _) => "nobody answers there any more (HAProxy is not running)",
        (RuntimeEndpoint.Unix, SocketError.WouldBlock, _) => "its queue of connections is full (HAProxy hangs, or has more Runtime API connections than \"stats maxconn\" allows)",
        (_, SocketError.ConnectionRefused, _) => "the connection was refused (HAProxy is not running, or does not listen there)",
        (RuntimeEndpoint.Tcp tcp, SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData, _) => $"the name {tcp.Address.Host} does not resolve",
        _ => $"no connection ({e.Message})",
    };
}
