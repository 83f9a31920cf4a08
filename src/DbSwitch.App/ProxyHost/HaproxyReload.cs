namespace DbSwitch.App.ProxyHost;

/// <summary>Changes a running HAProxy's configuration. A bad one is refused, with the reason, and the old one kept.</summary>
internal sealed partial class HaproxyReload(
    ProxyHostPlan first, RunDirectory directory, ListeningSockets sockets, HaproxyConfigurationFile file, HostReport report, Func<ProxyHostPlan>? reread, TimeProvider clock, ILogger logger)
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>Reads the configuration again and brings HAProxy to it, if it has changed. Never throws for a configuration's sake.</summary>
    public async Task RunAsync(HaproxyProcess running, CancellationToken cancellationToken)
    {
        try
        {
            var plan = reread?.Invoke() ?? first;
            RefuseOtherAddresses(plan);
            var before = file.Current;
            var text = file.Render(plan, sockets);
            if (file.IsCurrent(text, plan))
            {
                LogUnchanged(directory.Proxy);
                return;
            }

            var oldWorker = await WorkerAsync(cancellationToken);
            await file.ReplaceAsync(text, plan, cancellationToken);
            running.Master.Signal(Posix.SigUsr2);
            if (await NewWorkerAsync(running, oldWorker, cancellationToken))
            {
                report.Say(report.Current with { ConfigurationHash = HaproxyConfigurationFile.HashOf(text) });
                LogReloaded(directory.Proxy);
            }
            else if (before is not null)
            {
                // What HAProxy starts with after a crash must be what it runs with now.
                file.PutBack(before);
                LogRefused(directory.Proxy, $"HAProxy accepted it in a check, but did not start a worker with it; see {directory.Output}");
            }
        }
        catch (ProxyHostException e)
        {
            LogRefused(directory.Proxy, e.Message);
        }
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

    private async Task<bool> NewWorkerAsync(HaproxyProcess running, string? oldWorker, CancellationToken cancellationToken)
    {
        var began = clock.GetTimestamp();
        while (clock.GetElapsedTime(began) < Patience && !running.Ended.IsCompleted)
        {
            if (await WorkerAsync(cancellationToken) is { } worker && worker != oldWorker)
            {
                return true;
            }

            await Task.Delay(Pace, clock, cancellationToken);
        }

        return false;
    }

    private async Task<string?> WorkerAsync(CancellationToken cancellationToken)
    {
        var answer = await SocketQuestion.AskAsync(directory.AdminSocket, "show info", cancellationToken);
        return answer?.Split('\n').FirstOrDefault(line => line.StartsWith("Pid: ", StringComparison.Ordinal));
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Proxy {Proxy}: the configuration was read again; nothing in HAProxy's part has changed.")]
    private partial void LogUnchanged(string proxy);

    [LoggerMessage(Level = LogLevel.Information, Message = "Proxy {Proxy}: HAProxy was reloaded with the new configuration; open sessions stay with its old worker.")]
    private partial void LogReloaded(string proxy);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Proxy {Proxy}: the new configuration was refused, and HAProxy runs on with the old one: {Reason}")]
    private partial void LogRefused(string proxy, string reason);
}
