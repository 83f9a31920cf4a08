using System.CommandLine;
using DbSwitch.App.ExitCodes;
using DbSwitch.App.ProxyHost.Identity;
using DbSwitch.App.ProxyHost.Launching;
using DbSwitch.Configuration;
using DbSwitch.Configuration.Loading;
using DbSwitch.Databases.Kinds;

namespace DbSwitch.App.CommandLine;

/// <summary><c>dbswitch proxies stop NAME</c>, <c>reload NAME</c> and <c>upgrade NAME</c>: for managed proxies, without the manager. Each touches the one that it names and nothing else.</summary>
internal static class ProxyCommands
{
    public static void AddTo(Command proxies, CommonOptions common)
    {
        proxies.Add(Command("stop", "End a managed proxy and its HAProxy: its clients are refused from then on", common, StopAsync));
        proxies.Add(Command("reload", "A managed proxy's host reads the configuration file again, and reloads HAProxy if something has changed (exit code 2 when the file is wrong, 1 when it was refused)", common, ReloadAsync));
        proxies.Add(Command("upgrade", "Run a managed proxy's host with this executable, and its HAProxy with the one that is installed now; clients notice nothing", common, UpgradeAsync));
    }

    private static Command Command(string verb, string description, CommonOptions common, Func<ProxyHostLauncher, string, DbSwitchConfiguration, CancellationToken, Task<int>> run)
    {
        var name = new Argument<string>("name") { Description = "The managed proxy" };
        var command = new Command(verb, description) { name };
        command.SetAction(async (parsed, cancel) =>
        {
            var read = ConfigurationFile.Load(common.FileOf(parsed), Environment.GetEnvironmentVariable, DatabaseKinds.Known.Binders);
            if (!read.IsValid)
            {
                throw CommandException.Of(read.Problems);
            }

            var wanted = parsed.GetValue(name)!;
            if (read.Configuration.Proxies.GetValueOrDefault(wanted) is not ManagedProxyConfiguration)
            {
                throw new CommandException(ExitCode.Usage, ServeCommands.NoManagedProxy(read.Configuration, wanted));
            }

            using var loggers = LoggerFactory.Create(_ => { });
            return await run(new ProxyHostLauncher(TimeProvider.System, loggers.CreateLogger<ProxyHostLauncher>()), wanted, read.Configuration, cancel);
        });
        return command;
    }

    private static async Task<int> StopAsync(ProxyHostLauncher launcher, string name, DbSwitchConfiguration configuration, CancellationToken cancel)
    {
        var stopped = await launcher.StopAsync(name, configuration.Listen.RunDirectory, cancel);
        Console.WriteLine(stopped switch
        {
            ProxyHostStop.WasNotRunning => $"{name} was not running.",
            ProxyHostStop.NotPermitted => $"{name} runs on: this user may not end it.",
            ProxyHostStop.Killed => $"{name} did not end in time and was killed. Its clients are refused until it is started again (dbswitch serve does).",
            _ => $"{name} has ended. Its clients are refused until it is started again (dbswitch serve does).",
        });
        return stopped == ProxyHostStop.NotPermitted ? ExitCode.Refused : ExitCode.Done;
    }

    private static async Task<int> ReloadAsync(ProxyHostLauncher launcher, string name, DbSwitchConfiguration configuration, CancellationToken cancel)
    {
        var (end, problem) = await launcher.ReloadAsync(name, configuration.Listen.RunDirectory, cancel);
        if (end is { Refused: false })
        {
            Console.WriteLine($"{name}: {end.Words}.");
            return ExitCode.Done;
        }

        await Console.Error.WriteLineAsync(end is null ? $"{name} is not reloaded: {problem}." : $"{name}: the new configuration was refused, and HAProxy runs on with the old one: {end.Words}.");
        return ExitCode.Refused;
    }

    private static async Task<int> UpgradeAsync(ProxyHostLauncher launcher, string name, DbSwitchConfiguration configuration, CancellationToken cancel)
    {
        var directory = new RunDirectory(configuration.Listen.RunDirectory, name);
        var before = HostStatus.Read(directory.Status);
        var outcome = await launcher.UpgradeAsync(name, configuration.File, configuration.Listen.RunDirectory, cancel);
        if (outcome.Problem is { } problem)
        {
            await Console.Error.WriteLineAsync($"{name} is not upgraded: {problem}");
            return ExitCode.Refused;
        }

        var (was, now) = (before?.Haproxy?.Version, outcome.Status!.Haproxy!.Version);
        Console.WriteLine($"{name}: a new host ({outcome.Status.Host}) has taken over; HAProxy {(was is null || was == now ? $"{now} serves on" : $"{now} serves instead of {was}")}.");
        return ExitCode.Done;
    }
}
