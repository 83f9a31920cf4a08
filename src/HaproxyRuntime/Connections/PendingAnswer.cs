using System.Threading.Tasks.Sources;

namespace HaproxyRuntime;

/// <summary>
/// One command's place in the row of answers that a <see cref="RuntimeSession"/> waits for. It is settled once: by its answer, by an error, by its deadline, or by its
/// caller, who gives up. After the last two it keeps its place, so that a late answer goes to nobody else.
/// </summary>
/// <param name="command">Null for the request of interactive mode itself.</param>
/// <param name="begun">When its caller gave it, as a timestamp of the session's clock.</param>
/// <param name="deadline">When its deadline passes, by the same clock.</param>
internal sealed class PendingAnswer(RuntimeCommand? command, long begun, long deadline) : IValueTaskSource<string>
{
    private ManualResetValueTaskSourceCore<string> _answer;
    private int _settled;

    public RuntimeCommand? Command { get; } = command;

    public long Begun { get; } = begun;

    public long Deadline { get; } = deadline;

    /// <summary>To be awaited, once.</summary>
    public ValueTask<string> Answer => new(this, _answer.Version);

    /// <summary>Nobody waits for its answer any more.</summary>
    public bool IsOverdue { get; private set; }

    /// <summary>Hands over the answer, if somebody still waits for it.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="here">Whether the caller goes on at once, on this thread: only where nothing is left to do on it.</param>
    public void Give(string answer, bool here)
    {
        if (Settle())
        {
            _answer.RunContinuationsAsynchronously = !here;
            _answer.SetResult(answer);
        }
    }

    /// <summary>There will be no answer.</summary>
    public void Fail(RuntimeApiException error) => Fail(error, overdue: false);

    /// <summary>Nobody waits any longer; the answer may still come.</summary>
    public void GiveUp(Exception reason) => Fail(reason, overdue: true);

    string IValueTaskSource<string>.GetResult(short token) => _answer.GetResult(token);

    ValueTaskSourceStatus IValueTaskSource<string>.GetStatus(short token) => _answer.GetStatus(token);

    void IValueTaskSource<string>.OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) => _answer.OnCompleted(continuation, state, token, flags);

    private void Fail(Exception reason, bool overdue)
    {
        if (Settle())
        {
            IsOverdue = overdue;
            _answer.RunContinuationsAsynchronously = true;
            _answer.SetException(reason);
        }
    }

    private bool Settle() => Interlocked.Exchange(ref _settled, 1) == 0;
}
