using System.Globalization;
using System.Net;

namespace HaproxyRuntime;

/// <content>The commands that change servers (management guide section 9.3); all need the level <c>admin</c>.</content>
public sealed partial record RuntimeCommand
{
    /// <summary><c>add server BACKEND/SERVER IP:PORT</c>: in maintenance until it is made ready.</summary>
    /// <param name="backend">A backend with a dynamic balancing algorithm.</param>
    /// <param name="server">The new server's name.</param>
    /// <param name="address">An IP address: HAProxy accepts a host name here and never resolves it.</param>
    /// <param name="settings">How it is otherwise, or null for HAProxy's defaults (not those of <c>default-server</c>, which it does not apply here).</param>
    /// <exception cref="ArgumentException">A name, address or setting can't be sent; the message says which.</exception>
    public static RuntimeCommand AddServer(string backend, string server, IPEndPoint address, ServerSettings? settings = null) =>
        new($"add server {Server(backend, server)} {Address(address)}{settings?.Words()}", true, CommandOutcome.Registered);

    /// <summary><c>del server BACKEND/SERVER</c>.</summary>
    public static RuntimeCommand DeleteServer(string backend, string server) => new("del server " + Server(backend, server), true, CommandOutcome.Deleted);

    /// <summary><c>set server BACKEND/SERVER state ready|drain|maint</c>.</summary>
    public static RuntimeCommand SetServerState(string backend, string server, ServerStateRequest state) =>
        new($"set server {Server(backend, server)} state {state switch
        {
            ServerStateRequest.Ready => "ready",
            ServerStateRequest.Drain => "drain",
            ServerStateRequest.Maintenance => "maint",
            _ => throw new ArgumentOutOfRangeException(nameof(state)),
        }}", true, CommandOutcome.Done);

    /// <summary>
    /// <c>set server BACKEND/SERVER addr IP port PORT</c>. From HAProxy 2.9 on it is applied a moment after the answer, and compared with what is in effect: a change back that comes
    /// too soon is answered <see cref="CommandOutcome.NothingChanged"/>, and then the first one is applied. <see cref="RuntimeApi.SetServerAddressAndReadBackAsync"/> waits for it.
    /// </summary>
    public static RuntimeCommand SetServerAddress(string backend, string server, IPEndPoint address)
    {
        Check(address);
        return new($"set server {Server(backend, server)} addr {address.Address} port {address.Port.ToString(CultureInfo.InvariantCulture)}", true, CommandOutcome.AddressChanged) { MayChangeNothing = true };
    }

    /// <summary><c>set server BACKEND/SERVER health up|stopping|down</c>: what its checks are to have found, until the next one.</summary>
    public static RuntimeCommand SetServerHealth(string backend, string server, ServerHealthRequest health) =>
        new($"set server {Server(backend, server)} health {health switch
        {
            ServerHealthRequest.Up => "up",
            ServerHealthRequest.Stopping => "stopping",
            ServerHealthRequest.Down => "down",
            _ => throw new ArgumentOutOfRangeException(nameof(health)),
        }}", true, CommandOutcome.Done);

    /// <summary><c>set server BACKEND/SERVER agent up|down</c>: what its agent is to have said, until it says something else.</summary>
    public static RuntimeCommand SetServerAgent(string backend, string server, bool up) =>
        new($"set server {Server(backend, server)} agent {(up ? "up" : "down")}", true, CommandOutcome.Done);

    /// <summary><c>set server BACKEND/SERVER check-port PORT</c>.</summary>
    /// <param name="backend">Its backend.</param>
    /// <param name="server">A server with a check.</param>
    /// <param name="port">1 to 65535.</param>
    public static RuntimeCommand SetServerCheckPort(string backend, string server, int port) =>
        new($"set server {Server(backend, server)} check-port {Port(port)}", true, CommandOutcome.Done);

    /// <summary><c>set server BACKEND/SERVER fqdn NAME</c>: only for a server of the configuration file with <c>resolvers</c>.</summary>
    /// <param name="backend">Its backend.</param>
    /// <param name="server">Its name.</param>
    /// <param name="host">A DNS name of 1 to 253 letters, digits, '-', '_' and '.'.</param>
    public static RuntimeCommand SetServerHost(string backend, string server, string host)
    {
        ArgumentException.ThrowIfNullOrEmpty(host);
        return host.Length <= HostPort.LongestHost && host.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_')
            ? new($"set server {Server(backend, server)} fqdn {host}", true, CommandOutcome.AddressChanged) { MayChangeNothing = true }
            : throw new ArgumentException("The host name is longer than 253 characters, or has one that is not allowed in DNS names.", nameof(host));
    }

    /// <summary><c>set server BACKEND/SERVER weight N</c>.</summary>
    /// <param name="backend">Its backend; with a static balancing algorithm it takes only 0 and the configured weight.</param>
    /// <param name="server">Its name.</param>
    /// <param name="weight">0 (no new traffic) to 256.</param>
    public static RuntimeCommand SetServerWeight(string backend, string server, int weight) =>
        new($"set server {Server(backend, server)} weight {Number(weight, 0, 256)}", true, CommandOutcome.Done);

    /// <summary><c>set weight BACKEND/SERVER N%</c>: relative to the configured weight.</summary>
    /// <param name="backend">Its backend.</param>
    /// <param name="server">Its name.</param>
    /// <param name="percent">0 or more; the result may be 256 at most.</param>
    public static RuntimeCommand SetRelativeWeight(string backend, string server, int percent) =>
        new($"set weight {Server(backend, server)} {Number(percent, 0, 25_600)}%", true, CommandOutcome.Done);

    /// <summary><c>set maxconn server BACKEND/SERVER N</c>.</summary>
    /// <param name="backend">Its backend.</param>
    /// <param name="server">Its name.</param>
    /// <param name="connections">0 (no limit) or more.</param>
    public static RuntimeCommand SetServerMaxconn(string backend, string server, int connections) =>
        new($"set maxconn server {Server(backend, server)} {Number(connections, 0, int.MaxValue)}", true, CommandOutcome.Done);

    /// <summary><c>enable server BACKEND/SERVER</c>: the same as making it ready.</summary>
    public static RuntimeCommand EnableServer(string backend, string server) => OfServer("enable server", backend, server);

    /// <summary><c>disable server BACKEND/SERVER</c>: the same as putting it to maintenance.</summary>
    public static RuntimeCommand DisableServer(string backend, string server) => OfServer("disable server", backend, server);

    /// <summary><c>enable health BACKEND/SERVER</c>: starts its checks. The checks of a server that was added at run time need it.</summary>
    public static RuntimeCommand EnableHealth(string backend, string server) => OfServer("enable health", backend, server);

    /// <summary><c>disable health BACKEND/SERVER</c>: stops its checks; it keeps the state that it has.</summary>
    public static RuntimeCommand DisableHealth(string backend, string server) => OfServer("disable health", backend, server);

    /// <summary><c>enable agent BACKEND/SERVER</c>: starts its agent checks.</summary>
    public static RuntimeCommand EnableAgent(string backend, string server) => OfServer("enable agent", backend, server);

    /// <summary><c>disable agent BACKEND/SERVER</c>: stops its agent checks.</summary>
    public static RuntimeCommand DisableAgent(string backend, string server) => OfServer("disable agent", backend, server);

    private static RuntimeCommand OfServer(string command, string backend, string server) => new($"{command} {Server(backend, server)}", true, CommandOutcome.Done);
}
