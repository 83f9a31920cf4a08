using System.Globalization;
using System.Net;

namespace HaproxyRuntime;

/// <content>The commands that change something (management guide section 9.3); all need the level <c>admin</c>.</content>
public sealed partial record RuntimeCommand
{
    /// <summary><c>add server BACKEND/SERVER IP:PORT</c>: in maintenance until it is made ready.</summary>
    /// <param name="backend">A backend with a dynamic balancing algorithm.</param>
    /// <param name="server">The new server's name.</param>
    /// <param name="address">An IP address: HAProxy accepts a host name here and never resolves it.</param>
    public static RuntimeCommand AddServer(string backend, string server, IPEndPoint address) =>
        new($"add server {Server(backend, server)} {Address(address)}", true, CommandOutcome.Registered);

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

    /// <summary><c>set server BACKEND/SERVER addr IP port PORT</c>. From HAProxy 2.9 on it is applied a moment after the answer: read it back.</summary>
    public static RuntimeCommand SetServerAddress(string backend, string server, IPEndPoint address)
    {
        Check(address);
        return new($"set server {Server(backend, server)} addr {address.Address} port {address.Port.ToString(CultureInfo.InvariantCulture)}", true, CommandOutcome.AddressChanged);
    }

    /// <summary><c>shutdown sessions server BACKEND/SERVER</c>: asynchronous; it marks, the streams end a moment later.</summary>
    public static RuntimeCommand ShutdownServerSessions(string backend, string server) => new("shutdown sessions server " + Server(backend, server), true, CommandOutcome.Done);

    /// <summary><c>shutdown session ID</c>.</summary>
    /// <param name="id">As <c>show sess</c> prints it: <c>0x</c> and hexadecimal digits.</param>
    public static RuntimeCommand ShutdownSession(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        return IsSessionId(id)
            ? new RuntimeCommand("shutdown session " + id, true, CommandOutcome.Done)
            : throw new ArgumentException($"\"{id}\" is not a session's id as \"show sess\" prints it.", nameof(id));
    }
}
