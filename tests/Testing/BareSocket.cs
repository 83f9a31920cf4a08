using System.Net.Sockets;
using System.Text;

namespace DbSwitch.Testing;

/// <summary>
/// Types a line at a Runtime API as netcat would, and reads until HAProxy closes. Knows nothing of the product's own
/// library, so that a mistake in that one can't hide itself.
/// </summary>
public static class BareSocket
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    /// <summary>Every byte of the answer, as text.</summary>
    /// <param name="path">The Unix socket.</param>
    /// <param name="line">One line of commands, without its end.</param>
    /// <param name="halfClose">A master's socket closes only after we closed our side; a <c>wait</c> at a worker's would be aborted by it.</param>
    /// <param name="patience">For all of it; 10 s if not given.</param>
    /// <exception cref="TimeoutException">HAProxy had not answered and closed by then.</exception>
    public static async Task<string> SendAsync(string path, string line, bool halfClose = false, TimeSpan? patience = null)
    {
        using var deadline = new CancellationTokenSource(patience ?? s_patience);
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), deadline.Token);
            await using var stream = new NetworkStream(socket);
            await stream.WriteAsync(Encoding.UTF8.GetBytes(line + "\n"), deadline.Token);
            if (halfClose)
            {
                socket.Shutdown(SocketShutdown.Send);
            }

            using var answer = new MemoryStream();
            await stream.CopyToAsync(answer, deadline.Token);
            return Encoding.UTF8.GetString(answer.ToArray());
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"No complete answer to \"{line}\" within {(patience ?? s_patience).TotalSeconds} s.");
        }
    }
}
