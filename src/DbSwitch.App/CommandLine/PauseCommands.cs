using System.CommandLine;
using System.Text.Json;
using DbSwitch.App.Contracts;

namespace DbSwitch.App.CommandLine;

/// <summary><c>dbswitch pause</c>, <c>resume</c> and <c>release-proxy</c>: the manager keeps its hands off.</summary>
internal static class PauseCommands
{
    public static void AddTo(RootCommand root, CommonOptions common)
    {
        var reason = new Option<string>("--reason") { Description = "Why, for those who look at the status", HelpName = "TEXT", DefaultValueFactory = _ => "" };
        var pause = new Command("pause", "The manager looks and reports, and changes nothing until it is resumed") { reason };
        pause.SetAction((parsed, cancel) => PostAsync(common, parsed, "pause", parsed.GetValue(reason)!, cancel));
        root.Add(pause);
        var resume = new Command("resume", "The manager puts back what it keeps, and says what that was");
        resume.SetAction((parsed, cancel) => PostAsync(common, parsed, "resume", "", cancel));
        root.Add(resume);
        var proxy = new Argument<string>("proxy") { Description = "The proxy that is to go" };
        var release = new Command("release-proxy", "Say that a proxy may be taken out of a switch; what its clients reach from then on is your word") { proxy };
        release.SetAction((parsed, cancel) => PostAsync(common, parsed, $"proxies/{Uri.EscapeDataString(parsed.GetValue(proxy)!)}/release", "", cancel));
        root.Add(release);
    }

    private static async Task PostAsync(CommonOptions common, ParseResult parsed, string what, string reason, CancellationToken cancel)
    {
        using var manager = common.Connect(parsed);
        var name = await manager.SwitchNameAsync(parsed.GetValue(common.Switch), cancel);
        var answer = await manager.PostAsync($"/api/v1/switches/{name}/{what}", new ReasonBody(reason), ContractsJson.Default.ReasonBody, ContractsJson.Default.MessageView, cancel);
        if (parsed.GetValue(common.Json))
        {
            Console.WriteLine(JsonSerializer.Serialize(answer, ContractsJson.Default.MessageView));
            return;
        }

        Console.WriteLine(answer.Message);
        foreach (var detail in answer.Details)
        {
            Console.WriteLine("  " + detail);
        }
    }
}
