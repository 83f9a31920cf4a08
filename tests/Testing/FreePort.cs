using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace DbSwitch.Testing;

/// <summary>TCP ports for programs that can't choose one themselves.</summary>
public static class FreePort
{
    private static readonly ConcurrentDictionary<int, bool> s_taken = new();

    /// <summary>
    /// A port of 127.0.0.1 that nobody listened on a moment ago, and that this process has not given away before.
    /// Another process may still be faster, so whoever starts a program on it tries again on "address already in use".
    /// </summary>
    public static int Take()
    {
        while (true)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            var port = ((IPEndPoint)socket.LocalEndPoint!).Port;
            if (s_taken.TryAdd(port, true))
            {
                return port;
            }
        }
    }
}
