using System.CommandLine;
using DbSwitch.App.Demo.Running;
using DbSwitch.App.ExitCodes;
using DbSwitch.App.Terminal;

namespace DbSwitch.App.CommandLine;

/// <summary>The command line: every command, and how each ends.</summary>
internal static class Root
{
    // What these did stands, whether anybody can read it or not; of all others, what they say is all there is.
    private static readonly HashSet<string> Doing = ["serve", "select", "abort", "hold", "release", "pause", "resume", "release-proxy", "reload", "backup", "init", "leave", "add", "revoke", "proxy-host"];

    public static async Task<int> RunAsync(string[] arguments)
    {
        var output = SaidOutput.Begin();
        var parsed = Build().Parse(arguments);
        var end = await EndAsync(parsed);
        if (output.Lost is not { } why)
        {
            return end;
        }

        await Console.Error.WriteLineAsync($"dbswitch: what it says could not be written ({why}).");
        return end == ExitCode.Done && !Doing.Contains(parsed.CommandResult.Command.Name) ? ExitCode.Refused : end;
    }

    private static async Task<int> EndAsync(ParseResult parsed)
    {
        if (parsed.Errors.Count > 0 && parsed.Action is not { ClearsParseErrors: true })
        {
            foreach (var complaint in Complaints.Of(parsed))
            {
                await Console.Error.WriteLineAsync("dbswitch: " + complaint);
            }

            await Console.Error.WriteLineAsync($"See: {string.Join(' ', PathTo(parsed.CommandResult.Command))} --help");
            return ExitCode.Usage;
        }

        if (parsed.GetValue(PartOfDemo.Option))
        {
            PartOfDemo.Begin();
        }

        // Ctrl-C and SIGTERM cancel the command, and there is no limit on how long its ending may take: "serve" ends its own way. (Null would leave the signals alone.)
        var invocation = new InvocationConfiguration { ProcessTerminationTimeout = Timeout.InfiniteTimeSpan, EnableDefaultExceptionHandler = false };
        try
        {
            return await parsed.InvokeAsync(invocation);
        }
        catch (CommandException e)
        {
            await Console.Error.WriteLineAsync((e.SaysWhere ? "" : "dbswitch: ") + e.Message);
            return e.ExitCode;
        }
        catch (OperationCanceledException)
        {
            // Ctrl-C or SIGTERM before there was anything to say.
            return ExitCode.NotAwaited;
        }
    }

    /// <summary>All commands with their options. Tests parse with it what the documents show.</summary>
    internal static RootCommand Build()
    {
        var root = new RootCommand("The database switch: which one database HAProxy's clients reach, and the way to another.");
        var common = new CommonOptions();
        common.AddTo(root);
        root.Add(PartOfDemo.Option);
        ServeCommands.AddTo(root, common);
        SelectCommand.AddTo(root, common);
        StatusCommand.AddTo(root, common);
        WatchCommand.AddTo(root, common);
        WaitCommand.AddTo(root, common);
        AbortCommand.AddTo(root, common);
        ListCommands.AddTo(root, common);
        DoctorCommand.AddTo(root, common);
        HoldCommands.AddTo(root, common);
        PauseCommands.AddTo(root, common);
        ReloadCommand.AddTo(root, common);
        BackupCommand.AddTo(root, common);
        TokenCommands.AddTo(root, common);
        ApiCommand.AddTo(root, common);
        InitCommand.AddTo(root, common);
        LeaveCommand.AddTo(root, common);
        DemoCommands.AddTo(root);
        CompletionCommand.AddTo(root, common);
        Examples.Show(root);
        return root;
    }

    private static IEnumerable<string> PathTo(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? PathTo(parent).Append(command.Name) : ["dbswitch"];
}
