using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using DbSwitch.App.Contracts;

namespace DbSwitch.App.CommandLine;

/// <summary><c>dbswitch abort ID</c>: a switchover that is not committed yet is taken back.</summary>
internal static class AbortCommand
{
    public static void AddTo(RootCommand root, CommonOptions common)
    {
        var id = new Argument<long>("id") { Description = "The switchover's id, as status and select --no-wait show it" };
        var command = new Command("abort", "Take back a switchover that is under way: clients stay where they were") { id };
        command.SetAction(async (parsed, cancel) =>
        {
            using var manager = common.Connect(parsed);
            var name = await manager.SwitchNameAsync(parsed.GetValue(common.Switch), cancel);
            var path = $"/api/v1/switches/{name}/switchovers/{parsed.GetValue(id).ToString(CultureInfo.InvariantCulture)}";
            var outcome = await manager.DeleteAsync(path, ContractsJson.Default.OutcomeView, cancel);
            Console.WriteLine(parsed.GetValue(common.Json) ? JsonSerializer.Serialize(outcome, ContractsJson.Default.OutcomeView) : outcome.Message);
        });
        root.Add(command);
    }
}
