using System.CommandLine;
using System.Text.Json;
using DbSwitch.App.Client;
using DbSwitch.App.Contracts;
using DbSwitch.App.ExitCodes;
using DbSwitch.App.Terminal;
using DbSwitch.Configuration;
using DbSwitch.Configuration.Loading;
using DbSwitch.Databases.Kinds;
using DbSwitch.Doctoring;
using HaproxyRuntime;

namespace DbSwitch.App.CommandLine;

/// <summary><c>dbswitch doctor</c>: what is wrong with the set-up, with the fix.</summary>
internal static class DoctorCommand
{
    private const string UsualCfg = "/etc/haproxy/haproxy.cfg";

    public static void AddTo(RootCommand root, CommonOptions common)
    {
        var files = new Option<string[]>("--haproxy-cfg") { Description = "Look at this haproxy.cfg too, for what HAProxy does not tell: timeouts, retries, reloads, chroot (default: /etc/haproxy/haproxy.cfg where it is a proxy's own)", HelpName = "FILE" };
        var command = new Command("doctor", "What is wrong with the set-up, with the fix (exit code 1 when there is anything but notes); a haproxy.cfg is looked at without a manager, too") { files };
        command.SetAction(async (parsed, cancel) =>
        {
            var configuration = ConfigurationOf(common, parsed);
            var named = parsed.GetValue(files) is { Length: > 0 } given ? given : UsualOf(configuration);
            var (found, backends) = await AskAsync(common, parsed, parsed.GetValue(files) is { Length: > 0 }, cancel);
            var weighed = await Task.WhenAll(found.Select(f => WeighedAsync(f, named, backends, configuration, cancel)));
            IReadOnlyList<FindingView> all = [.. weighed, .. Unread(configuration, named), .. named.SelectMany(f => Views.Of(OfFile(configuration, f, backends)))];
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

    /// <summary>What the manager finds, and the backends of its switches; without a manager, as long as there is a haproxy.cfg to look at, what its file says of them.</summary>
    private static async Task<(IReadOnlyList<FindingView> Found, IReadOnlyList<string>? Backends)> AskAsync(CommonOptions common, ParseResult parsed, bool hasFile, CancellationToken cancel)
    {
        try
        {
            using var manager = common.Connect(parsed);
            var found = await manager.GetAsync("/api/v1/doctor", ContractsJson.Default.IReadOnlyListFindingView, cancel);
            var switches = await manager.GetAsync("/api/v1/switches", ContractsJson.Default.IReadOnlyListSwitchView, cancel);
            return (found, [.. switches.Select(s => s.Backend).Distinct()]);
        }
        catch (CommandException e) when (hasFile && e.ExitCode is (ExitCode.Unreachable or ExitCode.Usage))
        {
            return ([NotAsked("note", e.Message)], null);
        }
    }

    private static FindingView NotAsked(string level, string why) => new(level, "the manager", $"was not asked: {why}", "start it, and look again");

    /// <summary>Where an HAProxy that runs has no database but what the manager gives it, nobody is served after its next reload.</summary>
    private static async Task<FindingView> WeighedAsync(FindingView finding, IEnumerable<string> files, IReadOnlyList<string>? backends, DbSwitchConfiguration? configuration, CancellationToken cancel)
    {
        if (finding is not { Where: "the manager", Level: "note" })
        {
            return finding;
        }

        var waiting = new List<string>();
        foreach (var file in files)
        {
            var text = HaproxyFile.Parse(Read(file));
            var without = BackendsOf(text, backends, configuration).Where(b => HaproxyFileChecks.WaitsForManager(text, b)).ToList();
            if (without.Count > 0 && await IsInForceAsync(text, cancel))
            {
                waiting.AddRange(without.Select(b => $"backend {b} of {file}"));
            }
        }

        return waiting.Count == 0 ? finding : finding with { Level = "error", What = $"{finding.What.TrimEnd('.')}. {string.Join(" and ", waiting)} has no server that it starts with: from HAProxy's next start or reload on nobody is served before a manager runs" };
    }

    /// <summary>Whether an HAProxy runs that has the companion script, as a file of ours does: one that is only prepared has not been loaded yet.</summary>
    private static async Task<bool> IsInForceAsync(HaproxyFile file, CancellationToken cancel)
    {
        foreach (var socket in file.AdminSockets.Where(File.Exists))
        {
            try
            {
                if ((await new RuntimeClient(new RuntimeEndpoint.Unix(socket)).ExecuteAsync(RuntimeCommand.Raw("show dbswitch"), cancel)).StartsWith("version ", StringComparison.Ordinal))
                {
                    return true;
                }
            }
            catch (RuntimeApiException)
            {
                // Nobody there, or not for us: not known, so not taken for it.
            }
        }

        return false;
    }

    private static IReadOnlyList<string> BackendsOf(HaproxyFile file, IReadOnlyList<string>? backends, DbSwitchConfiguration? configuration) =>
        backends ?? configuration?.Switches.Values.Select(s => s.Backend).Distinct().ToList() ?? HaproxyFileChecks.BackendsIn(file);

    /// <summary>This machine's own, when a proxy of the configuration is that HAProxy: its Runtime API has the same socket.</summary>
    private static string[] UsualOf(DbSwitchConfiguration? configuration)
    {
        try
        {
            var sockets = configuration is null || !File.Exists(UsualCfg) ? [] : HaproxyFile.Parse(File.ReadAllText(UsualCfg)).AdminSockets.ToList();
            return configuration?.Proxies.Values.OfType<ApiProxyConfiguration>().Any(p => p.Api is RuntimeEndpoint.Unix api && sockets.Contains(api.Path)) == true ? [UsualCfg] : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Nobody asked for it by name.
            return [];
        }
    }

    /// <summary>What can't be asked for is not taken for good: a haproxy.cfg on another machine, or one that nobody named.</summary>
    private static IEnumerable<FindingView> Unread(DbSwitchConfiguration? configuration, string[] files)
    {
        var others = configuration?.Proxies.Values.OfType<ApiProxyConfiguration>().Select(p => p.Name).ToList() ?? [];
        if (files.Length == 0 && others.Count > 0)
        {
            yield return new FindingView(
                "note",
                string.Join(", ", others),
                "no Runtime API tells of the timeouts (client-fin and server-fin: without them one half-closed client can keep a switchover from leaving a hung database), of \"option persist\" or of hard-stop-after, and no haproxy.cfg was looked at",
                $"run it on {(others.Count == 1 ? "that proxy's machine" : "each proxy's machine")}: dbswitch doctor --haproxy-cfg {UsualCfg}");
        }
    }

    private static List<Finding> OfFile(DbSwitchConfiguration? configuration, string file, IReadOnlyList<string>? backends)
    {
        var text = Read(file);
        var parsed = HaproxyFile.Parse(text);
        return
        [
            .. HaproxyFileChecks.Check(file, text, BackendsOf(parsed, backends, configuration)),
            .. configuration is null ? [] : HaproxyServiceChecks.Check(parsed, HaproxyService.Find(), configuration, File.Exists),
        ];
    }

    // The manager may have read another one, on another machine: what is not there is not looked at.
    private static DbSwitchConfiguration? ConfigurationOf(CommonOptions common, ParseResult parsed) =>
        (parsed.GetValue(common.Config) ?? ManagerAddress.UsualFiles.FirstOrDefault(File.Exists)) is { } path
        && ConfigurationFile.Load(path, Environment.GetEnvironmentVariable, DatabaseKinds.Known.Binders) is { IsValid: true } read ? read.Configuration : null;

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
