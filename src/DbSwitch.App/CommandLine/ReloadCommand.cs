using System.CommandLine;
using System.Text.Json;
using DbSwitch.App.Client;
using DbSwitch.App.Contracts;
using DbSwitch.App.ExitCodes;
using DbSwitch.Configuration;

namespace DbSwitch.App.CommandLine;

/// <summary><c>dbswitch reload</c>: as SIGHUP, with an answer. systemd's ExecReload is this.</summary>
internal static class ReloadCommand
{
    public static void AddTo(RootCommand root, CommonOptions common)
    {
        var command = new Command("reload", "The manager reads its configuration file again (exit code 2 when the file is wrong, 1 when it can't take the present one's place)");
        command.SetAction(async (parsed, cancel) =>
        {
            using var manager = Connect(common, parsed);
            var answer = await manager.PostAsync("/api/v1/reload", new ReasonBody(""), ContractsJson.Default.ReasonBody, ContractsJson.Default.MessageView, cancel);
            Console.WriteLine(parsed.GetValue(common.Json) ? JsonSerializer.Serialize(answer, ContractsJson.Default.MessageView) : answer.Message);
        });
        root.Add(command);
    }

    // The file is what may be wrong, so badly that it does not say where its manager listens.
    private static ManagerClient Connect(CommonOptions common, ParseResult parsed)
    {
        try
        {
            return common.Connect(parsed);
        }
        catch (CommandException) when (parsed.GetValue(common.Server) is null && File.Exists(ListenConfiguration.DefaultSocket))
        {
            return new ManagerClient(ManagerAddress.OfSocket(ListenConfiguration.DefaultSocket));
        }
    }
}
