using System.Net;
using System.Net.Sockets;
using System.Text;

namespace DbSwitch.Databases.Tcp;

/// <summary>What a database speaks, as far as it can be recognised without a login.</summary>
internal enum DatabaseProtocol
{
    Unknown,
    Postgres,
    MySql,
    Redis,
}

/// <summary>
/// Asks once what answers at an address: MySQL greets first, PostgreSQL says S or N to a request for TLS, Redis answers PING. At most two connections, of which MySQL, which counts those that end
/// before a login (max_connect_errors), sees one.
/// </summary>
internal static class ProtocolLook
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(300);

    // Length 8, then the code of an SSLRequest, as PostgreSQL's manual has it.
    private static readonly byte[] TlsPlease = [0, 0, 0, 8, 4, 210, 22, 47];

    /// <returns>Unknown too where nobody listens.</returns>
    public static async Task<DatabaseProtocol> OfAsync(IPEndPoint address, TimeProvider time, CancellationToken cancel)
    {
        try
        {
            using var first = await ConnectAsync(address, cancel).ConfigureAwait(false);
            if (IsMySql(await ReadAsync(first, time, cancel).ConfigureAwait(false)))
            {
                return DatabaseProtocol.MySql;
            }

            var answer = await AskAsync(first, TlsPlease, time, cancel).ConfigureAwait(false);
            if (IsMySql(answer))
            {
                // It looked up our name first.
                return DatabaseProtocol.MySql;
            }

            if (answer is [(byte)'S' or (byte)'N'])
            {
                return DatabaseProtocol.Postgres;
            }

            using var second = await ConnectAsync(address, cancel).ConfigureAwait(false);
            return IsRedis(Encoding.ASCII.GetString(await AskAsync(second, "PING\r\n"u8.ToArray(), time, cancel).ConfigureAwait(false))) ? DatabaseProtocol.Redis : DatabaseProtocol.Unknown;
        }
        catch (SocketException)
        {
            return DatabaseProtocol.Unknown;
        }
    }

    // Whether it answers at all, or wants a password or TLS first: these are Redis' own errors.
    private static bool IsRedis(string answer) => ((string[])["+PONG\r\n", "-NOAUTH ", "-NOPERM ", "-DENIED ", "-LOADING ", "-MASTERDOWN "]).Any(a => answer.StartsWith(a, StringComparison.Ordinal));

    /// <summary>Its packet's number is 0, and the fifth byte the protocol's version; or it refuses this host (255).</summary>
    public static bool IsMySql(ReadOnlySpan<byte> greeting) => greeting.Length > 5 && greeting[3] == 0 && greeting[4] is 10 or 255;

    private static async Task<Socket> ConnectAsync(IPEndPoint address, CancellationToken cancel)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(address, cancel).ConfigureAwait(false);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task<byte[]> AskAsync(Socket socket, byte[] question, TimeProvider time, CancellationToken cancel)
    {
        await socket.SendAsync(question, cancel).ConfigureAwait(false);
        return await ReadAsync(socket, time, cancel).ConfigureAwait(false);
    }

    /// <summary>What comes in a moment; empty for nothing.</summary>
    private static async Task<byte[]> ReadAsync(Socket socket, TimeProvider time, CancellationToken cancel)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancel);
        var buffer = new byte[256];
        try
        {
            return buffer[..await socket.ReceiveAsync(buffer.AsMemory(), either.Token).ConfigureAwait(false)];
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return [];
        }
    }
}
