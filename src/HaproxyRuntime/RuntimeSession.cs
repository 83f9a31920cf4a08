using System.Net.Sockets;
using System.Text;

namespace HaproxyRuntime;

/// <summary>
/// A Runtime API over one connection that is kept open, in HAProxy's interactive mode (<c>prompt</c>, management guide section 9.3). Thread-safe: commands are
/// answered in the order in which they were sent, and may be sent before earlier ones are answered.
/// A command whose deadline passed stays in its place: its answer may still come (<see cref="Unanswered"/>), and <see cref="Ended"/> tells when it can't any more.
/// </summary>
public sealed class RuntimeSession : RuntimeApi, IAsyncDisposable
{
    private static readonly byte[] Prompt = "\n> "u8.ToArray();

    private readonly Socket _socket;
    private readonly RuntimeOptions _options;
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly Queue<Pending> _pending = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly TaskCompletionSource<RuntimeApiException> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _reading = Task.CompletedTask;
    private int _closed;
    private bool _endedByPeer;

    private RuntimeSession(RuntimeEndpoint endpoint, Socket socket, RuntimeOptions options)
        : base(endpoint)
    {
        _socket = socket;
        _options = options;
    }

    /// <summary>Completes, never fails, when the connection has ended, with the reason: the process ended, reloaded, closed it, or we did.</summary>
    public Task<RuntimeApiException> Ended => _ended.Task;

    /// <summary>
    /// Whether the other end closed the connection: then its process has read all it ever will, and executes nothing of it any more.
    /// False while it is open, and when it ended on our side (closed, or silent for too long).
    /// </summary>
    public bool EndedByPeer => _ended.Task is { IsCompletedSuccessfully: true } && _endedByPeer;

    /// <summary>Commands that were sent and not answered yet, those whose deadline has passed included.</summary>
    public IReadOnlyList<RuntimeCommand> Unanswered
    {
        get
        {
            lock (_pending)
            {
                return [.. _pending.Select(p => p.Command).OfType<RuntimeCommand>()];
            }
        }
    }

    /// <summary>Connects and enters interactive mode.</summary>
    /// <exception cref="RuntimeApiException">There is no HAProxy to talk to.</exception>
    public static async Task<RuntimeSession> OpenAsync(RuntimeEndpoint endpoint, RuntimeOptions? options = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(endpoint);
        options ??= new RuntimeOptions();
        var socket = await Transport.ConnectAsync(endpoint, options, cancel).ConfigureAwait(false);
        var session = new RuntimeSession(endpoint, socket, options);
        session._reading = session.ReadAsync();
        try
        {
            var greeting = await session.SendAsync(null, "prompt\n"u8.ToArray(), cancel).ConfigureAwait(false);
            return greeting.Length == 0
                ? session
                : throw new RuntimeApiException(RuntimeApiError.Unexpected, endpoint, null, $"this is not HAProxy's Runtime API: it answered \"{CommandResult.Excerpt(greeting)}\"", greeting);
        }
        catch (RuntimeApiException e) when (e is { Error: RuntimeApiError.CutShort, Answer: { Length: > 0 } answer })
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw new RuntimeApiException(RuntimeApiError.Unexpected, endpoint, null, $"this is not HAProxy's Runtime API: it answered \"{CommandResult.Excerpt(answer)}\"", answer, e);
        }
        catch
        {
            await session.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public override Task<string> ExecuteAsync(RuntimeCommand command, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(command);
        return SendAsync(command, Encoding.UTF8.GetBytes(command.Text + "\n"), cancel);
    }

    /// <summary>Closes the connection. HAProxy may still execute what it has received.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _closed, 1) == 1)
        {
            return;
        }

        await _closing.CancelAsync().ConfigureAwait(false);
        await _reading.ConfigureAwait(false);
        _socket.Dispose();
        _closing.Dispose();
    }

