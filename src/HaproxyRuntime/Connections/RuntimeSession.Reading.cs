using System.Net.Sockets;

namespace HaproxyRuntime;

/// <content>
/// Reading: every answer to its command, in order, until the connection ends. Driven by hand rather than by an async loop, so that a caller can go on with its answer on
/// the thread that received it, when the next bytes are already waited for by another: handing it to another thread takes as long as HAProxy needs to answer.
/// </content>
public sealed partial class RuntimeSession
{
    private readonly AnswerBuffer _buffer;

    private void BeginReading()
    {
        _connection.Received += () => Read(hasReceived: true);
        Read(hasReceived: false);
    }

    /// <summary>Takes in what was received, and goes on until it has to wait.</summary>
    private void Read(bool hasReceived)
    {
        PendingAnswer? last = null;
        var answer = "";
        bool waits;
        do
        {
            RuntimeApiException? reason;
            try
            {
                reason = hasReceived ? TakeIn(ref last, ref answer) : null;
                waits = reason is null && _connection.Receive(_buffer.FreeSpace());
                hasReceived = true;
            }
            catch (Exception e)
            {
                (reason, waits) = (Reason(e), false);
            }

            if (reason is not null)
            {
                last?.Give(answer, here: false);
                End(reason, _buffer.Beginning());
                return;
            }
        }
        while (!waits);

        // Another thread may already be in this method: nothing of the session is touched any more.
        last?.Give(answer, here: true);
    }

    private RuntimeApiException? TakeIn(ref PendingAnswer? last, ref string answer) =>
        _connection.Error == SocketError.Success ? Deliver(_connection.BytesReceived, ref last, ref answer) : Reason(new SocketException((int)_connection.Error));

    /// <summary>Hands out every answer that is complete but the last one, in the order of the commands; returns why there will be no more, or null.</summary>
    /// <param name="read">How many bytes came; 0 at the end.</param>
    /// <param name="last">Whom the last complete answer is for, and nobody has given it to yet.</param>
    /// <param name="lastAnswer">That answer.</param>
    private RuntimeApiException? Deliver(int read, ref PendingAnswer? last, ref string lastAnswer)
    {
        if (read == 0)
        {
            if (_sendFailure is { } failure)
            {
                return Broken(failure);
            }

            _endedByPeer = true;
            return new RuntimeApiException(RuntimeApiError.CutShort, Endpoint, null, "HAProxy closed the connection");
        }

        _buffer.Advance(read);
        var pending = NextPending();
        while (pending is not null && _buffer.TryTake(out var answer))
        {
            lock (_pending)
            {
                _pending.Dequeue();
                _deadlines.Answered(pending.Command);
            }

            last?.Give(lastAnswer, here: false);
            (last, lastAnswer) = (pending, answer);
            pending = NextPending();
        }

        if (_buffer.IsTooLong)
        {
            return new RuntimeApiException(RuntimeApiError.TooLong, Endpoint, null, $"an answer is longer than {Options.MaximumAnswerBytes:N0} bytes");
        }

        // A command is in the queue before its first byte is sent, so what comes while it is empty is nobody's answer, and would become the next one's.
        return _buffer.HasMore && NextPending() is null
            ? new RuntimeApiException(RuntimeApiError.Unexpected, Endpoint, null, $"it said something that was not asked for (\"{CommandResult.Excerpt(_buffer.Beginning())}\")")
            : null;
    }

    private PendingAnswer? NextPending()
    {
        lock (_pending)
        {
            return _pending.TryPeek(out var pending) ? pending : null;
        }
    }

    private RuntimeApiException Reason(Exception e) => e switch
    {
        _ when _closed != 0 => new RuntimeApiException(RuntimeApiError.CutShort, Endpoint, null, "it was closed on our side"),
        SocketException broken => Broken(broken),

        // A bug of ours or no memory: nobody may wait for ever because of it.
        _ => new RuntimeApiException(RuntimeApiError.CutShort, Endpoint, null, $"it can't be read ({e.Message})", inner: e),
    };

    private RuntimeApiException Broken(SocketException e)
    {
        // Reset, or "broken pipe" (Shutdown) when sending: the other end has closed. Anything else, a timeout above all, says nothing about it.
        _endedByPeer = e.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown;
        return new RuntimeApiException(RuntimeApiError.CutShort, Endpoint, null, $"the connection broke ({e.Message})", inner: e);
    }

    private void End(RuntimeApiException reason, string partial)
    {
        // Closed at once, not only when disposed: what follows on a broken connection can only mislead.
        _connection.Dispose();
        List<PendingAnswer> left;
        lock (_pending)
        {
            _ended.TrySetResult(reason);
            left = [.. _pending];
            _pending.Clear();
        }

        _deadlines.Dispose();
        foreach (var pending in left)
        {
            // Whatever the reason is, to those who waited for an answer theirs was cut short.
            var error = reason.Error == RuntimeApiError.TooLong ? RuntimeApiError.TooLong : RuntimeApiError.CutShort;
            pending.Fail(new RuntimeApiException(error, Endpoint, pending.Command, reason.Problem + " before the answer was complete", partial, reason));
            partial = "";
        }

        _done.SetResult();
    }
}
