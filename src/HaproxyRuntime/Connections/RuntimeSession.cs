using System.Net.Sockets;
using System.Text;

namespace HaproxyRuntime;

/// <summary>
/// A Runtime API over one connection that is kept open, in HAProxy's interactive mode (<c>prompt</c>, management guide section 9.3). Thread-safe: commands are
/// answered in the order in which they were sent, and may be sent before earlier ones are answered. A reload does not end it: it stays with the old worker, which
/// says so in <c>show info</c> (<see cref="ProcessInfo.Stopping"/>), and keeps that worker alive.
/// A command whose deadline passed stays in its place: its answer may still come (<see cref="Unanswered"/>), and <see cref="Ended"/> tells when it can't any more.
/// </summary>
public sealed partial class RuntimeSession : RuntimeApi, IAsyncDisposable
{
    private readonly Socket _socket;
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly Queue<PendingAnswer> _pending = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly CancellationToken _whenClosing;
    private readonly TaskCompletionSource<RuntimeApiException> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _reading = Task.CompletedTask;
    private SocketException? _sendFailure;
    private int _closed;
    private bool _endedByPeer;

    private RuntimeSession(RuntimeEndpoint endpoint, Socket socket, RuntimeOptions options)
        : base(endpoint, options)
    {
        _socket = socket;
        _whenClosing = _closing.Token;
    }

    /// <summary>Completes, never fails, when the connection has ended, with the reason: the process ended or closed it, or we did.</summary>
    public Task<RuntimeApiException> Ended => _ended.Task;

