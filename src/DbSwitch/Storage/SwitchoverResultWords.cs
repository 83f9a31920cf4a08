namespace DbSwitch.Storage;

/// <summary>How a switchover ended, in the word that the API, metrics and traces have for it.</summary>
public static class SwitchoverResultWords
{
    public static string Word(this SwitchoverResult result) => result switch
    {
        SwitchoverResult.Running => "running",
        SwitchoverResult.Succeeded => "succeeded",
        SwitchoverResult.RolledBack => "rolled-back",
        SwitchoverResult.Partial => "partial",
        _ => throw new ArgumentOutOfRangeException(nameof(result)),
    };
}
