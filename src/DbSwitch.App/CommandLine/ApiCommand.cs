using System.CommandLine;
using System.Text.Json;
using DbSwitch.App.Client;
using DbSwitch.App.Contracts;
using DbSwitch.App.ExitCodes;

namespace DbSwitch.App.CommandLine;

/// <summary><c>dbswitch api COMMAND</c>: a Runtime API command, through the manager.</summary>
internal static class ApiCommand
{
    public static void AddTo(RootCommand root, CommonOptions common)
    {
        var text = new Argument<string[]>("command") { Description = "As one would type it to HAProxy, quoted or not", Arity = ArgumentArity.OneOrMore };
        var proxy = new Option<string?>("--proxy") { Description = "Which proxy, where there is more than one", HelpName = "NAME" };
        var command = new Command("api", "Send a command to a proxy's Runtime API; one that changes something only while its switch is paused") { text, proxy };
        command.SetAction(async (parsed, cancel) =>
        {
            using var manager = common.Connect(parsed);
            var name = parsed.GetValue(proxy) ?? await OnlyProxyAsync(manager, cancel);
            var answer = await manager.PostAsync($"/api/v1/proxies/{name}/command", new CommandBody(string.Join(' ', parsed.GetValue(text)!)), ContractsJson.Default.CommandBody, ContractsJson.Default.CommandAnswer, cancel);
            Console.WriteLine(parsed.GetValue(common.Json) ? JsonSerializer.Serialize(answer, ContractsJson.Default.CommandAnswer) : answer.Answer.TrimEnd('\n'));
        });
        root.Add(command);
    }

    private static async Task<string> OnlyProxyAsync(ManagerClient manager, CancellationToken cancel)
    {
        var names = (await manager.GetAsync("/api/v1/proxies", ContractsJson.Default.IReadOnlyListProxyView, cancel)).Select(p => p.Name).Distinct().ToList();
        return names.Count == 1 ? names[0] : throw new CommandException(ExitCode.Usage, $"Which proxy? There are {string.Join(", ", names)}: say --proxy NAME.");
    }
}
