using DbSwitch.Databases;
using DbSwitch.Storage;

namespace DbSwitch.Switching.Outcomes;

/// <summary>The final answer to a request for another selection. Never "status unknown".</summary>
public abstract record SwitchoverOutcome(string Message)
{
    /// <summary>It was so already: nothing was done.</summary>
    public sealed record Unchanged(string Message) : SwitchoverOutcome(Message);

    /// <summary>It would begin, had it not been asked only what it would do.</summary>
    /// <param name="Details">What would happen, proxy by proxy.</param>
    public sealed record Foreseen(string Message, IReadOnlyList<string> Details) : SwitchoverOutcome(Message)
    {
        /// <summary>What was asked of the target's database, and what was found.</summary>
        public IReadOnlyList<Guard> Guards { get; init; } = [];
    }

    /// <summary>Refused before anything was touched: clients are where they were.</summary>
    public sealed record Refused(RefusalReason Reason, string Message) : SwitchoverOutcome(Message)
    {
        /// <summary>Where the target's database was asked: what was found.</summary>
        public IReadOnlyList<Guard> Guards { get; init; } = [];
    }

    /// <summary>It was journalled, and ended as the record says.</summary>
    public sealed record Ended(SwitchoverRecord Record) : SwitchoverOutcome(Record.Message);
}

public enum RefusalReason
{
    /// <summary>There is no such target.</summary>
    UnknownTarget,

    /// <summary>There is no such proxy.</summary>
    UnknownProxy,

    /// <summary>Another switchover runs, the switch is paused, or the generation is another one.</summary>
    Conflict,

    /// <summary>A guard says no: a proxy can't be asked, a name does not resolve, the store can't be written.</summary>
    Guard,
}