    private async Task<string> SendAsync(RuntimeCommand? command, ReadOnlyMemory<byte> line, CancellationToken cancel)
    {
        var pending = new Pending(command);
        using var deadline = new CancellationTokenSource(_options.AnswerTimeout, _options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, deadline.Token);
        var sending = false;
        try
        {
            await _sending.WaitAsync(either.Token).ConfigureAwait(false);
            var send = Task.CompletedTask;
            try
            {
                Enqueue(pending);
                sending = true;
                send = RuntimeClient.SendAllAsync(_socket, line, _closing.Token);
                await send.WaitAsync(either.Token).ConfigureAwait(false);
            }
            finally
            {
                // A send that outlives our patience goes on, and the next one waits for it: half a command would be completed by the next one's bytes.
                _ = send.ContinueWith(_ => _sending.Release(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            }

            return await pending.Answer.Task.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (pending.Answer.Task.IsFaulted)
        {
            return await pending.Answer.Task.ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw sending
                ? new RuntimeApiException(RuntimeApiError.TimedOut, Endpoint, command, $"no complete answer within {_options.AnswerTimeout.TotalSeconds:0.###} s", inner: e)
                : new RuntimeApiException(RuntimeApiError.Unreachable, Endpoint, command, "an earlier command still waits to be sent", inner: e);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            throw new RuntimeApiException(RuntimeApiError.CutShort, Endpoint, command, $"the connection broke before the answer was complete ({e.Message})", inner: e);
        }
    }

    private void Enqueue(Pending pending)
    {
        lock (_pending)
        {
            if (_ended.Task.IsCompleted)
            {
                throw new RuntimeApiException(RuntimeApiError.Unreachable, Endpoint, pending.Command, $"the connection has ended ({_ended.Task.Result.Problem})");
            }

            _pending.Enqueue(pending);
        }
    }

    private async Task ReadAsync()
    {
        var buffer = new AnswerBuffer(_options.MaximumAnswerBytes);
        var scanned = 0;
        RuntimeApiException reason;
        try
        {
            while (true)
            {
                var read = await _socket.ReceiveAsync(buffer.FreeSpace(), _closing.Token).ConfigureAwait(false);
                if (read == 0)
                {
                    _endedByPeer = true;
                    reason = new RuntimeApiException(RuntimeApiError.CutShort, Endpoint, null, "HAProxy closed the connection");
                    break;
                }

                if (!buffer.Advance(read))
                {
                    reason = new RuntimeApiException(RuntimeApiError.TooLong, Endpoint, null, $"an answer is longer than {_options.MaximumAnswerBytes:N0} bytes");
                    break;
                }

                scanned = Deliver(buffer, scanned);
                if (scanned < 0)
                {
                    reason = new RuntimeApiException(RuntimeApiError.Unexpected, Endpoint, null, "it said something that was not asked for");
                    break;
                }
            }
        }
        catch (SocketException e)
        {
            _endedByPeer = e.SocketErrorCode == SocketError.ConnectionReset;
            reason = new RuntimeApiException(RuntimeApiError.CutShort, Endpoint, null, $"the connection broke ({e.Message})", inner: e);
        }
        catch (OperationCanceledException)
        {
            reason = new RuntimeApiException(RuntimeApiError.CutShort, Endpoint, null, "it was closed on our side");
        }

        End(reason, buffer.Text());
    }

    /// <summary>Hands out every answer that is complete; gives how many bytes of the rest are known to hold no end, or -1 when nobody waits for an answer.</summary>
    private int Deliver(AnswerBuffer buffer, int scanned)
    {
        while (true)
        {
            var found = buffer.Written[scanned..].IndexOf(Prompt);
            if (found < 0)
            {
                return Math.Max(0, buffer.Length - Prompt.Length + 1);
            }

            Pending pending;
            lock (_pending)
            {
                if (!_pending.TryDequeue(out pending!))
                {
                    return -1;
                }
            }

            pending.Answer.TrySetResult(buffer.TakeBefore(scanned + found, Prompt.Length));
            scanned = 0;
        }
    }

    private void End(RuntimeApiException reason, string partial)
    {
        // Closed at once, not only when disposed: what follows on a broken connection can only mislead.
        _socket.Close();
        List<Pending> left;
        lock (_pending)
        {
            _ended.TrySetResult(reason);
            left = [.. _pending];
            _pending.Clear();
        }

        foreach (var pending in left)
        {
            pending.Answer.TrySetException(new RuntimeApiException(reason.Error, Endpoint, pending.Command, reason.Problem + " before the answer was complete", partial, reason));
            _ = pending.Answer.Task.Exception;
            partial = "";
        }
    }

    /// <param name="command">Null for the request of interactive mode itself.</param>
    private sealed class Pending(RuntimeCommand? command)
    {
        public RuntimeCommand? Command { get; } = command;

        public TaskCompletionSource<string> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
