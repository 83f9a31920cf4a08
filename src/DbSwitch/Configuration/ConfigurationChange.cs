namespace DbSwitch.Configuration;

/// <summary>
/// Which changes a reload must not make. A reload replaces what is wanted, never what is selected: clients move by a switchover alone,
/// so a file that would pull the selected target from under them is refused as a whole, and the last good one stays.
/// </summary>
public static class ConfigurationChange
{
    /// <summary>One sentence for each reason to refuse <paramref name="next"/>; none when it may take the place of <paramref name="current"/>.</summary>
    /// <param name="selected">Selected target by switch; a switch with none selected is missing or null.</param>
    public static IReadOnlyList<string> Refusals(
        DbSwitchConfiguration current, DbSwitchConfiguration next, IReadOnlyDictionary<string, string?> selected)
    {
        List<string> refusals =
        [
            .. NeedsRestart("state", current.StateFile, next.StateFile),
            .. NeedsRestart("listen.unix", current.Listen.UnixSocket, next.Listen.UnixSocket),
            .. NeedsRestart("listen.http", current.Listen.Http?.ToString() ?? "nothing", next.Listen.Http?.ToString() ?? "nothing"),
            .. NeedsRestart("listen.tokens", current.Listen.TokenFile ?? "nothing", next.Listen.TokenFile ?? "nothing"),
            .. NeedsRestart("listen.everybody", Say(current.Listen.EverybodyMayLook), Say(next.Listen.EverybodyMayLook)),
            .. NeedsRestart("listen.tls", Say(current.Listen.Tls), Say(next.Listen.Tls)),
            .. NeedsRestart("listen.names", string.Join(", ", current.Listen.Names), string.Join(", ", next.Listen.Names)),
            .. NeedsRestart("telemetry.otlp", current.OtlpEndpoint?.ToString() ?? "nothing", next.OtlpEndpoint?.ToString() ?? "nothing"),
        ];
        foreach (var before in current.Switches.Values)
        {
            if (selected.GetValueOrDefault(before.Name) is { } target && PullsAway(before, next, target) is { } refusal)
            {
                refusals.Add(refusal);
            }
        }

        return refusals;
    }

    private static string Say(bool look) => look ? "look" : "nothing";

    private static string Say(TlsConfiguration? tls) => tls is null ? "nothing" : string.Join(", ", ((string?[])[tls.Certificate, tls.Key, tls.ClientCa]).OfType<string>());

    private static IEnumerable<string> NeedsRestart(string key, string before, string after)
    {
        if (before != after)
        {
            yield return $"{key} changed from {before} to {after}: put it back, or restart the manager to use it.";
        }
    }

    private static string? PullsAway(SwitchConfiguration before, DbSwitchConfiguration next, string target)
    {
        if (!next.Switches.TryGetValue(before.Name, out var after))
        {
            return $"switches.{before.Name} is gone, and clients are on its target {target}: put it back, or select none on it first (dbswitch select --none --switch {before.Name}).";
        }

        if (after.Backend != before.Backend)
        {
            return $"switches.{before.Name}.backend changed from {before.Backend} to {after.Backend}, and clients are on its target {target}: put it back, or select none first (dbswitch select --none --switch {before.Name}).";
        }

        if (after.Targets.ContainsKey(target))
        {
            return null;
        }

        var address = before.Targets.GetValueOrDefault(target)?.Address;
        var renamed = after.Targets.Values.FirstOrDefault(t => t.Address == address);
        return renamed is null
            ? $"switches.{before.Name}.targets.{target} is gone, and it is selected: put it back, or select another target first (dbswitch select {before.Name}/TARGET)."
            : $"switches.{before.Name}.targets.{target} is now called {renamed.Name}, and it is selected: keep its name, or select another target first (dbswitch select {before.Name}/TARGET).";
    }
}
