namespace DbSwitch.App.Logging;

/// <summary>What a line of the log looks like.</summary>
/// <param name="Json">An object for each line, for programs.</param>
/// <param name="ForJournal">With systemd's priority in front (sd-daemon(3)), and without the time, which the journal has.</param>
internal sealed record LogForm(bool Json, bool ForJournal)
{
    /// <summary>As whoever reads standard output needs it.</summary>
    public static LogForm ForOutput(bool json = false) => new(json, Journal.IsOurOutput);
}
