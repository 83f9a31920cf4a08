using System.CommandLine;
using System.Runtime.InteropServices;
using DbSwitch.App.Client;

namespace DbSwitch.App.CommandLine;

/// <summary>The command line: every command, and how each ends.</summary>
internal static class Root
{
    public static async Task<int> RunAsync(string[] arguments)
    {
        var root = Build();
        var parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0 && parsed.Action is not { ClearsParseErrors: true })
        {
            foreach (var error in parsed.Errors.Select(e => e.Message).Distinct())
            {
                await Console.Error.WriteLineAsync("dbswitch: " + error);
            }

            await Console.Error.WriteLineAsync($"See: {string.Join(' ', PathTo(parsed.CommandResult.Command))} --help");
            return ExitCode.Usage;
        }

        using var stop = new CancellationTokenSource();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);

        // The library's own handling sets a limit on how long an ending may take: "serve" takes its time.
        var invocation = new InvocationConfiguration { ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false };
        try
        {
            return await parsed.InvokeAsync(invocation, stop.Token);
        }
        catch (CommandException e)
        {
            await Console.Error.WriteLineAsync((e.SaysWhere ? "" : "dbswitch: ") + e.Message);
            return e.ExitCode;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return ExitCode.Interrupted;
        }

        void Stop(PosixSignalContext signal)
        {
            // The second Ctrl-C ends whatever does not heed the first.
            if (!stop.IsCancellationRequested)
            {
                signal.Cancel = true;
                stop.Cancel();
            }
        }
    }

    private static RootCommand Build()
    {
        var root = new RootCommand("The database switch: which one database HAProxy's clients reach, and the way to another.");
        var common = new CommonOptions();
        common.AddTo(root);
        ServeCommands.AddTo(root, common);
        SelectCommand.AddTo(root, common);
        StatusCommand.AddTo(root, common);
        ListCommands.AddTo(root, common);
        PauseCommands.AddTo(root, common);
        ApiCommand.AddTo(root, common);
        DemoCommands.AddTo(root);
        Examples.Show(root);
        return root;
    }

    private static IEnumerable<string> PathTo(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? PathTo(parent).Append(command.Name) : ["dbswitch"];
}
