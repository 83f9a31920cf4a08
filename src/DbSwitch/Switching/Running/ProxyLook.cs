using DbSwitch.Switching.Core;
using DbSwitch.Switching.Rules;

namespace DbSwitch.Switching.Running;

/// <summary>A look at every proxy, now, with its sessions, before anything is touched.</summary>
internal static class ProxyLook
{
    /// <returns>Null when every proxy can be asked what a fence asks it; otherwise which can't, and why.</returns>
    public static async Task<string?> WhyNotAsync(Turn turn, IReadOnlyList<string> without, TimeSpan deadline, CancellationToken cancel)
    {
        var missing = await turn.ReachAsync(turn.State with { Stage = Stage.Look }, SwitchoverRules.CanBeFenced, deadline, cancel, without: without).ConfigureAwait(false);
        return missing.Count == 0 ? null : Missing.Describe(missing, SwitchoverRules.WhyItCanNotBeFenced);
    }
}
