using DbSwitch.Configuration;
using HaproxyRuntime;

namespace DbSwitch.Doctoring;

/// <summary>Who may touch the files and sockets by which databases are switched, and whether the programs that are run then are there.</summary>
public static class FileChecks
{
    private const UnixFileMode Others = UnixFileMode.OtherWrite;
    private const UnixFileMode Execute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    public static IEnumerable<Finding> Check(DbSwitchConfiguration configuration) => [.. Rights(configuration), .. Tokens(configuration), .. Programs(configuration)];

    // On the day of the switchover is too late to find out.
    private static IEnumerable<Finding> Programs(DbSwitchConfiguration configuration)
    {
        foreach (var (program, whose) in ((string?, string)[])
        [
            .. configuration.Hooks.Values.Select(h => ((string?)h.Program, $"the hook {h.Name}")),
            .. configuration.Switches.Values.SelectMany(s => s.Targets.Values.Select(t => t.Database).OfType<AskedDatabase>().Select(d => (d.HookFile, $"{s.Name}'s promotion")).Distinct()),
        ])
        {
            if (program is not null && !File.Exists(program))
            {
                yield return new Finding(FindingLevel.Error, program, $"{whose} would run it, and it is not there", "put it there, or correct the path");
            }
            else if (program is not null && !OperatingSystem.IsWindows() && (File.GetUnixFileMode(program) & Execute) == 0)
            {
                yield return new Finding(FindingLevel.Error, program, $"{whose} would run it, and it is no executable", $"make it one: chmod +x {program}");
            }
        }
    }

    // Looked at by the manager, as its user: root's look would say nothing.
    private static IEnumerable<Finding> Tokens(DbSwitchConfiguration configuration)
    {
        if (configuration.Listen.TokenFile is { } path && File.Exists(path) && !CanBeRead(path))
        {
            yield return new Finding(FindingLevel.Error, path, $"the manager's user {Environment.UserName} can't read it, so no token is known", $"give it to that user: chown {Environment.UserName} {path}");
        }
    }

    private static bool CanBeRead(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static IEnumerable<Finding> Rights(DbSwitchConfiguration configuration)
    {
        if (OperatingSystem.IsWindows())
        {
            yield break;
        }

        foreach (var (path, what) in ((string?, string)[])
        [
            (configuration.File, "the configuration"),
            (configuration.StateFile, "the store"),
            (Path.GetDirectoryName(configuration.StateFile), "the store's directory"),
            (configuration.Listen.UnixSocket, "the command line's socket"),
            .. configuration.Proxies.Values.OfType<ApiProxyConfiguration>().SelectMany(p => new[] { p.Api, p.Master }.OfType<RuntimeEndpoint.Unix>().Select(e => ((string?)e.Path, $"the socket of {p.Name}"))),
        ])
        {
            // A directory such as /tmp, where everybody may write and nobody delete another's, is no place for it either.
            if (path is not null && (File.Exists(path) || Directory.Exists(path)) && (File.GetUnixFileMode(path) & Others) != 0)
            {
                yield return new Finding(FindingLevel.Error, path, $"everybody on this machine may write to {what}", $"take that right away: chmod o-w {path}");
            }
        }
    }
}