    /// <summary>
    /// Whether the other end closed the connection: then its process has read all it ever will, and executes nothing of it any more.
    /// False while it is open, and when it ended on our side (closed, or silent for too long). Behind a TCP proxy, such as Docker's for published ports, the
    /// other end is that proxy, whose word says nothing about HAProxy.
    /// </summary>
    public bool EndedByPeer => _ended.Task is { IsCompletedSuccessfully: true } && _endedByPeer;

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
        catch (RuntimeApiException e) when (e is { Error: RuntimeApiError.CutShort, Answer: { Length: > 0 } answer } && !"\n> ".StartsWith(answer, StringComparison.Ordinal))
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
        return command.Needs.Count == 0 || Options.IgnoreCompatibility ? SendAsync(command, cancel) : ExecuteJudgedAsync(command, cancel);
    }

    /// <summary>Closes the connection. HAProxy may still execute what it has received.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _closed, 1) == 0)
        {
            await _closing.CancelAsync().ConfigureAwait(false);
            await _reading.ConfigureAwait(false);
            _closing.Dispose();
        }
        else
        {
            await _ended.Task.ConfigureAwait(false);
        }
    }

    private Task<string> SendAsync(RuntimeCommand command, CancellationToken cancel) => SendAsync(command, Encoding.UTF8.GetBytes(command.Text + "\n"), cancel);

    private async Task<string> SendAsync(RuntimeCommand? command, ReadOnlyMemory<byte> line, CancellationToken cancel)
    {
        var pending = new PendingAnswer(command);
        var patience = Options.AnswerTimeout + WaitsOfUnanswered() + (command?.Waits ?? TimeSpan.Zero);
        using var deadline = new CancellationTokenSource(patience, Options.Time);
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
                send = WriteAsync(line);
                await send.WaitAsync(either.Token).ConfigureAwait(false);
            }
            finally
            {
                // A send that outlives our patience goes on, and the next one waits for it: half a command would be completed by the next one's bytes.
                _ = send.ContinueWith(_ => _sending.Release(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            }

            return await pending.Answer.Task.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (pending.GiveUp())
        {
            throw;
        }
        catch (OperationCanceledException) when (pending.Answer.Task.IsCompleted)
        {
            return await pending.Answer.Task.ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw sending
                ? new RuntimeApiException(RuntimeApiError.TimedOut, Endpoint, command, $"no complete answer within {patience.TotalSeconds:0.###} s", inner: e)
                : new RuntimeApiException(RuntimeApiError.Unreachable, Endpoint, command, "an earlier command still waits to be sent", inner: e);
        }
    }

    /// <summary>Sends, and never throws: a connection that can't be sent to ends, and its end is the answer of all who wait.</summary>
    private async Task WriteAsync(ReadOnlyMemory<byte> line)
    {
        try
        {
            await RuntimeClient.SendAllAsync(_socket, line, _whenClosing).ConfigureAwait(false);
        }
        catch (SocketException e)
        {
            // The reader is not interrupted, it meets the end behind what has already arrived: earlier commands get their answers.
            _sendFailure = e;
            try
            {
                _socket.Shutdown(SocketShutdown.Both);
            }
            catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
            {
                // It has ended already.
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // It has ended, or is about to.
        }
    }

    private void Enqueue(PendingAnswer pending)
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

    /// <summary>Reads until the connection ends, for whatever reason, and then ends the session.</summary>
    private async Task ReadAsync()
    {
        var buffer = new AnswerBuffer(Options.MaximumAnswerBytes);
        RuntimeApiException reason;
        try
        {
            reason = await DeliverAsync(buffer).ConfigureAwait(false);
        }
        catch (SocketException e)
        {
            reason = Broken(e);
        }
        catch (OperationCanceledException)
        {
            reason = new RuntimeApiException(RuntimeApiError.CutShort, Endpoint, null, "it was closed on our side");
        }
        catch (Exception e)
        {
            // A bug of ours or no memory: nobody may wait for ever because of it.
            reason = new RuntimeApiException(RuntimeApiError.CutShort, Endpoint, null, $"it can't be read ({e.Message})", inner: e);
        }

        End(reason, buffer.Beginning());
    }

    /// <summary>Hands out every answer that is complete, in the order of the commands; returns why there will be no more.</summary>
    private async Task<RuntimeApiException> DeliverAsync(AnswerBuffer buffer)
    {
        while (await _socket.ReceiveAsync(buffer.FreeSpace(), _whenClosing).ConfigureAwait(false) is > 0 and var read)
        {
            buffer.Advance(read);
            while (NextPending() is { } pending && buffer.TryTake(out var answer))
            {
                lock (_pending)
                {
                    _pending.Dequeue();
                }

                pending.Answer.TrySetResult(answer);
            }

            if (buffer.IsTooLong)
            {
                return new RuntimeApiException(RuntimeApiError.TooLong, Endpoint, null, $"an answer is longer than {Options.MaximumAnswerBytes:N0} bytes");
            }

            // A command is in the queue before its first byte is sent, so what comes while it is empty is nobody's answer, and would become the next one's.
            if (buffer.HasMore && NextPending() is null)
            {
                return new RuntimeApiException(RuntimeApiError.Unexpected, Endpoint, null, $"it said something that was not asked for (\"{CommandResult.Excerpt(buffer.Beginning())}\")");
            }
        }

        if (_sendFailure is { } failure)
        {
            return Broken(failure);
        }

        _endedByPeer = true;
        return new RuntimeApiException(RuntimeApiError.CutShort, Endpoint, null, "HAProxy closed the connection");
    }

    private PendingAnswer? NextPending()
    {
        lock (_pending)
        {
            return _pending.TryPeek(out var pending) ? pending : null;
        }
    }

    private RuntimeApiException Broken(SocketException e)
    {
        // Reset, or "broken pipe" (Shutdown) when sending: the other end has closed. Anything else, a timeout above all, says nothing about it.
        _endedByPeer = e.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown;
        return new RuntimeApiException(RuntimeApiError.CutShort, Endpoint, null, $"the connection broke ({e.Message})", inner: e);
    }

    private void End(RuntimeApiException reason, string partial)
    {
        // Closed at once, not only when disposed: what follows on a broken connection can only mislead.
        _socket.Dispose();
        List<PendingAnswer> left;
        lock (_pending)
        {
            _ended.TrySetResult(reason);
            left = [.. _pending];
            _pending.Clear();
        }

        foreach (var pending in left)
        {
            // Whatever the reason is, to those who waited for an answer theirs was cut short.
            var error = reason.Error == RuntimeApiError.TooLong ? RuntimeApiError.TooLong : RuntimeApiError.CutShort;
            pending.Answer.TrySetException(new RuntimeApiException(error, Endpoint, pending.Command, reason.Problem + " before the answer was complete", partial, reason));
            _ = pending.Answer.Task.Exception;
            partial = "";
        }
    }
}
