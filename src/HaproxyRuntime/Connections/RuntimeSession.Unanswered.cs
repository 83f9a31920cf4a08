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

    /// <summary>HAProxy does one command after the other: what was sent behind a "wait" waits with it.</summary>
    private TimeSpan WaitsOfUnanswered()
    {
        lock (_pending)
        {
            var waits = TimeSpan.Zero;
            foreach (var pending in _pending)
            {
                waits += pending.Command?.Waits ?? TimeSpan.Zero;
            }

            return waits;
        }
    }
}
