using System.Net.Sockets;
using System.Text;

namespace HaproxyRuntime;

/// <summary>A Runtime API over a connection of its own for each command. Thread-safe; holds nothing open.</summary>
/// <param name="endpoint">Where it listens.</param>
/// <param name="options">Deadlines and limits, or null for the defaults.</param>
public sealed class RuntimeClient(RuntimeEndpoint endpoint, RuntimeOptions? options = null) : RuntimeApi(endpoint)
{
    // HAProxy closes after the last answer of a line, but so does a process that dies. So the command is sent in interactive mode: a prompt before the
    // answer, and another behind it, which only a complete answer has. Each on a line of its own: from 3.2 on, commands that share a line share one prompt.
    private const string Before = "prompt\n";
    private const string Behind = "\nquit\n";

    private readonly RuntimeOptions _options = options ?? new RuntimeOptions();

    /// <inheritdoc/>
    public override async Task<string> ExecuteAsync(RuntimeCommand command, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(command);
        using var socket = await Transport.ConnectAsync(Endpoint, _options, cancel).ConfigureAwait(false);
        using var deadline = new CancellationTokenSource(_options.AnswerTimeout, _options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, deadline.Token);
        var buffer = new AnswerBuffer(_options.MaximumAnswerBytes);
        var answers = new List<string>(2);
        try
        {
            await SendAllAsync(socket, Encoding.UTF8.GetBytes(Before + command.Text + Behind), either.Token).ConfigureAwait(false);
            while (await socket.ReceiveAsync(buffer.FreeSpace(), either.Token).ConfigureAwait(false) is > 0 and var read)
            {
                buffer.Advance(read);
                while (buffer.TryTake(out var answer))
                {
                    answers.Add(answer);
                    Check(command, answers);
                }

                if (buffer.IsTooLong)
                {
                    throw new RuntimeApiException(RuntimeApiError.TooLong, Endpoint, command, $"the answer is longer than {_options.MaximumAnswerBytes:N0} bytes", buffer.Beginning());
                }
            }
        }
        catch (SocketException e)
        {
            throw new RuntimeApiException(RuntimeApiError.CutShort, Endpoint, command, $"the connection broke before the answer was complete ({e.Message})", buffer.Beginning(), e);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw new RuntimeApiException(RuntimeApiError.TimedOut, Endpoint, command, $"no complete answer within {_options.AnswerTimeout.TotalSeconds:0.###} s", buffer.Beginning(), e);
        }

        return answers.Count == 2 && !buffer.HasMore
            ? answers[1]
            : throw new RuntimeApiException(RuntimeApiError.CutShort, Endpoint, command, "the connection ended before the answer was complete", buffer.Beginning());
    }

    internal static async Task SendAllAsync(Socket socket, ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        while (!bytes.IsEmpty)
        {
            bytes = bytes[await socket.SendAsync(bytes, cancel).ConfigureAwait(false)..];
        }
    }

    /// <summary>Interactive mode's own answer is empty, and there is one other.</summary>
    private void Check(RuntimeCommand command, List<string> answers)
    {
        if (answers[0].Length > 0)
        {
            throw new RuntimeApiException(RuntimeApiError.Unexpected, Endpoint, command, $"this is not HAProxy's Runtime API: it answered \"{CommandResult.Excerpt(answers[0])}\"", answers[0]);
        }

        if (answers.Count > 2)
        {
            throw new RuntimeApiException(RuntimeApiError.Unexpected, Endpoint, command, "it answered more than it was asked", answers[1]);
        }
    }
}
