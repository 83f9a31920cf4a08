using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json;
using DbSwitch.App.Client;
using DbSwitch.App.Http;

namespace DbSwitch.App.CommandLine;

/// <summary><c>dbswitch select TARGET | --none</c>.</summary>
internal static class SelectCommand
{
    public static void AddTo(RootCommand root, CommonOptions common)
    {
        var target = new Argument<string?>("target") { Description = "TARGET, or SWITCH/TARGET where there is more than one switch", Arity = ArgumentArity.ZeroOrOne };
        var none = new Option<bool>("--none") { Description = "Select none: clients get no database" };
        var reason = new Option<string>("--reason") { Description = "Why, for those who look at the history", HelpName = "TEXT", DefaultValueFactory = _ => "" };
        var drain = new Option<double?>("--drain") { Description = "Seconds that open sessions may take to end by themselves before they are cut (0 to 3600)", HelpName = "SECONDS", CustomParser = ReadSeconds };
        var generation = new Option<long?>("--if-generation") { Description = "Only if this is the present generation", HelpName = "N" };
        var command = new Command("select", "Send clients to another target") { target, none, reason, drain, generation };
        command.Validators.Add(result =>
        {
            if (result.GetValue(none) == (result.GetValue(target) is not null))
            {
                result.AddError("Say which target, or --none; one of both.");
            }
        });
        command.SetAction(async (parsed, cancel) =>
        {
            using var manager = common.Connect(parsed);
            var (named, wanted) = Split(parsed.GetValue(target), parsed.GetValue(common.Switch));
            var body = new SwitchoverBody(wanted, parsed.GetValue(none), parsed.GetValue(drain), parsed.GetValue(reason)!, parsed.GetValue(generation));
            var name = await manager.SwitchNameAsync(named, cancel);
            try
            {
                var outcome = await manager.PostAsync($"/api/v1/switches/{name}/switchovers?wait=7200s", body, ContractsJson.Default.SwitchoverBody, ContractsJson.Default.OutcomeView, cancel);
                Console.WriteLine(parsed.GetValue(common.Json) ? JsonSerializer.Serialize(outcome, ContractsJson.Default.OutcomeView) : outcome.Message);
                return CodeOf(outcome);
            }
            catch (OperationCanceledException) when (cancel.IsCancellationRequested)
            {
                await Console.Error.WriteLineAsync("dbswitch: not awaited any more; what was begun goes to its end. See: dbswitch status");
                return ExitCode.NotAwaited;
            }
        });
        root.Add(command);
    }

    // "10" and "10s" alike: who writes the configuration file writes units.
    private static double? ReadSeconds(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        if (double.TryParse(text.EndsWith('s') ? text[..^1] : text, NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds))
        {
            return seconds;
        }

        result.AddError($"--drain takes a number of seconds, as in --drain 10s, not \"{text}\".");
        return null;
    }

    private static (string? Switch, string? Target) Split(string? target, string? named)
    {
        if (target?.Split('/', 2) is not [var before, var behind])
        {
            return (named, target);
        }

        return named is null || named == before ? (before, behind) : throw new CommandException(ExitCode.Usage, $"--switch {named} and {target} name two switches.");
    }

    private static int CodeOf(OutcomeView outcome) => outcome.Outcome switch
    {
        "succeeded" or "unchanged" => ExitCode.Done,
        "rolled-back" => ExitCode.Refused,
        "partial" => ExitCode.NeedsPerson,
        _ => ExitCode.NotAwaited,
    };
}
