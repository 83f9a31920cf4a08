using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DbSwitch.App.Http;

namespace DbSwitch.App.CommandLine;

/// <summary><c>dbswitch status</c>: at one glance where the clients go, and what is wrong.</summary>
internal static class StatusCommand
{
    public static void AddTo(RootCommand root, CommonOptions common)
    {
        var check = new Option<bool>("--check") { Description = "For monitoring: exit code 0 only when all is as it should be" };
        var command = new Command("status", "Where the clients go, since when, by whom and why; what is wrong and what to do") { check };
        command.SetAction(async (parsed, cancel) =>
        {
            using var manager = common.Connect(parsed);
            var all = await manager.GetAsync("/api/v1/switches", ContractsJson.Default.IReadOnlyListSwitchView, cancel);
            var wanted = parsed.GetValue(common.Switch) is { } name ? [.. all.Where(s => s.Name == name)] : all;
            if (wanted.Count == 0)
            {
                throw new Client.CommandException(ExitCode.Usage, $"There is no switch {parsed.GetValue(common.Switch)}. The switches: {string.Join(", ", all.Select(s => s.Name))}.");
            }

            Console.WriteLine(parsed.GetValue(common.Json)
                ? JsonSerializer.Serialize(wanted, ContractsJson.Default.IReadOnlyListSwitchView)
                : string.Join(Environment.NewLine + Environment.NewLine, wanted.Select(Say)));
            return !parsed.GetValue(check) ? ExitCode.Done
                : wanted.Any(s => s.State is "needs-person") ? ExitCode.NeedsPerson
                : wanted.All(s => s.State is "ok") ? ExitCode.Done
                : ExitCode.Refused;
        });
        root.Add(command);
    }

    private static string Say(SwitchView one)
    {
        var lines = new List<string> { Headline(one) };
        if (one.Selection is { By: not "dbswitch" } or { Reason.Length: > 0 })
        {
            lines.Add($"  by {one.Selection!.By}{(one.Selection.Reason.Length > 0 ? $": {one.Selection.Reason}" : "")}");
        }

        if (one.Pause is { } pause)
        {
            lines.Add($"  PAUSED by {pause.By} since {Time(pause.Since)}{(pause.Reason.Length > 0 ? $": {pause.Reason}" : "")}. The manager changes nothing until: dbswitch resume");
        }

        if (one.Running is { } running)
        {
            lines.Add($"  switching to {running.To ?? "none"} (id {running.Id}, by {running.By})");
        }

        List<string[]> rows =
        [
            .. one.Targets.Select((t, i) => new[] { i == 0 ? "targets" : "", t.Selected ? "* " + t.Name : "  " + t.Name, t.Address, t.ResolvedAddress is null ? "no address" : t.ResolvedAddress == t.Address ? "" : t.ResolvedAddress }),
            .. one.Proxies.Select((p, i) => new[] { i == 0 ? "proxies" : "", "  " + p.Name, Serves(p), p.Version is null ? "" : "HAProxy " + p.Version }),
        ];
        lines.AddRange(Table.Lines(rows, "  "));
        lines.AddRange(one.Proxies.SelectMany(p => p.Withheld.Select(w => $"  paused, so not done at {p.Name}: {w}")));
        lines.AddRange(one.Problems.Select(p => "  ! " + p));
        return string.Join(Environment.NewLine, lines);
    }

    private static string Headline(SwitchView one) => one.Selection is { } s
        ? $"{one.Name}: clients go to {s.Target ?? "none"} since {Time(s.Since)} (generation {s.Generation})"
        : $"{one.Name}: not known yet where the clients go";

    internal static string Serves(ProxyView proxy) => proxy.State == "unknown" ? "unknown"
        : proxy.Servers.Where(s => s.State == "ready").Select(s => s.Target ?? s.Name).ToList() is { Count: > 0 } ready ? "serves " + string.Join(" and ", ready)
        : "serves none";

    internal static string Time(DateTimeOffset time) => time.LocalDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
}
