using System.Globalization;
using DbSwitch.App.Contracts;

namespace DbSwitch.App.Http;

/// <summary>
/// A switch for people: where the clients go, since when, by whom and why; each target, each proxy; what is wrong and what to do. Written by the manager
/// (<c>Accept: text/plain</c>), so that the command line need not spend its time on reading JSON back into objects.
/// </summary>
internal static class StatusText
{
    public static string Of(IEnumerable<SwitchView> switches) => string.Join("\n", switches.Select(Of));

    public static string Of(SwitchView one)
    {
        var lines = new List<string> { Headline(one) };
        if (one.Selection is { } selection)
        {
            lines.Add($"  selected by {selection.By}{(selection.Reason.Length > 0 ? $": {selection.Reason}" : "")}");
        }

        if (one.Pause is { } pause)
        {
            lines.Add($"  PAUSED by {pause.By} since {Time(pause.Since)}{(pause.Reason.Length > 0 ? $": {pause.Reason}" : "")}. The manager changes nothing until: dbswitch resume");
        }

        if (one.Hold is { } hold)
        {
            lines.Add($"  HELD by {hold.By} until {Time(hold.Until)}{(hold.Reason.Length > 0 ? $": {hold.Reason}" : "")}. New connections wait, open sessions go on. To end it now: dbswitch release");
        }

        if (one.Running is { } running)
        {
            lines.Add($"  switching to {running.To ?? "none"} (id {running.Id}, by {running.By}){(running.Phase is { } phase ? $": {phase}" : "")}{Countdown(running)}");
        }

        List<string[]> rows =
        [
            .. one.Targets.Select((t, i) => new[] { i == 0 ? "targets" : "", t.Selected ? "* " + t.Name : "  " + t.Name, t.Address, Aside(t) }),
            .. one.Proxies.Select((p, i) => new[] { i == 0 ? "proxies" : "", "  " + p.Name, Serves(p), p.Version is null ? "" : "HAProxy " + p.Version, Aside(p) }),
        ];
        lines.AddRange(Columns.Lines(rows, "  "));
        lines.AddRange(one.Proxies.SelectMany(p => p.Withheld.Select(w => $"  paused, so not done at {p.Name}: {w}")));
        lines.AddRange(one.Findings.SelectMany(Say));
        return string.Concat(lines.Select(l => l + "\n"));
    }

    public static string Serves(ProxyView proxy) => proxy.State == "unknown" ? "unknown"
        : proxy.Servers.Where(s => s.State == "ready").Select(s => s.Target ?? s.Name).ToList() is { Count: > 0 } ready ? "serves " + string.Join(" and ", ready)
        : "serves none";

    public static string Aside(TargetView target) => string.Join(", ", ((string?[])
    [
        target.ResolvedAddress is null ? "no address" : target.ResolvedAddress == target.Address ? null : target.ResolvedAddress,
        target.Probe switch
        {
            null => target.IsOutdated ? "not asked again yet since the switchover" : null,
            { State: "healthy", Summary: "" } => "answers",
            { State: "healthy" } probe => probe.Summary,
            var probe => probe.State,
        },
        .. target.Guards.Where(g => g.Verdict != "passed" && target.Probe is { State: "healthy" }).Select(g => g.Words),
    ]).OfType<string>());

    private static string Aside(ProxyView proxy) => string.Join(", ", ((string?[])
    [
        proxy.Waiting > 0 ? string.Create(CultureInfo.InvariantCulture, $"{proxy.Waiting} {(proxy.Waiting == 1 ? "connection waits" : "connections wait")}") : null,
        proxy.OldWorkers.Count > 0 ? $"old workers: {string.Join(", ", proxy.OldWorkers)}" : null,
    ]).OfType<string>());

    /// <summary>How long sessions may go on; the end of a sentence, or nothing.</summary>
    public static string Countdown(SwitchoverView running) => running is { DrainsUntil: { } until, SessionsLeft: > 0 and var left } && until - DateTimeOffset.UtcNow is { TotalSeconds: > 1 } time
        ? string.Create(CultureInfo.InvariantCulture, $"; {left} {(left == 1 ? "session has" : "sessions have")} {time.TotalSeconds:0} s more to end by {(left == 1 ? "itself" : "themselves")}. To take it back: dbswitch abort {running.Id}")
        : "";

    public static string Time(DateTimeOffset time) => time.LocalDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);

    /// <summary>What is wrong, what to do, and the lines to paste.</summary>
    private static IEnumerable<string> Say(SwitchFindingView finding) =>
        [$"  ! {finding.Sentence}{(finding.Remedy.Length == 0 ? "" : $". {finding.Remedy}")}", .. finding.Steps.Select(s => "      " + s)];

    /// <summary>What clients experience, in one sentence.</summary>
    public static string Headline(SwitchView one) => one.Selection is { } selection
        ? $"{one.Name}: {Lower(one.Clients.Sentence)}{(one.Clients.State == "served" ? "" : ",")} {(selection.Target is { } target && one.Clients.State != "served" && !one.Clients.Sentence.Contains("none", StringComparison.Ordinal) ? $"{target} selected " : "")}since {Time(selection.Since)} (generation {selection.Generation})"
        : $"{one.Name}: {Lower(one.Clients.Sentence)}";

    private static string Lower(string sentence) => char.ToLowerInvariant(sentence[0]) + sentence[1..];
}
