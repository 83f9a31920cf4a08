using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DbSwitch.App.Contracts;
using DbSwitch.App.Http;
using DbSwitch.App.Terminal;

namespace DbSwitch.App.CommandLine;

/// <summary><c>dbswitch targets</c>, <c>proxies</c> and <c>history</c>.</summary>
internal static class ListCommands
{
    public static void AddTo(RootCommand root, CommonOptions common)
    {
        var targets = new Command("targets", "The databases that may be selected");
        targets.SetAction(async (parsed, cancel) =>
        {
            using var manager = common.Connect(parsed);
            var all = common.OfSwitch(parsed, await manager.GetAsync("/api/v1/targets", ContractsJson.Default.IReadOnlyListTargetView, cancel), t => t.Switch);
            Print(parsed.GetValue(common.Json), () => JsonSerializer.Serialize(all, ContractsJson.Default.IReadOnlyListTargetView),
                ["switch", "target", "kind", "address", "resolved", "selected", "database", ""],
                all.Select(t => new[] { t.Switch, t.Name, t.Kind, t.Address, t.ResolvedAddress ?? "-", t.Selected ? "selected" : "", Database(t), t.Problem ?? "" }));
        });
        root.Add(targets);

        var proxies = new Command("proxies", "The HAProxy instances, and what each serves");
        proxies.SetAction(async (parsed, cancel) =>
        {
            using var manager = common.Connect(parsed);
            var all = common.OfSwitch(parsed, await manager.GetAsync("/api/v1/proxies", ContractsJson.Default.IReadOnlyListProxyView, cancel), p => p.Switch);
            Print(parsed.GetValue(common.Json), () => JsonSerializer.Serialize(all, ContractsJson.Default.IReadOnlyListProxyView),
                ["proxy", "switch", "state", "serves", "version", "api", ""],
                all.Select(p => new[] { p.Name, p.Switch, p.State, StatusText.Serves(p), p.Version ?? "-", p.Api, p.Problem ?? "" }));
        });
        ProxyCommands.AddTo(proxies, common);
        root.Add(proxies);

        var limit = new Option<int>("--limit") { Description = "How many, the newest first (1 to 1000)", HelpName = "N", DefaultValueFactory = _ => 20 };
        var history = new Command("history", "Who switched, when, from where to where, and why") { limit };
        history.SetAction(async (parsed, cancel) =>
        {
            using var manager = common.Connect(parsed);
            var name = await manager.SwitchNameAsync(parsed.GetValue(common.Switch), cancel);
            var all = await manager.GetAsync($"/api/v1/switches/{name}/history?limit={parsed.GetValue(limit).ToString(CultureInfo.InvariantCulture)}", ContractsJson.Default.IReadOnlyListSwitchoverView, cancel);
            Print(parsed.GetValue(common.Json), () => JsonSerializer.Serialize(all, ContractsJson.Default.IReadOnlyListSwitchoverView),
                ["generation", "time", "from", "to", "by", "result", "took", "waited", "sessions cut", "why"],
                all.Select(h => new[] { h.Generation.ToString(CultureInfo.InvariantCulture), StatusText.Time(h.Started), h.From ?? "none", h.To ?? "none", h.By, h.Result, Took(h.Report), Waited(h.Report), h.Report is { } r ? r.SessionsCut.ToString(CultureInfo.InvariantCulture) : "-", h.Reason }));
        });
        root.Add(history);
    }

    private static string Database(TargetView target) => target.Probe switch
    {
        null => "not asked yet",
        { State: "healthy" } => StatusText.Aside(target with { ResolvedAddress = target.Address }) + Numbers(target),
        var probe => $"{probe.State}: {probe.Reason}",
    };

    /// <summary>How far behind it is, where its kind tells.</summary>
    private static string Numbers(TargetView target) => target.Guards.FirstOrDefault(g => g is { Name: "lag", Verdict: "passed" }) is { } lag ? $", {lag.Words}" : "";

    private static string Took(ReportView? report) => report is null
        ? "-"
        : string.Create(CultureInfo.InvariantCulture, $"{report.Milliseconds:0} ms ({string.Join(", ", report.Phases.Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Phase} {p.Milliseconds:0}")))})");

    private static string Waited(ReportView? report) => report is not { ConnectionsWaited: { } waited }
        ? "-"
        : string.Create(CultureInfo.InvariantCulture, $"{waited}{(waited > 0 ? $" ({report.LongestWaitMilliseconds:0} ms)" : "")}");

    private static void Print(bool json, Func<string> asJson, string[] header, IEnumerable<string[]> rows)
    {
        if (json)
        {
            Console.WriteLine(asJson());
            return;
        }

        IReadOnlyList<string[]> all = [header, .. rows];
        IReadOnlyList<string> lines = [.. Columns.Lines(all)];
        var wraps = TerminalSize.OutputWidth is { } width && lines.Any(l => l.Length > width);
        foreach (var line in wraps ? Records.Lines(header, all.Skip(1), TerminalSize.Width) : lines)
        {
            Console.WriteLine(line);
        }
    }
}
