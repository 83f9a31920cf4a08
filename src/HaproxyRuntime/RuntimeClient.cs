using System.Net.Sockets;
using System.Text;

namespace HaproxyRuntime;

/// <summary>A Runtime API over a connection of its own for each command. Thread-safe; holds nothing open.</summary>
/// <param name="endpoint">Where it listens.</param>
/// <param name="options">Deadlines and limits, or null for the defaults.</param>
public sealed class RuntimeClient(RuntimeEndpoint endpoint, RuntimeOptions? options = null) : RuntimeApi(endpoint)
{
    // HAProxy closes after the last answer of a line, but so does a process that dies, and older versions end some answers without the empty line that the
    // manual promises (before 2.6.18 and 2.8.6). So the command is sent in interactive mode: a prompt before the answer, and another behind it, which only
    // a complete answer has. Each on a line of its own: from 3.2 on, commands that share a line share one prompt.
    private const string Before = "prompt\n";
    private const string Behind = "\nquit\n";
    private static readonly byte[] Prompt = "\n> "u8.ToArray();

    private readonly RuntimeOptions _options = options ?? new RuntimeOptions();

    /// <inheritdoc/>
    public override async Task<string> ExecuteAsync(RuntimeCommand command, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(command);
        using var socket = await Transport.ConnectAsync(Endpoint, _options, cancel).ConfigureAwait(false);
        using var deadline = new CancellationTokenSource(_options.AnswerTimeout, _options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, deadline.Token);
        var answer = new AnswerBuffer(_options.MaximumAnswerBytes);
        try
        {
            await SendAllAsync(socket, Encoding.UTF8.GetBytes(Before + command.Text + Behind), either.Token).ConfigureAwait(false);
            while (true)
            {
                var read = await socket.ReceiveAsync(answer.FreeSpace(), either.Token).ConfigureAwait(false);
                if (read == 0)
                {
                    break;
                }

                if (!answer.Advance(read))
                {
                    throw new RuntimeApiException(RuntimeApiError.TooLong, Endpoint, command, $"the answer is longer than {_options.MaximumAnswerBytes:N0} bytes");
                }
            }
        }
        catch (SocketException e)
        {
            throw new RuntimeApiException(RuntimeApiError.CutShort, Endpoint, command, $"the connection broke before the answer was complete ({e.Message})", answer.Text(), e);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw new RuntimeApiException(RuntimeApiError.TimedOut, Endpoint, command, $"no complete answer within {_options.AnswerTimeout.TotalSeconds:0.###} s", answer.Text(), e);
        }

        return answer.Length >= 2 * Prompt.Length && answer.Written.StartsWith(Prompt) && answer.Written.EndsWith(Prompt)
            ? answer.Text(Prompt.Length, answer.Length - (2 * Prompt.Length))
            : throw new RuntimeApiException(RuntimeApiError.CutShort, Endpoint, command, "the connection ended before the answer was complete", answer.Text());
    }

    internal static async Task SendAllAsync(Socket socket, ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await socket.SendAsync(bytes, cancel).ConfigureAwait(false)..];
        }
    }
}
