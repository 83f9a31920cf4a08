namespace DbSwitch.Switching.Outcomes;

/// <summary>The answer to a command that moves no clients: pause, resume, release of a proxy.</summary>
public abstract record RequestOutcome
{
    private RequestOutcome()
    {
    }

    /// <param name="Message">What was done, and what clients experience now.</param>
    /// <param name="PutBack">What was put right in each proxy, or hinders that.</param>
    public sealed record Done(string Message, IReadOnlyList<string> PutBack) : RequestOutcome;

    /// <summary>It is as it was.</summary>
    public sealed record Refused(SwitchoverOutcome.Refused Why) : RequestOutcome;

    internal static RequestOutcome Of(SwitchoverOutcome outcome, IReadOnlyList<string> putBack) => outcome is SwitchoverOutcome.Refused refused ? new Refused(refused) : new Done(outcome.Message, putBack);
}
