using DbSwitch.App.ProxyHost.ConfigurationText;
using DbSwitch.App.ProxyHost.Identity;
using DbSwitch.App.ProxyHost.Platform;
using DbSwitch.App.ProxyHost.Processes;
using DbSwitch.App.ProxyHost.Sockets;

namespace DbSwitch.App.ProxyHost.Supervision;

/// <summary>Changes a running HAProxy's configuration. A bad one is refused, with the reason, and the old one kept.</summary>
internal sealed partial class HaproxyReload(
    ProxyHostPlan first, RunDirectory directory, ListeningSockets sockets, HaproxyConfigurationFile file, HostReport report, Func<ProxyHostPlan>? reread, TimeProvider clock, ILogger logger)
{
    private readonly HaproxyWorker _worker = new(directory, clock);

    /// <summary>Reads the configuration again and brings HAProxy to it, if it has changed. Never throws for a configuration's sake: what came of it is in host.json, for whoever has asked.</summary>
    public async Task RunAsync(HaproxyProcess running, CancellationToken cancellationToken)
    {
        var number = report.Current.Reloads + 1;
        report.Update(status => status with { Reloads = number });
        var (refused, words) = await ReadAgainAsync(running, cancellationToken);
        report.Update(status => status with { Reload = new ReloadEnd(number, refused, words) });
    }

    private async Task<(bool Refused, string Words)> ReadAgainAsync(HaproxyProcess running, CancellationToken cancellationToken)
    {
        try
        {
            var plan = reread?.Invoke() ?? first;
            RefuseOtherAddresses(plan);
            var before = file.Current;
            var text = file.Render(plan, sockets);
            var change = await ExecutableChangeAsync(plan, cancellationToken);
            if (file.IsCurrent(text, plan) && change is null)
            {
                LogUnchanged(directory.Proxy);
                return (false, "nothing in HAProxy's part has changed");
            }

            await file.ReplaceAsync(text, plan, cancellationToken);
            if (await _worker.ReplaceAsync(running.Master, cancellationToken))
            {
                report.Update(status => status with
                {
                    ConfigurationHash = HaproxyConfigurationFile.HashOf(text),
                    Haproxy = status.Haproxy! with { Version = file.Haproxy.Version, Stamp = file.Haproxy.Stamp },
                });
                var why = change is null ? "with the new configuration" : $"since {change}";
                LogReloaded(directory.Proxy, why);
                return (false, $"HAProxy was reloaded {why}; open sessions stay with its old worker");
            }

            if (before is not null)
            {
                // What HAProxy starts with after a crash must be what it runs with now.
                file.PutBack(before);
            }

            return Refused($"HAProxy accepted it in a check, but did not start a worker with it; see {directory.Output}");
        }
        catch (ProxyHostException e)
        {
            return Refused(e.Message);
        }
    }

    private (bool Refused, string Words) Refused(string reason)
    {
        LogRefused(directory.Proxy, reason);
        return (true, reason.TrimEnd('.', '\n'));
    }

    private async Task<string?> ExecutableChangeAsync(ProxyHostPlan plan, CancellationToken cancellationToken)
    {
        var now = await HaproxyExecutable.FindAsync(plan.Proxy.HaproxyBinary, directory.Proxy, cancellationToken);
        var running = report.Current.Haproxy!;
        if (now.Path != running.Executable)
        {
            // A master starts itself anew from where it came from.
            throw new ProxyHostException(
                $"haproxy: is {now.Path} now, and a reload stays with {running.Executable}, whatever that is by then: replace that file, or \"dbswitch proxies stop {directory.Proxy}\" ends every session, and the other one is started.");
        }

        file.Haproxy = now;
        return await HaproxyChange.FindAsync(now, running.Stamp, directory, cancellationToken);
    }

    private void RefuseOtherAddresses(ProxyHostPlan plan)
    {
        // A running master has the sockets that it inherited, and gets no others.
        var now = sockets.Addresses.Select(listening => listening.Address);
        var wanted = plan.Listeners.Select(listener => listener.Address.ToString());
        if (!now.SequenceEqual(wanted))
        {
            throw new ProxyHostException(
                $"the listening addresses have changed, which a reload cannot do without ending every session: \"dbswitch proxies stop {directory.Proxy}\", and it is started with the new ones.");
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Proxy {Proxy}: the configuration was read again; nothing in HAProxy's part has changed.")]
    private partial void LogUnchanged(string proxy);

    [LoggerMessage(Level = LogLevel.Information, Message = "Proxy {Proxy}: HAProxy was reloaded {Why}; open sessions stay with its old worker.")]
    private partial void LogReloaded(string proxy, string why);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Proxy {Proxy}: the new configuration was refused, and HAProxy runs on with the old one: {Reason}")]
    private partial void LogRefused(string proxy, string reason);
}
