namespace DbSwitch.Switching.Outcomes;

/// <summary>The answer to a hold or a release.</summary>
public abstract record HoldOutcome
{
    private HoldOutcome()
    {
    }

    /// <param name="Message">What clients experience now.</param>
    public sealed record Done(string Message) : HoldOutcome;

    /// <summary>Clients go on as before.</summary>
    public sealed record Refused(SwitchoverOutcome.Refused Why) : HoldOutcome;

    internal static HoldOutcome Of(SwitchoverOutcome outcome) => outcome is SwitchoverOutcome.Refused refused ? new Refused(refused) : new Done(outcome.Message);
}
