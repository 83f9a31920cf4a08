using DbSwitch.Storage;

namespace DbSwitch.Switching;

/// <summary>How an operator takes a switchover back that is not committed yet.</summary>
public sealed partial class DatabaseSwitch
{
    /// <summary>Aborts a switchover, and waits until every proxy is as before.</summary>
    /// <exception cref="OperationCanceledException">The manager ends: the switchover is undone when it is started again.</exception>
    public async Task<AbortOutcome> AbortAsync(long id, string by, CancellationToken cancel)
    {
        if (_abortion is { } abortion && abortion.Id == id)
        {
            return abortion.TryAbort(by)
                ? new AbortOutcome.Aborted(await abortion.Ended.WaitAsync(cancel).ConfigureAwait(false))
                : new AbortOutcome.TooLate($"It is too late to abort switchover {id}: {_running?.To ?? "none"} is selected already, and it goes forward only.");
        }

        return await _store.FindAsync(Name, id, cancel).ConfigureAwait(false) switch
        {
            null => new AbortOutcome.Unknown($"{Name} has no switchover {id}."),
            { Result: SwitchoverResult.Running, Committed: false } => new AbortOutcome.TooLate($"Switchover {id} is only just beginning, or is being undone; try again."),
            { Result: SwitchoverResult.Running } => new AbortOutcome.TooLate($"It is too late to abort switchover {id}: it was committed before the manager was started again, and goes forward only."),
            var ended => new AbortOutcome.TooLate($"It is too late to abort switchover {id}, which has ended: {ended.Message}"),
        };
    }
}

/// <summary>What became of a request to abort.</summary>
public abstract record AbortOutcome
{
    private AbortOutcome()
    {
    }

    /// <summary>It was rolled back.</summary>
    public sealed record Aborted(SwitchoverRecord Record) : AbortOutcome;

    public sealed record TooLate(string Message) : AbortOutcome;

    public sealed record Unknown(string Message) : AbortOutcome;
}
