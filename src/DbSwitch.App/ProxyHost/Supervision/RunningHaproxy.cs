using DbSwitch.App.ProxyHost.ConfigurationText;
using DbSwitch.App.ProxyHost.Identity;
using DbSwitch.App.ProxyHost.Platform;
using DbSwitch.App.ProxyHost.Processes;
using DbSwitch.App.ProxyHost.Sockets;

namespace DbSwitch.App.ProxyHost.Supervision;

/// <summary>
/// Prepares a host's first HAProxy. When a host died and left one that serves, clients must not notice: its sockets are copied back and
/// it is adopted, reloaded if the configuration has changed. Only what cannot be adopted is ended, and that only once its successor's configuration is good.
/// </summary>
/// <param name="stampThen">Of the executable that the earlier host started HAProxy from; null when nobody knows.</param>
internal sealed partial class RunningHaproxy(RunDirectory directory, HaproxyFamily family, HaproxyConfigurationFile file, string? stampThen, TimeProvider clock, ILogger logger)
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan StartPatience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(5);

    /// <summary>Why the adopted one's sockets could not be copied; null when they could.</summary>
    public string? Uncovered { get; private set; }

    /// <summary>Leaves the sockets open and haproxy.cfg in place.</summary>
    /// <returns>The master that was adopted; null when one must be started.</returns>
    /// <exception cref="ProxyHostException">A port is taken, or the configuration is refused. What ran before runs on.</exception>
    public async Task<ProcessIdentity?> PrepareAsync(ProxyHostPlan plan, ListeningSockets sockets, CancellationToken cancellationToken)
    {
        var living = family.Living;
        if (living.Count == 0)
        {
            sockets.OpenMissing();
            await file.ReplaceAsync(file.Render(plan, sockets), plan, cancellationToken);
            return null;
        }

        var master = await FindMasterAsync(cancellationToken);
        var found = sockets.TakeBack(master is null ? living.Select(process => process.Pid) : [master.Pid], out var problem);
        var text = file.Render(plan, sockets);
        var unchanged = file.IsCurrent(text, plan);

        // A running master reloads with the sockets it has, under the numbers it has.
        var reloadable = plan.Listeners.All(listener => found.TryGetValue(listener.Address, out var number) && number == sockets.DescriptorOf(listener.Address));
        if (master is not null && (reloadable || (unchanged && problem is not null)))
        {
            return await AdoptAsync(plan, master, text, unchanged, reloadable ? null : problem, cancellationToken);
        }

        await ReplaceAllAsync(plan, sockets, master, text, problem, cancellationToken);
        return null;
    }

    private async Task<ProcessIdentity> AdoptAsync(ProxyHostPlan plan, ProcessIdentity master, string text, bool unchanged, string? uncovered, CancellationToken cancellationToken)
    {
        if (uncovered is not null)
        {
            Uncovered = uncovered;
            LogUncovered(plan.Proxy.Name, uncovered);
        }

        var change = await HaproxyChange.FindAsync(file.Haproxy, stampThen, directory, cancellationToken) ?? (unchanged ? null : "its configuration has changed");
        if (change is not null)
        {
            var before = file.Current;
            await file.ReplaceAsync(text, plan, cancellationToken);
            if (!await new HaproxyWorker(directory, clock).ReplaceAsync(master, cancellationToken) && master.IsAlive)
            {
                // What HAProxy starts with after a crash must be what it runs with now.
                file.PutBack(before ?? text);
                LogNotReloaded(plan.Proxy.Name, change, directory.Output);
                change = null;
            }
        }

        LogAdopted(plan.Proxy.Name, master.Pid, change is null ? "" : $" and reloaded, since {change}");
        return master;
    }

    private async Task ReplaceAllAsync(ProxyHostPlan plan, ListeningSockets sockets, ProcessIdentity? master, string text, string? problem, CancellationToken cancellationToken)
    {
        if (problem is not null)
        {
            // Its ports come free only with its end.
            await family.EndAsync(master, EndPatience);
        }

        sockets.OpenMissing();
        await file.ReplaceAsync(text, plan, cancellationToken);
        await family.EndAsync(master, EndPatience);
        LogReplaced(plan.Proxy.Name, problem ?? (master is null ? "its master does not answer" : "it listens on other addresses"));
    }

    /// <summary>The host may have died while HAProxy was starting: its master gets a moment to answer.</summary>
    private async Task<ProcessIdentity?> FindMasterAsync(CancellationToken cancellationToken)
    {
        var began = clock.GetTimestamp();
        while (clock.GetElapsedTime(began) < StartPatience && family.Living.Count > 0)
        {
            if (await family.MasterAsync(cancellationToken) is { } master)
            {
                return master;
            }

            await Task.Delay(Pace, clock, cancellationToken);
        }

        return null;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Proxy {Proxy}: the HAProxy of an earlier host (pid {Pid}) serves; it was adopted{Also}.")]
    private partial void LogAdopted(string proxy, int pid, string also);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Proxy {Proxy}: {Change}, but HAProxy started no worker with it and runs on as it was; see {Output}.")]
    private partial void LogNotReloaded(string proxy, string change, string output);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Proxy {Proxy}: HAProxy's listening sockets could not be copied: {Problem}. When HAProxy dies, clients are refused until it is back, instead of waiting.")]
    private partial void LogUncovered(string proxy, string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Proxy {Proxy}: the HAProxy of an earlier host could not be adopted ({Reason}); it was ended, its sessions with it, and a new one starts.")]
    private partial void LogReplaced(string proxy, string reason);
}
