using System.CommandLine;
using System.Text.Json;
using DbSwitch.App.Contracts;
using DbSwitch.App.ExitCodes;
using DbSwitch.App.Terminal;
using DbSwitch.Doctoring;

namespace DbSwitch.App.CommandLine;

/// <summary><c>dbswitch doctor</c>: what is wrong with the set-up, with the fix.</summary>
internal static class DoctorCommand
{
    public static void AddTo(RootCommand root, CommonOptions common)
    {
        var files = new Option<string[]>("--haproxy-cfg") { Description = "Look at this haproxy.cfg too: what it says and HAProxy does not tell (timeouts, retries, reloads)", HelpName = "FILE" };
        var command = new Command("doctor", "What is wrong with the set-up, with the fix (exit code 1 when there is anything but notes)") { files };
        command.SetAction(async (parsed, cancel) =>
        {
            using var manager = common.Connect(parsed);
            var found = await manager.GetAsync("/api/v1/doctor", ContractsJson.Default.IReadOnlyListFindingView, cancel);
            var switches = await manager.GetAsync("/api/v1/switches", ContractsJson.Default.IReadOnlyListSwitchView, cancel);
            IReadOnlyList<string> backends = [.. switches.Select(s => s.Backend).Distinct()];
            IReadOnlyList<FindingView> all = [.. found, .. (parsed.GetValue(files) ?? []).SelectMany(f => Views.Of(HaproxyFileChecks.Check(f, Read(f), backends)))];
            if (parsed.GetValue(common.Json))
            {
                Console.WriteLine(JsonSerializer.Serialize(all, ContractsJson.Default.IReadOnlyListFindingView));
            }
            else
            {
                Print(all);
            }

            return all.All(f => f.Level == "note") ? ExitCode.Done : ExitCode.Refused;
        });
        root.Add(command);
    }

    private static void Print(IReadOnlyList<FindingView> all)
    {
        foreach (var finding in all)
        {
            Say($"{finding.Level}: {finding.Where}: {finding.What}");
            Say($"  fix: {finding.Fix}");
        }

        Console.WriteLine(all.Count == 0 ? "Nothing is wrong." : $"{Count(all, "error")}, {Count(all, "warning")}, {Count(all, "note")}");
    }

    // Words, not letters, go to the next line of a terminal; what is piped stays in one.
    private static void Say(string line)
    {
        foreach (var part in TerminalSize.OutputWidth is { } width ? Folding.Fold(line, width) : [line])
        {
            Console.WriteLine(part);
        }
    }

    private static string Count(IReadOnlyList<FindingView> all, string level) => all.Count(f => f.Level == level) switch
    {
        1 => $"1 {level}",
        var several => $"{several} {level}s",
    };

    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Usage, $"{file} can't be read: {e.Message}");
        }
    }
}
