using DbSwitch.Storage;

namespace DbSwitch.Switching.Outcomes;

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
