using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace DbSwitch.Testing;

/// <summary>
/// TCP ports for programs that can't choose one themselves: below the range from which the system gives clients theirs, so
/// that no connection takes one away between the choice and its use.
/// </summary>
public static class FreePort
{
    // Above everything that documents and defaults name.
    private const int First = 12_000;

    private static readonly int s_count = EphemeralPort() - First;

    // Test processes that run at the same time begin at different places.
    private static int s_next = (int)(Environment.ProcessId * 7919L % s_count);

    /// <summary>
    /// A port that nobody listens on, on any address, and that this process has not given away before. Another process may
    /// still be faster, so whoever starts a program on it tries again on "address already in use".
    /// </summary>
    public static int Take()
    {
        while (true)
        {
            var port = First + (int)((uint)Interlocked.Increment(ref s_next) % (uint)s_count);
            try
            {
                using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(new IPEndPoint(socket.AddressFamily == AddressFamily.InterNetworkV6 ? IPAddress.IPv6Any : IPAddress.Any, port));
                return port;
            }
            catch (SocketException)
            {
                // Somebody else's: the next one.
            }
        }
    }

    private static int EphemeralPort()
    {
        const string Range = "/proc/sys/net/ipv4/ip_local_port_range";
        var first = File.Exists(Range) ? int.Parse(File.ReadAllText(Range).Split('\t')[0], CultureInfo.InvariantCulture) : 0;
        return first > First + 5000 ? first : 32_768;
    }
}
