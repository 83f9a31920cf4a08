using DbSwitch.Configuration;
using HaproxyRuntime;

namespace DbSwitch.Doctoring;

/// <summary>Who may touch the files and sockets by which databases are switched.</summary>
public static class FileChecks
{
    private const UnixFileMode Others = UnixFileMode.OtherWrite;

    public static IEnumerable<Finding> Check(DbSwitchConfiguration configuration)
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
