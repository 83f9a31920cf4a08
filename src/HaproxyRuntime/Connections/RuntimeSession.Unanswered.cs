namespace HaproxyRuntime;

/// <content>What was sent and is not answered yet.</content>
public sealed partial class RuntimeSession
{
    /// <summary>Those of <see cref="Unanswered"/> that nobody waits for any more: their deadline has passed, or the wait was cancelled. They may yet be executed.</summary>
    public IReadOnlyList<RuntimeCommand> Overdue
    {
        get
        {
            lock (_pending)
            {
                return [.. _pending.Where(p => p.IsOverdue).Select(p => p.Command).OfType<RuntimeCommand>()];
            }
        }
    }

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
}
