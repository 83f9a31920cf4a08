using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using DbSwitch.App.Contracts;
using DbSwitch.App.ExitCodes;
using DbSwitch.Configuration.Values;

namespace DbSwitch.App.CommandLine;

/// <summary><c>dbswitch wait [TARGET | --settled]</c>: for scripts that go on when the clients are where they shall be.</summary>
internal static class WaitCommand
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    public static void AddTo(RootCommand root, CommonOptions common)
    {
        var target = new Argument<string?>("target") { Description = "Until this target, or none, is selected and no switchover is under way", Arity = ArgumentArity.ZeroOrOne };
        var settled = new Option<bool>("--settled") { Description = "Until all is as it should be: no switchover is under way, every proxy serves what is selected (this is what it waits for without a target)" };
        var timeout = new Option<double?>("--timeout") { Description = "Seconds to wait at most (0 to 86400)", HelpName = "SECONDS", CustomParser = Seconds.Read, DefaultValueFactory = _ => 30 };
        var command = new Command("wait", "Wait until a target is selected, or until all is settled") { target, settled, timeout };
        command.SetAction(async (parsed, cancel) =>
        {
            var patience = parsed.GetValue(timeout) is >= 0 and <= 86400 and var seconds
                ? TimeSpan.FromSeconds(seconds)
                : throw new CommandException(ExitCode.Usage, "--timeout takes a number of seconds from 0 to 86400.");
            using var manager = common.Connect(parsed);
            var (named, wanted) = SelectCommand.Split(parsed.GetValue(target), parsed.GetValue(common.Switch));
            var name = await manager.SwitchNameAsync(named, cancel);
            var started = Stopwatch.GetTimestamp();
            while (true)
            {
                var view = await manager.GetAsync($"/api/v1/switches/{Uri.EscapeDataString(name)}", ContractsJson.Default.SwitchView, cancel);
                if (wanted is not null && wanted != "none" && view.Targets.All(t => t.Name != wanted))
                {
                    throw new CommandException(ExitCode.Usage, $"{name} has no target {wanted}; its targets are {string.Join(", ", view.Targets.Select(t => t.Name))}{Suggestion.AtEnd(wanted, view.Targets.Select(t => t.Name))}");
                }

                var missing = WhatIsMissing(view, wanted, parsed.GetValue(settled) || wanted is null);
                if (missing is null)
                {
                    Console.WriteLine(parsed.GetValue(common.Json) ? JsonSerializer.Serialize(view, ContractsJson.Default.SwitchView) : $"{name}: {view.Selection?.Target ?? "none"} is selected{(view.State == "ok" ? ", and every proxy is as it should be" : "")}.");
                    return ExitCode.Done;
                }

                if (Stopwatch.GetElapsedTime(started) >= patience)
                {
                    await Console.Error.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"dbswitch: waited for {patience.TotalSeconds:0.###} s: {missing}."));
                    return ExitCode.Refused;
                }

                await Task.Delay(Interval, cancel);
            }
        });
        root.Add(command);
    }

    private static string? WhatIsMissing(SwitchView view, string? wanted, bool settled) =>
        view.Running is { } running ? $"a switchover to {running.To ?? "none"} by {running.By} is under way (id {running.Id})"
        : view.Selection is null ? $"it is not known yet where {view.Name}'s clients go"
        : wanted is not null && (view.Selection.Target ?? "none") != wanted ? $"{view.Name}: {view.Selection.Target ?? "none"} is selected, not {wanted}"
        : settled && view.State != "ok" ? $"{view.Name} is not settled ({view.State}{string.Concat(view.Problems.Select(p => "; " + p))})"
        : null;
}
