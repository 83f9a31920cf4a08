using System.CommandLine;
using DbSwitch.App.ExitCodes;
using DbSwitch.App.Logging;
using DbSwitch.App.ProxyHost;
using DbSwitch.App.ProxyHost.Identity;
using DbSwitch.App.Serving;
using DbSwitch.Configuration;
using DbSwitch.Configuration.Loading;
using DbSwitch.Configuration.Values;
using DbSwitch.Databases.Kinds;

namespace DbSwitch.App.CommandLine;

/// <summary><c>dbswitch serve</c>, <c>proxy-host</c> and <c>check-config</c>: what reads the configuration file itself.</summary>
internal static class ServeCommands
{
    public static void AddTo(RootCommand root, CommonOptions common)
    {
        var adopt = new Option<string[]>("--adopt") { Description = "What is selected in a switch whose store is empty and whose proxies don't agree: SWITCH=TARGET, or SWITCH=none", HelpName = "SWITCH=TARGET" };
        var log = new Option<string>("--log") { Description = "What a line of the log looks like: text, or json for programs", HelpName = "FORM", DefaultValueFactory = _ => "text" };
        log.AcceptOnlyFromAmong("text", "json");
        var release = new Option<string[]>("--release-proxy") { Description = "A proxy that the configuration has no more, where no manager runs that could be told: SWITCH/PROXY", HelpName = "SWITCH/PROXY" };
        var serve = new Command("serve", "Run the manager") { adopt, release, log };
        serve.SetAction((parsed, cancel) => ServeProgram.RunAsync(common.FileOf(parsed), Decisions(parsed.GetValue(adopt) ?? []), Releases(parsed.GetValue(release) ?? []), LogForm.ForOutput(parsed.GetValue(log) == "json"), cancel));
        root.Add(serve);

        var name = new Argument<string>("name") { Description = "A proxy of the configuration that is managed:" };
        var detached = new Option<bool>("--detached") { Description = "Leave the terminal's session (serve starts it so)" };
        var printLog = new Option<bool>("--print-log") { Description = "HAProxy's log to standard output too" };
        var host = new Command("proxy-host", "Run one managed HAProxy and own its listening sockets; \"serve\" starts it by itself") { name, detached, printLog };
        host.SetAction((parsed, cancel) =>
        {
            var file = common.FileOf(parsed);
            var configuration = Read(file);
            var options = new ProxyHostOptions
            {
                RunDirectory = configuration.Listen.RunDirectory,
                Detached = parsed.GetValue(detached),
                PrintLog = parsed.GetValue(printLog),
                Reread = () => PlanOf(Read(file), parsed.GetValue(name)!),
            };
            return ProxyHostProgram.RunAsync(PlanOf(configuration, parsed.GetValue(name)!), options, cancel);
        });
        root.Add(host);

        var check = new Command("check-config", "Read the configuration file and say all that is wrong with it");
        check.SetAction(parsed =>
        {
            var configuration = Read(common.FileOf(parsed));
            Console.WriteLine($"{configuration.File}: {Count(configuration.Switches.Count, "switch", "switches")}, {Count(configuration.Proxies.Count, "proxy", "proxies")}; nothing is wrong with it.");
        });
        root.Add(check);
    }

    private static DbSwitchConfiguration Read(string file)
    {
        var read = ConfigurationFile.Load(file, Environment.GetEnvironmentVariable, DatabaseKinds.Known.Binders);
        return read.IsValid ? read.Configuration : throw CommandException.Of(read.Problems);
    }

    private static ProxyHostPlan PlanOf(DbSwitchConfiguration configuration, string name) =>
        configuration.Proxies.GetValueOrDefault(name) is ManagedProxyConfiguration managed
            ? new ProxyHostPlan(managed, configuration.Switches)
            : throw new CommandException(ExitCode.Usage, NoManagedProxy(configuration, name));

    internal static string NoManagedProxy(DbSwitchConfiguration configuration, string name) =>
        $"There is no managed proxy {name} in {configuration.File}{Suggestion.AtEnd(name, configuration.Proxies.Values.OfType<ManagedProxyConfiguration>().Select(p => p.Name))}";

    private static Dictionary<string, string?> Decisions(string[] words)
    {
        var decisions = new Dictionary<string, string?>();
        foreach (var word in words)
        {
            if (word.Split('=', 2) is not [{ Length: > 0 } name, { Length: > 0 } target] || !decisions.TryAdd(name, target == "none" ? null : target))
            {
                throw new CommandException(ExitCode.Usage, $"--adopt takes SWITCH=TARGET, each switch once, not \"{word}\".");
            }
        }

        return decisions;
    }

    private static List<(string Switch, string Proxy)> Releases(string[] words) =>
        [.. words.Select(word => word.Split('/') is [{ Length: > 0 } name, { Length: > 0 } proxy] ? (name, proxy) : throw new CommandException(ExitCode.Usage, $"--release-proxy takes SWITCH/PROXY, not \"{word}\"."))];

    private static string Count(int count, string one, string many) => $"{count} {(count == 1 ? one : many)}";
}
