using System.Buffers;
using System.Net.Sockets;
using System.Text;

namespace HaproxyRuntime;

/// <content>Sending: one command at a time, whole, in the order in which they were given.</content>
public sealed partial class RuntimeSession
{
    private SocketException? _sendFailure;

    private async Task<string> SendAsync(RuntimeCommand? command, string text, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var begun = Options.Time.GetTimestamp();
        if (!_sending.Wait(0, CancellationToken.None))
        {
            await WaitForTurnAsync(command, cancel).ConfigureAwait(false);
        }

        PendingAnswer pending;
        try
        {
            pending = Enqueue(command, begun);
        }
        catch
        {
            _sending.Release();
            throw;
        }

        Write(text);
        using var giving = cancel.UnsafeRegister(static (state, token) => ((PendingAnswer)state!).GiveUp(new OperationCanceledException(token)), pending);
        return await pending.Answer.ConfigureAwait(false);
    }

    /// <summary>Waits until the commands before this one are sent, which takes no time unless HAProxy has stopped to read.</summary>
    private async Task WaitForTurnAsync(RuntimeCommand? command, CancellationToken cancel)
    {
        using var deadline = new CancellationTokenSource(Options.AnswerTimeout, Options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, deadline.Token);
        try
        {
            await _sending.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancel.IsCancellationRequested)
        {
            throw new RuntimeApiException(RuntimeApiError.Unreachable, Endpoint, command, "an earlier command still waits to be sent", inner: e);
        }
    }

    /// <summary>Sends, and never throws: a connection that can't be sent to ends, and its end is the answer of all who wait.</summary>
    private void Write(string text)
    {
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length) + 1);
        var length = Encoding.UTF8.GetBytes(text, bytes);
        bytes[length++] = (byte)'\n';

        // Nearly always it is sent at once. One that outlives everybody's patience goes on, and the next one waits for it: half a command would be completed by
        // the next one's bytes.
        var sending = WriteAsync(bytes.AsMemory(0, length));
        if (sending.IsCompleted)
        {
            Sent(bytes);
        }
        else
        {
            _ = sending.ContinueWith(_ => Sent(bytes), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    private void Sent(byte[] bytes)
    {
        ArrayPool<byte>.Shared.Return(bytes);
        _sending.Release();
    }

    private async Task WriteAsync(ReadOnlyMemory<byte> line)
    {
        try
        {
            await _connection.SendAllAsync(line, _whenClosing).ConfigureAwait(false);
        }
        catch (SocketException e)
        {
            // The reader is not interrupted, it meets the end behind what has already arrived: earlier commands get their answers.
            _sendFailure = e;
            try
            {
                _connection.Shutdown();
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

    private PendingAnswer Enqueue(RuntimeCommand? command, long begun)
    {
        lock (_pending)
        {
            if (_ended.Task.IsCompleted)
            {
                throw new RuntimeApiException(RuntimeApiError.Unreachable, Endpoint, command, $"the connection has ended ({_ended.Task.Result.Problem})");
            }

            var pending = new PendingAnswer(command, begun, _deadlines.Sent(command, begun));
            _pending.Enqueue(pending);
            _deadlines.Watch(pending.Deadline);
            return pending;
        }
    }

    /// <summary>Called by the timer: those whose deadline has passed learn it, and stay where they are.</summary>
    private void GiveUpWhatIsLate()
    {
        List<PendingAnswer> late = [];
        lock (_pending)
        {
            _deadlines.Fired();
            foreach (var pending in _pending.Where(p => !p.IsOverdue))
            {
                if (_deadlines.HasPassed(pending.Deadline))
                {
                    late.Add(pending);
                }
                else
                {
                    _deadlines.Watch(pending.Deadline);
                }
            }
        }

        foreach (var pending in late)
        {
            pending.GiveUp(new RuntimeApiException(RuntimeApiError.TimedOut, Endpoint, pending.Command, $"no complete answer within {Options.Time.GetElapsedTime(pending.Begun, pending.Deadline).TotalSeconds:0.###} s"));
        }
    }
}
