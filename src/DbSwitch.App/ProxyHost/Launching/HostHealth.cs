using DbSwitch.App.ProxyHost.Identity;
using DbSwitch.Configuration;
using DbSwitch.Judging;

namespace DbSwitch.App.ProxyHost.Launching;

/// <summary>What is wrong with a managed proxy's host, as the manager sees it: from the lock and from host.json, without asking anybody.</summary>
internal static class HostHealth
{
    private const int OftenEnough = 3;

    /// <summary>A living host has seen HAProxy end, has made sure that no process of it is left, and has not started it again.</summary>
    public static bool SaysDown(RunDirectory directory) =>
        HostLock.Holder(directory) is { } holder && HostStatus.Read(directory.Status) is { State: HostState.BackingOff } status && status.Host == holder;

    /// <returns>Null when nothing is wrong, and where the proxy is not managed.</returns>
    public static HostTrouble? TroubleOf(string proxy, DbSwitchConfiguration configuration)
    {
        if (configuration.Proxies.GetValueOrDefault(proxy) is not ManagedProxyConfiguration)
        {
            return null;
        }

        var directory = new RunDirectory(configuration.Listen.RunDirectory, proxy);
        if (HostLock.Holder(directory) is not { } holder)
        {
            return new HostTrouble.Stopped($"systemctl start dbswitch-proxy-host@{proxy}, or without systemd: dbswitch proxy-host {proxy}");
        }

        return HostStatus.Read(directory.Status) is { State: HostState.BackingOff, Restarts: >= OftenEnough, Reason: { } reason } status && status.Host == holder
            ? new HostTrouble.KeepsDying($"HAProxy keeps dying, {status.Restarts} times so far, and is started again every 5 s at most: {reason.ReplaceLineEndings(" ")}")
            : null;
    }
}
