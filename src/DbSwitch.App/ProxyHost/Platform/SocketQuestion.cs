using System.Net.Sockets;
using System.Text;

namespace DbSwitch.App.ProxyHost.Platform;

/// <summary>One reading command to a Unix socket of HAProxy: is it there, and who is it? (Deciding anything takes the library's client.)</summary>
internal static class SocketQuestion
{
    /// <summary>Asks the master socket, which does not close after its answer unless we close our side.</summary>
    /// <returns>The whole answer; null when there was none within a second.</returns>
    public static Task<string?> AskMasterAsync(string socketPath, string command, CancellationToken cancellationToken) =>
        AskAsync(socketPath, command, halfClose: true, cancellationToken);

    /// <summary>Asks the Runtime API of the newest worker.</summary>
    /// <returns>The whole answer; null when there was none within a second.</returns>
    public static Task<string?> AskAsync(string socketPath, string command, CancellationToken cancellationToken) =>
        AskAsync(socketPath, command, halfClose: false, cancellationToken);

    /// <summary>One value of <c>show info</c>, such as Pid; null when it has none.</summary>
    public static string? Value(string info, string name) =>
        info.Split('\n').FirstOrDefault(line => line.StartsWith(name + ": ", StringComparison.Ordinal))?[(name.Length + 2)..].Trim();

    private static async Task<string?> AskAsync(string socketPath, string command, bool halfClose, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(1));
        try
        {
            using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(socketPath), limit.Token);

            // Before the shutdown: a socket that is half closed counts as not connected, and a stream wants one that is.
            using var stream = new NetworkStream(socket);
            await socket.SendAsync(Encoding.ASCII.GetBytes(command + "\n"), limit.Token);
            if (halfClose)
            {
                socket.Shutdown(SocketShutdown.Send);
            }

            using var reader = new StreamReader(stream, Encoding.UTF8);
            var answer = await reader.ReadToEndAsync(limit.Token);
            return answer.Length > 0 ? answer : null;
        }
        catch (Exception e) when (e is SocketException or IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return null;
        }
    }
}
