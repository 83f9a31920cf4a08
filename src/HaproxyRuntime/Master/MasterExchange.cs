using System.Net.Sockets;
using System.Text;

namespace HaproxyRuntime;

/// <summary>One connection to a master's socket: lines are sent, and all is read until the end of the connection or until there is nothing more to be expected, within one deadline.</summary>
internal sealed class MasterExchange(RuntimeEndpoint endpoint, RuntimeOptions options, RuntimeCommand command, string about, TimeSpan patience, CancellationToken cancel)
{
    private const int Chunk = 4096;

    /// <summary>Every byte that came.</summary>
    /// <param name="lines">With their ends.</param>
    /// <param name="isFinal">Whether nothing more is to be expected of what came so far.</param>
    public async Task<string> AskAsync(string lines, Func<ReadOnlyMemory<byte>, bool> isFinal)
    {
        using var connection = await Transport.ConnectAsync(endpoint, options, cancel).ConfigureAwait(false);
        using var deadline = new CancellationTokenSource(patience, options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, deadline.Token);
        var bytes = new byte[Chunk];
        var length = 0;
        try
        {
            await connection.SendAllAsync(Encoding.UTF8.GetBytes(lines), either.Token).ConfigureAwait(false);
            while (await connection.ReceiveAsync(bytes.AsMemory(length), either.Token).ConfigureAwait(false) is > 0 and var read)
            {
                length += read;
                if (isFinal(bytes.AsMemory(0, length)))
                {
                    break;
                }

                if (length > options.MaximumAnswerBytes)
                {
                    throw new RuntimeApiException(RuntimeApiError.TooLong, endpoint, command, $"{about}the answer is longer than {options.MaximumAnswerBytes:N0} bytes", Text(Chunk));
                }

                if (length == bytes.Length)
                {
                    Array.Resize(ref bytes, (int)Math.Min(bytes.Length * 2L, (long)options.MaximumAnswerBytes + Chunk));
                }
            }
        }
        catch (SocketException e)
        {
            throw new RuntimeApiException(RuntimeApiError.CutShort, endpoint, command, $"{about}the connection broke before the answer was complete ({e.Message})", Text(Chunk), e);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw new RuntimeApiException(RuntimeApiError.TimedOut, endpoint, command, $"{about}no complete answer within {patience.TotalSeconds:0.###} s", Text(Chunk), e);
        }

        return Text(length);

        string Text(int atMost) => Encoding.UTF8.GetString(bytes, 0, Math.Min(length, atMost));
    }

    public RuntimeApiException CutShort(string answer) => new(RuntimeApiError.CutShort, endpoint, command, $"{about}the connection ended before the answer was complete", answer);
}
