using System.CommandLine;
using System.Text.Json;
using DbSwitch.App.Client;
using DbSwitch.App.Contracts;
using DbSwitch.App.ExitCodes;

namespace DbSwitch.App.CommandLine;

/// <summary><c>dbswitch select TARGET | --none</c>.</summary>
internal static class SelectCommand
{
    public static void AddTo(RootCommand root, CommonOptions common)
    {
        var target = new Argument<string?>("target") { Description = "TARGET, or SWITCH/TARGET where there is more than one switch", Arity = ArgumentArity.ZeroOrOne };
        var none = new Option<bool>("--none") { Description = "Select none: clients get no database" };
        var reason = new Option<string>("--reason") { Description = "Why, for those who look at the history", HelpName = "TEXT", DefaultValueFactory = _ => "" };
        var drain = new Option<double?>("--drain") { Description = "Seconds that open sessions may take to end by themselves before they are cut (0 to 3600)", HelpName = "SECONDS", CustomParser = Seconds.Read };
        var generation = new Option<long?>("--if-generation") { Description = "Only if this is the present generation", HelpName = "N" };
        var dryRun = new Option<bool>("--dry-run") { Description = "Check every guard, say what would happen, and touch nothing" };
        var without = new Option<string[]>("--without") { Description = "Don't wait for this proxy, nor prove anything of it: your word that no client comes through it", HelpName = "PROXY" };
        var force = new Option<bool>("--force") { Description = "Go on although the target's database is not fit (unreachable, lagging, …); what protects from two databases at once can't be forced" };
        var noWait = new Option<bool>("--no-wait") { Description = "Begin, print its id and don't wait for its end (exit code 5)" };
        var command = new Command("select", "Send clients to another target") { target, none, reason, drain, generation, dryRun, without, force, noWait };
        command.Validators.Add(result =>
        {
            if (result.GetValue(none) == (result.GetValue(target) is not null))
            {
                result.AddError("Give a target or --none, not both.");
            }

            if (result.GetValue(dryRun) && result.GetValue(noWait))
            {
                result.AddError("Say --dry-run or --no-wait; not both.");
            }
        });
        command.SetAction(async (parsed, cancel) =>
        {
            using var manager = common.Connect(parsed);
            var (named, wanted) = Split(parsed.GetValue(target), parsed.GetValue(common.Switch));
            var body = new SwitchoverBody(wanted, parsed.GetValue(none), parsed.GetValue(drain), parsed.GetValue(reason)!, parsed.GetValue(generation), parsed.GetValue(dryRun), parsed.GetValue(without), parsed.GetValue(force));
            var name = await manager.SwitchNameAsync(named, cancel);
            var quiet = parsed.GetValue(common.Json) || parsed.GetValue(dryRun) || parsed.GetValue(noWait);
            await using var progress = quiet ? null : await SwitchoverProgress.BeginAsync(manager, name, wanted, cancel);
            try
            {
                var outcome = await manager.PostAsync($"/api/v1/switches/{name}/switchovers?wait={(parsed.GetValue(noWait) ? "0s" : "7200s")}", body, ContractsJson.Default.SwitchoverBody, ContractsJson.Default.OutcomeView, cancel);
                if (progress is not null)
                {
                    await (outcome.Switchover is null ? Task.CompletedTask : progress.EndAsync());
                    await progress.DisposeAsync();
                }

                Print(outcome, parsed.GetValue(common.Json));
                return CodeOf(outcome);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                await (progress?.DisposeAsync() ?? ValueTask.CompletedTask);
                await Console.Error.WriteLineAsync("dbswitch: not awaited any more; " + await WhatGoesOnAsync(manager, name, wanted));
                return ExitCode.NotAwaited;
            }
        });
        root.Add(command);
    }

    private static void Print(OutcomeView outcome, bool json)
    {
        Console.WriteLine(json ? JsonSerializer.Serialize(outcome, ContractsJson.Default.OutcomeView) : outcome.Message);
        foreach (var detail in json ? [] : outcome.Details ?? [])
        {
            Console.WriteLine("  " + detail);
        }

        foreach (var guard in json ? [] : outcome.Guards ?? [])
        {
            Console.WriteLine($"  {guard.Name}: {guard.Words}{(guard.Verdict == "passed" ? "" : " (passed over)")}");
        }
    }

    /// <summary>After Ctrl-C: only one switchover at a time can be under way, and another one than ours would have refused us.</summary>
    private static async Task<string> WhatGoesOnAsync(ManagerClient manager, string name, string? wanted)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        try
        {
            var view = await manager.GetAsync($"/api/v1/switches/{name}", ContractsJson.Default.SwitchView, deadline.Token);
            if (view.Running is { } running && running.To == wanted)
            {
                return $"switchover {running.Id} goes to its end. See: dbswitch status. To take it back, while that is possible: dbswitch abort {running.Id}";
            }
        }
        catch (Exception e) when (e is CommandException or OperationCanceledException)
        {
            // The manager does not answer just now: nothing more can be said.
        }

        return "what was begun goes to its end. See: dbswitch history";
    }

    internal static (string? Switch, string? Target) Split(string? target, string? named)
    {
        if (target?.Split('/', 2) is not [var before, var behind])
        {
            return (named, target);
        }

        return named is null || named == before ? (before, behind) : throw new CommandException(ExitCode.Usage, $"--switch {named} and {target} name two switches.");
    }

    private static int CodeOf(OutcomeView outcome) => outcome.Outcome switch
    {
        "succeeded" or "unchanged" or "foreseen" => ExitCode.Done,
        "rolled-back" => ExitCode.Refused,
        "partial" => ExitCode.NeedsPerson,
        _ => ExitCode.NotAwaited,
    };
}
