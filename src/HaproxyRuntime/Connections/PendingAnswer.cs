namespace HaproxyRuntime;

/// <summary>One command's place in the row of answers that a <see cref="RuntimeSession"/> waits for.</summary>
/// <param name="command">Null for the request of interactive mode itself.</param>
internal sealed class PendingAnswer(RuntimeCommand? command)
{
    public RuntimeCommand? Command { get; } = command;

    public TaskCompletionSource<string> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Nobody waits for its answer any more.</summary>
    public bool IsOverdue { get; private set; }

    /// <returns>False, so that it can stand in an exception filter that lets the exception pass.</returns>
    public bool GiveUp()
    {
        IsOverdue = true;
        return false;
    }
}
