using System.Net.Sockets;
using System.Text;

namespace DbSwitch.App.Client;

/// <summary>
/// A look at the manager on this machine: one connection, one GET (RFC 9112), one answer. HttpClient does that too, and needs a third of the tenth of a second that
/// <c>dbswitch status</c> lives to get ready for it (<c>./bench status</c>); it does all the rest.
/// </summary>
internal static class LocalGet
{
    /// <summary>Far above any answer.</summary>
    private const int LargestAnswer = 64 * 1024 * 1024;

    /// <param name="headers">Lines of the request, beside <c>Host</c> and <c>Connection</c>.</param>
    /// <exception cref="SocketException">Nobody listens there, or this user may not connect.</exception>
    /// <exception cref="EndOfStreamException">The connection ended before the answer was complete.</exception>
    /// <exception cref="FormatException">What answers speaks something else, or has no end.</exception>
    /// <exception cref="OperationCanceledException">It was not done in time.</exception>
    public static HttpAnswer Send(string socketPath, string path, IEnumerable<string> headers, TimeSpan patience, CancellationToken cancel)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

        // A manager that hangs may have its queue of connections full: this bounds connect(2), too (unix(7), socket(7): SO_SNDTIMEO).
        socket.SendTimeout = (int)patience.TotalMilliseconds;
        socket.Connect(new UnixDomainSocketEndPoint(socketPath));
        using var ending = cancel.UnsafeRegister(state => ((Socket)state!).Dispose(), socket);
        try
        {
            socket.Send(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{string.Concat(headers.Select(h => h + "\r\n"))}\r\n"));
            using var received = new MemoryStream();
            var buffer = new byte[16 * 1024];
            while (socket.Receive(buffer) is > 0 and var bytes)
            {
                received.Write(buffer, 0, bytes);
                if (received.Length > LargestAnswer)
                {
                    throw new FormatException("It has no end.");
                }
            }

            return HttpAnswer.Parse(received.GetBuffer().AsSpan(0, (int)received.Length));
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException && cancel.IsCancellationRequested)
        {
            throw new OperationCanceledException(e.Message, e, cancel);
        }
        catch (SocketException e)
        {
            // Connected it was.
            throw new EndOfStreamException(e.Message, e);
        }
    }
}
