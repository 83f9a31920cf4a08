using System.Globalization;
using DbSwitch.App.Demo.Parts;
using DbSwitch.App.ProxyHost.Launching;
using DbSwitch.App.ProxyHost.Platform;
using Microsoft.Extensions.Logging.Abstractions;

namespace DbSwitch.App.Demo.Running;

/// <summary>The end of a demo's HAProxy, which belongs to no process of the demo: the manager starts its host, and neither of them ends it.</summary>
internal static class DemoProxy
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Returns when neither a host nor a HAProxy of this directory is left.</summary>
    public static async Task EndAsync(DemoDirectory directory)
    {
        var launcher = new ProxyHostLauncher(TimeProvider.System, NullLogger<ProxyHostLauncher>.Instance);
        await launcher.StopAsync(Topology.ProxyName, directory.Path, CancellationToken.None);

        // A host that the manager had only just started when it was ended does not hold its lock yet, and would come up after us.
        if (Hosts(directory) is { Count: > 0 } late)
        {
            var began = TimeProvider.System.GetTimestamp();
            while (late.Any(h => h.IsAlive))
            {
                foreach (var host in late)
                {
                    host.Signal(TimeProvider.System.GetElapsedTime(began) < Patience ? Posix.SigTerm : Posix.SigKill);
                }

                await Task.Delay(Pace);
            }

            await launcher.StopAsync(Topology.ProxyName, directory.Path, CancellationToken.None);
        }
    }

    /// <summary>Found by the configuration file in their command lines, as HAProxy's own processes are.</summary>
    private static List<ProcessIdentity> Hosts(DemoDirectory directory) => !Directory.Exists("/proc") ? [] :
    [
        .. Directory.EnumerateDirectories("/proc")
            .Select(path => int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : 0)
            .Where(pid => pid > 0 && IsHost(pid, directory))
            .Select(ProcessIdentity.Of)
            .OfType<ProcessIdentity>(),
    ];

    private static bool IsHost(int pid, DemoDirectory directory)
    {
        try
        {
            var words = File.ReadAllText($"/proc/{pid}/cmdline").Split('\0');
            return words.Contains("proxy-host") && words.Contains(directory.Configuration);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
