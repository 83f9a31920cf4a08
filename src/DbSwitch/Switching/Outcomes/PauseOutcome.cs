namespace DbSwitch.Switching.Outcomes;

/// <summary>The answer to a pause or a resume.</summary>
public abstract record PauseOutcome
{
    private PauseOutcome()
    {
    }

    /// <param name="Message">What was done, and what clients experience now.</param>
    /// <param name="PutBack">What was put right in each proxy, or hinders that.</param>
    public sealed record Done(string Message, IReadOnlyList<string> PutBack) : PauseOutcome;

    /// <summary>It is as it was.</summary>
    public sealed record Refused(SwitchoverOutcome.Refused Why) : PauseOutcome;

    internal static PauseOutcome Of(SwitchoverOutcome outcome, IReadOnlyList<string> putBack) => outcome is SwitchoverOutcome.Refused refused ? new Refused(refused) : new Done(outcome.Message, putBack);
}
