using System.CommandLine;
using DbSwitch.App.Contracts;
using DbSwitch.App.ExitCodes;

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
            var name = parsed.GetValue(common.Switch);
            var path = name is null ? "/api/v1/switches" : "/api/v1/switches/" + Uri.EscapeDataString(name);
            var json = parsed.GetValue(common.Json);
            var text = await manager.GetTextAsync(path, json ? "application/json" : "text/plain", cancel);
            Console.WriteLine(json && name is not null ? $"[{text}]" : text.TrimEnd('\n'));
            return parsed.GetValue(check) ? await CheckAsync(manager, name, cancel) : ExitCode.Done;
        });
        root.Add(command);
    }

    private static async Task<int> CheckAsync(Client.ManagerClient manager, string? name, CancellationToken cancel)
    {
        var all = await manager.GetAsync("/api/v1/switches", ContractsJson.Default.IReadOnlyListSwitchView, cancel);
        var states = all.Where(s => name is null || s.Name == name).Select(s => s.State).ToList();
        return states.Contains("needs-person") ? ExitCode.NeedsPerson
            : states.TrueForAll(s => s is "ok") ? ExitCode.Done
            : ExitCode.Refused;
    }
}
