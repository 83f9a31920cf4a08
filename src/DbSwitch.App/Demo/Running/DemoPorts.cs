using System.Net;
using System.Net.Sockets;
using DbSwitch.App.ExitCodes;

namespace DbSwitch.App.Demo.Running;

/// <summary>Where everything in the demo listens.</summary>
internal sealed record DemoPorts(int Database1, int Database2, int Clients, int Statistics, int RuntimeApi, int Http)
{
    /// <summary>The seed's, and the manager's own.</summary>
    public static DemoPorts Usual { get; } = new(8310, 8311, 8320, 8360, 9999, 8370);

    private IEnumerable<(int Port, string Who, IPAddress Address)> All =>
    [
        (Database1, Topology.Database1Name, AnyAddress),
        (Database2, Topology.Database2Name, AnyAddress),
        (Clients, "HAProxy, for the clients,", IPAddress.Loopback),
        (Statistics, "HAProxy, for its statistics page,", IPAddress.Loopback),
        (RuntimeApi, "HAProxy, for its Runtime API,", IPAddress.Loopback),
        (Http, "the manager, for its HTTP API,", IPAddress.Loopback),
    ];

    private static IPAddress AnyAddress => Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any;

    /// <summary>
    /// Ports that nobody has at the moment, below the range from which systems give ports to clients. Another program may still be faster:
    /// then the part that wanted the port says so.
    /// </summary>
    public static DemoPorts Free()
    {
        var found = new HashSet<int>();
        while (found.Count < 6)
        {
            var port = Random.Shared.Next(10_000, 20_000);
            if (!IsTaken(port, AnyAddress) && !IsTaken(port, IPAddress.Loopback))
            {
                found.Add(port);
            }
        }

        return found.ToArray() is [var database1, var database2, var clients, var statistics, var api, var http]
            ? new DemoPorts(database1, database2, clients, statistics, api, http)
            : throw new InvalidOperationException("Six ports were looked for.");
    }

    /// <exception cref="CommandException">Somebody else has one of them.</exception>
    public void Check()
    {
        foreach (var (port, who, address) in All)
        {
            if (IsTaken(port, address))
            {
                throw new CommandException(ExitCode.Usage,
                    $"Port {port} is taken by another program, and {who} wants it: stop that program (\"ss -ltnp 'sport = :{port}'\" names it), or let the demo choose free ports with --any-ports.");
            }
        }
    }

    private static bool IsTaken(int port, IPAddress address)
    {
        using var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            socket.DualMode = true;
        }

        try
        {
            socket.Bind(new IPEndPoint(address, port));
            socket.Listen();
            return false;
        }
        catch (SocketException)
        {
            return true;
        }
    }
}
