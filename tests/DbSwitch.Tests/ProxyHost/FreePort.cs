using System.Net;
using System.Net.Sockets;

namespace DbSwitch.Tests.ProxyHost;

/// <summary>Loopback ports below the range that the system gives to clients, each handed out once.</summary>
internal static class FreePort
{
    private static int _last = 20_000 + (Environment.ProcessId % 100 * 100);

    public static int Next()
    {
        while (true)
        {
            var port = Interlocked.Increment(ref _last);
            try
            {
                using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(new IPEndPoint(IPAddress.Any, port));
                return port;
            }
            catch (SocketException)
            {
                // Somebody else's: the next one.
            }
        }
    }
}
