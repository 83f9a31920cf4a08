using DbSwitch.Storage;

namespace DbSwitch.Switching.Running;

/// <summary>One phase of a switchover: what it does, and what undoes it. Without a state of its own.</summary>
internal interface ISwitchoverPhase
{
    /// <summary>As which its time is told.</summary>
    SwitchoverPhase Name { get; }

    /// <summary>Whether there is anything to do in this switchover.</summary>
    bool AppliesTo(SwitchoverRun run);

    /// <summary>
    /// Does it. <paramref name="cancel"/> is cancelled when the manager ends, and before the commit when an operator aborts: the run tells which.
    /// Before the commit a failure undoes the switchover; after it there is no way back.
    /// </summary>
    /// <returns>Null when it is done; otherwise why it is not, as a part of a sentence.</returns>
    Task<string?> DoAsync(SwitchoverRun run, CancellationToken cancel);

    /// <summary>Takes back what it did, or began to do. What can't be taken back it leaves with the run, as words.</summary>
    Task UndoAsync(SwitchoverRun run, CancellationToken cancel) => Task.CompletedTask;

    /// <summary>Whether a failure after the commit ends the switchover here: what follows would let clients in.</summary>
    bool ClientsWaitForIt => false;
}
