using System.Text.RegularExpressions;
using DbSwitch.App.ProxyHost.Platform;

namespace DbSwitch.App.ProxyHost.Launching;

/// <summary>The systemd unit that runs a proxy host.</summary>
internal static partial class SystemdUnit
{
    /// <returns>Its name, such as dbswitch-proxy-host@local.service; null for a host that none runs.</returns>
    public static string? Of(ProcessIdentity host)
    {
        try
        {
            return Find(File.ReadAllText($"/proc/{host.Pid}/cgroup"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    internal static string? Find(string controlGroup) => Unit().Match(controlGroup) is { Success: true } match ? match.Value : null;

    [GeneratedRegex(@"dbswitch-proxy-host@[^/\n]+\.service")]
    private static partial Regex Unit();
}
