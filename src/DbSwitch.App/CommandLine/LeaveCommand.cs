using System.CommandLine;
using System.Text.Json;
using DbSwitch.App.Contracts;
using DbSwitch.App.ExitCodes;
using DbSwitch.App.Leaving;
using DbSwitch.Configuration.Loading;
using DbSwitch.Databases.Kinds;
using DbSwitch.Files;

namespace DbSwitch.App.CommandLine;

/// <summary><c>dbswitch leave</c>: the way out, with clients served. It asks each HAProxy itself, so it works without a manager and without its store.</summary>
internal static class LeaveCommand
{
    public static void AddTo(RootCommand root, CommonOptions common)
    {
        var file = new Option<string?>("--haproxy-cfg") { Description = "Put the lines into this haproxy.cfg; it is kept beside it as FILE.before-leave", HelpName = "FILE" };
        var command = new Command("leave", "Print what serves the clients without dbswitch: the server that they reach now, as a line of haproxy.cfg") { file };
        command.SetAction(async (parsed, cancel) =>
        {
            var read = ConfigurationFile.Load(common.FileOf(parsed), Environment.GetEnvironmentVariable, DatabaseKinds.Known.Binders);
            if (!read.IsValid)
            {
                throw CommandException.Of(read.Problems);
            }

            var name = parsed.GetValue(common.Switch);
            IReadOnlyList<ServedNow> all = [.. (await ServedNow.AskAsync(read.Configuration, cancel)).Where(s => name is null || s.Switch == name)];
            if (parsed.GetValue(file) is { } path)
            {
                Write(path, all);
                Say(parsed, $"{path} serves the clients without dbswitch from HAProxy's next reload on ({path}.before-leave is as it was). Now: systemctl disable --now dbswitch; systemctl reload haproxy");
                return ExitCode.Done;
            }

            Say(parsed, "# Then: systemctl disable --now dbswitch; systemctl reload haproxy", [.. LeaveText.Lines(all)]);
            return all.Any(s => s.Problem is not null) ? ExitCode.Unreachable : all.Any(s => s.Servers.Count == 0) ? ExitCode.Refused : ExitCode.Done;
        });
        root.Add(command);

        void Say(ParseResult parsed, string message, params IReadOnlyList<string> lines) =>
            Console.WriteLine(parsed.GetValue(common.Json) ? JsonSerializer.Serialize(new MessageView(message, lines), ContractsJson.Default.MessageView) : string.Join('\n', [.. lines, message]));
    }

    private static void Write(string path, IReadOnlyList<ServedNow> all)
    {
        if (all.FirstOrDefault(s => s.Problem is not null) is { } silent)
        {
            throw new CommandException(ExitCode.Unreachable, $"Nothing was written: {silent.Proxy} can't be asked what it serves: {silent.Problem}");
        }

        if (all.FirstOrDefault(s => s.Servers.Count == 0) is { } empty)
        {
            throw new CommandException(ExitCode.Refused, $"Nothing was written: no server of backend {empty.Backend} takes clients in {empty.Proxy} now. Select one first (dbswitch select TARGET).");
        }

        if (all.GroupBy(s => s.Backend).FirstOrDefault(g => g.Select(s => string.Join(' ', s.Servers)).Distinct().Count() > 1) is { } several)
        {
            throw new CommandException(ExitCode.Refused, $"Nothing was written: the proxies do not serve the same in backend {several.Key}. dbswitch leave without --haproxy-cfg prints what each serves.");
        }

        try
        {
            var text = File.ReadAllText(path);
            var next = LeaveText.In(text, [.. all.DistinctBy(s => s.Backend)]);
            File.Copy(path, path + ".before-leave", overwrite: true);
            File.Copy(path, path + ".new", overwrite: true);
            File.WriteAllText(path + ".new", next);
            FileOwner.GiveTo(path + ".new", path);
            File.Move(path + ".new", path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new CommandException(ExitCode.Usage, $"{path} was not changed: {e.Message}", e);
        }
    }
}
