using DbSwitch.Proxies;

namespace DbSwitch.Switching;

/// <summary>A look at every proxy, now, with its sessions, before anything is touched.</summary>
internal static class ProxyLook
{
    /// <returns>Null when every proxy can be asked what a fence asks it; otherwise which can't, and why.</returns>
    public static async Task<string?> WhyNotAsync(Turn turn, IReadOnlyList<string> without, TimeSpan deadline, CancellationToken cancel)
    {
        var missing = await turn.ReachAsync(turn.State with { Stage = Stage.Look }, r => r.Observed is ProxyObservation.Seen or ProxyObservation.Down, deadline, cancel, without: without).ConfigureAwait(false);
        return missing.Count == 0 ? null : Missing.Describe(missing, r => r.Observed is ProxyObservation.Unknown u ? u.Reason : r.Problem ?? "was not settled in time");
    }
}
