namespace DbSwitch.Proxies;

/// <summary>What is lost makes its proxy unknown: when can a command that was sent and never answered do no more harm? Pure.</summary>
internal static class LostCommandRule
{
    /// <param name="sameProcess">Whether the process that is asked now is the one that the command was sent to.</param>
    /// <param name="endedByPeer">Whether HAProxy closed the connection that carried it: what it has not read by then it never will.</param>
    /// <param name="connections">
    /// How many Runtime API connections the process has now, the one that asks included; null when not asked. An address may have been translated on the way, so any
    /// other connection counts as the lost one.
    /// </param>
    public static bool IsGone(bool sameProcess, bool endedByPeer, int? connections) => !sameProcess || endedByPeer || connections <= 1;
}
