using DbSwitch.Storage;
using DbSwitch.Switching.Outcomes;
using DbSwitch.Switching.Running;

namespace DbSwitch.Switching.Commands;

/// <summary>How an operator takes a switchover back that is not committed yet. The one command that needs no turn: it meets one that is had by the switchover.</summary>
internal sealed class Aborting(SwitchParts parts)
{
    /// <summary>Aborts a switchover, and waits until every proxy is as before.</summary>
    /// <exception cref="OperationCanceledException">The manager ends: the switchover is undone when it is started again.</exception>
    public async Task<AbortOutcome> AbortAsync(long id, string by, CancellationToken cancel)
    {
        if (parts.Core.State.Running is { } running && running.Record.Id == id)
        {
            return running.Abortion.TryAbort(by)
                ? new AbortOutcome.Aborted(await running.Abortion.Ended.WaitAsync(cancel).ConfigureAwait(false))
                : new AbortOutcome.TooLate($"It is too late to abort switchover {id}: {running.Record.To ?? "none"} is selected already, and it goes forward only.");
        }

        return await parts.Store.FindAsync(parts.Name, id, cancel).ConfigureAwait(false) switch
        {
            null => new AbortOutcome.Unknown($"{parts.Name} has no switchover {id}."),
            { Result: SwitchoverResult.Running, Committed: false } => new AbortOutcome.TooLate($"Switchover {id} is only just beginning, or is being undone; try again."),
            { Result: SwitchoverResult.Running } => new AbortOutcome.TooLate($"It is too late to abort switchover {id}: it was committed before the manager was started again, and goes forward only."),
            var ended => new AbortOutcome.TooLate($"It is too late to abort switchover {id}, which has ended: {ended.Message}"),
        };
    }
}
