using System.Net;
using System.Net.Sockets;
using DbSwitch.App.ProxyHost.ConfigurationText;
using DbSwitch.App.ProxyHost.Identity;
using DbSwitch.App.ProxyHost.Platform;
using HaproxyRuntime;

namespace DbSwitch.App.ProxyHost.Sockets;

/// <summary>
/// The listening sockets, opened and kept by the host: HAProxy inherits them, so that they stay open while it dies and starts again,
/// and clients wait in the kernel's queue instead of being refused. Whoever starts a process from here hands them on, so a host starts nothing but HAProxy.
/// </summary>
internal sealed class ListeningSockets(string proxy, IReadOnlyList<PlannedListener> listeners) : IDisposable
{
    /// <summary>
    /// HAProxy knows the sockets by number, over its restarts and ours: numbers high enough to be free in every host (.NET itself opens
    /// over a hundred descriptors), and low enough for the table that HAProxy makes (see <c>stats maxconn</c> in <see cref="HaproxyConfigurationText"/>).
    /// </summary>
    private const int FirstDescriptor = 400;

    private readonly Socket?[] _sockets = new Socket?[listeners.Count];

    /// <exception cref="ArgumentException">The plan does not have this address.</exception>
    public int DescriptorOf(HostPort address)
    {
        for (var index = 0; index < listeners.Count; index++)
        {
            if (listeners[index].Address == address)
            {
                return FirstDescriptor + index;
            }
        }

        throw new ArgumentException($"Nothing listens on {address}.", nameof(address));
    }

    public IReadOnlyList<ListeningAddress> Addresses => [.. listeners.Select((listener, index) => new ListeningAddress(listener.Address.ToString(), FirstDescriptor + index))];

    /// <summary>Opens those that are not held yet.</summary>
    /// <exception cref="ProxyHostException">An address cannot be had.</exception>
    public void OpenMissing()
    {
        for (var index = 0; index < listeners.Count; index++)
        {
            if (_sockets[index] is null)
            {
                Keep(index, Open(listeners[index]));
            }
        }
    }

    /// <summary>Copies the sockets out of a HAProxy whose host died: they never close, whatever becomes of that HAProxy.</summary>
    /// <param name="holders">Its processes.</param>
    /// <param name="problem">Why some could not be copied, or null.</param>
    /// <returns>The numbers that they have there, by address; only those that the plan has.</returns>
    public IReadOnlyDictionary<HostPort, int> TakeBack(IEnumerable<int> holders, out string? problem)
    {
        problem = null;
        var found = new Dictionary<HostPort, int>();
        foreach (var holder in holders)
        {
            var copies = CopiedSockets.Of(holder, out var trouble);
            problem ??= trouble;
            foreach (var (socket, descriptor) in copies)
            {
                Sort(socket, descriptor, found);
            }
        }

        return found;
    }

    public void Dispose()
    {
        for (var index = 0; index < _sockets.Length; index++)
        {
            if (_sockets[index] is { } socket)
            {
                Posix.Close(FirstDescriptor + index);
                socket.Dispose();
                _sockets[index] = null;
            }
        }
    }

    private void Sort(Socket socket, int descriptor, Dictionary<HostPort, int> found)
    {
        for (var index = 0; index < listeners.Count; index++)
        {
            if (IsListeningOn(socket, listeners[index].Address) && found.TryAdd(listeners[index].Address, descriptor))
            {
                Keep(index, socket);
                return;
            }
        }

        socket.Dispose();
    }

    private void Keep(int index, Socket socket)
    {
        Posix.DuplicateTo((int)socket.Handle, FirstDescriptor + index);
        _sockets[index] = socket;
    }

    private Socket Open(PlannedListener listener)
    {
        if (AddressOf(listener.Address) is not { } address)
        {
            throw new ProxyHostException($"Proxy {proxy} cannot listen on {listener.Address} ({listener.Purpose}): that needs an IP address, such as 0.0.0.0, 127.0.0.1 or [::].");
        }

        Socket? socket = null;
        try
        {
            socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            if (address.Equals(IPAddress.IPv6Any))
            {
                // As HAProxy's own ":::8320" does on Linux: clients of both families.
                socket.DualMode = true;
            }

            // Connections in TIME_WAIT must not block a restart. SocketOptionName.ReuseAddress would set SO_REUSEPORT too,
            // and a second host would then bind the same port and get half of the clients.
            socket.SetRawSocketOption(SocketLevel, ReuseAddress, BitConverter.GetBytes(1));
            socket.Bind(new IPEndPoint(address, listener.Address.Port));

            // As many waiting clients as the system allows (net.core.somaxconn): HAProxy leaves the queue of an inherited socket as it is.
            socket.Listen(int.MaxValue);
            return socket;
        }
        catch (SocketException e)
        {
            socket?.Dispose();
            throw new ProxyHostException($"Proxy {proxy} cannot listen on {listener.Address} ({listener.Purpose}): {Advice(e.SocketErrorCode, listener.Address.Port)}", e);
        }
    }

    private static string Advice(SocketError error, int port) => error switch
    {
        SocketError.AddressAlreadyInUse => $"another process has that port; \"ss -ltnp 'sport = :{port}'\" names it. Stop it, or choose another port.",
        SocketError.AccessDenied => "this user may not. Ports below 1024 need root or the capability CAP_NET_BIND_SERVICE.",
        SocketError.AddressNotAvailable => "this machine does not have that address; \"ip address\" lists those it has.",
        SocketError.AddressFamilyNotSupported => "this machine does not speak that family of addresses.",
        _ => new SocketException((int)error).Message,
    };

    private static bool IsListeningOn(Socket socket, HostPort address) =>
        socket.LocalEndPoint is IPEndPoint local && AddressOf(address) is { } wanted && local.Equals(new IPEndPoint(wanted, address.Port));

    private static IPAddress? AddressOf(HostPort address) =>
        address.Host == "localhost" ? IPAddress.Loopback : IPAddress.TryParse(address.Host, out var parsed) ? parsed : null;

    private static int SocketLevel => OperatingSystem.IsMacOS() ? 0xFFFF : 1; // SOL_SOCKET
    private static int ReuseAddress => OperatingSystem.IsMacOS() ? 4 : 2; // SO_REUSEADDR
}
