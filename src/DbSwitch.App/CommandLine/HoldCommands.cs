using System.CommandLine;
using System.Text.Json;
using DbSwitch.App.Contracts;

namespace DbSwitch.App.CommandLine;

/// <summary><c>dbswitch hold</c> and <c>release</c>: new connections wait, without a switchover.</summary>
internal static class HoldCommands
{
    public static void AddTo(RootCommand root, CommonOptions common)
    {
        var time = new Option<double?>("--for") { Description = "Seconds after which it ends by itself", HelpName = "SECONDS", CustomParser = Seconds.Read, Required = true };
        var reason = new Option<string>("--reason") { Description = "Why, for those who look at the status", HelpName = "TEXT", DefaultValueFactory = _ => "" };
        var hold = new Command("hold", "New connections wait, open sessions go on: for a backup or a restart of the database") { time, reason };
        hold.SetAction(async (parsed, cancel) =>
        {
            using var manager = common.Connect(parsed);
            var name = await manager.SwitchNameAsync(parsed.GetValue(common.Switch), cancel);
            Print(await manager.PostAsync($"/api/v1/switches/{name}/hold", new HoldBody(parsed.GetValue(time)!.Value, parsed.GetValue(reason)!), ContractsJson.Default.HoldBody, ContractsJson.Default.MessageView, cancel), parsed.GetValue(common.Json));
        });
        root.Add(hold);
        var release = new Command("release", "Those that wait go on");
        release.SetAction(async (parsed, cancel) =>
        {
            using var manager = common.Connect(parsed);
            var name = await manager.SwitchNameAsync(parsed.GetValue(common.Switch), cancel);
            Print(await manager.PostAsync($"/api/v1/switches/{name}/release", new ReasonBody(), ContractsJson.Default.ReasonBody, ContractsJson.Default.MessageView, cancel), parsed.GetValue(common.Json));
        });
        root.Add(release);
    }

    private static void Print(MessageView answer, bool json) => Console.WriteLine(json ? JsonSerializer.Serialize(answer, ContractsJson.Default.MessageView) : answer.Message);
}
