using System.Threading.Channels;
using DbSwitch.App.ProxyHost.ConfigurationText;
using DbSwitch.App.ProxyHost.Identity;
using DbSwitch.App.ProxyHost.Platform;
using DbSwitch.App.ProxyHost.Processes;
using DbSwitch.App.ProxyHost.Sockets;

namespace DbSwitch.App.ProxyHost.Supervision;

/// <summary>Keeps one HAProxy alive: adopts or starts it, starts it again when it dies, reloads it when asked, ends it when told to end.</summary>
internal sealed partial class HaproxySupervisor(ProxyHostPlan plan, RunDirectory directory, HostReport report, Func<ProxyHostPlan>? reread, TimeProvider clock, ILogger logger)
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan EndPatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan OutputCheck = TimeSpan.FromMinutes(1);

    private readonly HaproxyFamily _family = new(directory, clock);
    private readonly HaproxyOutput _output = new(directory.Output);
    private readonly RestartBackOff _backOff = new(clock);
    private readonly Channel<bool> _reloads = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Asks for the configuration to be read again. May be called from any thread; does not wait.</summary>
    public void RequestReload() => _reloads.Writer.TryWrite(true);

    /// <summary>Whether HAProxy is to go on without us when we end: the next host adopts it.</summary>
    public bool IsLeaving { get; set; }

    /// <summary>Returns when <paramref name="stop"/> was cancelled and HAProxy has ended, unless it <see cref="IsLeaving"/>.</summary>
    /// <exception cref="ProxyHostException">It cannot begin: no HAProxy, a taken port, a refused configuration. A HAProxy that ran before goes on as it was.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        report.Say(HostState.Starting);
        using var sockets = new ListeningSockets(directory.Proxy, plan.Listeners);
        HaproxyExecutable haproxy;
        HaproxyConfigurationFile file;
        HaproxyProcess? running;
        string? uncovered;
        try
        {
            haproxy = await HaproxyExecutable.FindAsync(plan.Proxy.HaproxyBinary, directory.Proxy, stop);
            file = new HaproxyConfigurationFile(directory, haproxy);
            var adoption = new RunningHaproxy(directory, _family, file, report.Previous?.Haproxy?.Stamp, clock, logger);
            var adopted = await adoption.PrepareAsync(plan, sockets, stop);
            uncovered = adoption.Uncovered;
            running = adopted is null ? null : HaproxyProcess.Adopt(adopted, clock, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            await EndAsync(sockets);
            return;
        }

        report.Update(status => status with
        {
            ConfigurationHash = HaproxyConfigurationFile.HashOf(file.Current!),
            Listening = sockets.Addresses,
            CrashCoverOff = uncovered,
            Haproxy = new HaproxyStatus(haproxy.Path, haproxy.Version, running?.Master, haproxy.Stamp),
        });
        var reload = new HaproxyReload(plan, directory, sockets, file, report, reread, clock, logger);
        var watching = new HaproxyWatch(directory, report, clock, logger).RunAsync(stop);
        await using var trimming = clock.CreateTimer(_ => _output.TrimIfLarge(), null, OutputCheck, OutputCheck);
        try
        {
            while (!stop.IsCancellationRequested)
            {
                running = await LifeAsync(running, haproxy, sockets, reload, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The way out.
        }

        await watching;
        await EndAsync(sockets);
    }

    private async Task EndAsync(ListeningSockets sockets)
    {
        // First our copies: from here on a new client is refused at once instead of waiting for nothing.
        sockets.Dispose();
        if (IsLeaving)
        {
            LogLeaving(directory.Proxy);
            return;
        }

        LogStopping(directory.Proxy);
        await _family.EndAsync(report.Current.Haproxy?.Master, EndPatience);
    }

    /// <summary>One life of HAProxy, from its start (or adoption) to its death, and the pause that follows.</summary>
    /// <returns>Null: the next one must be started.</returns>
    private async Task<HaproxyProcess?> LifeAsync(HaproxyProcess? running, HaproxyExecutable haproxy, ListeningSockets sockets, HaproxyReload reload, CancellationToken stop)
    {
        string how;
        try
        {
            running ??= Start(haproxy, sockets);
            how = await ServeAsync(running, reload, stop);
        }
        catch (ProxyHostException e)
        {
            how = "could not be started: " + e.Message.TrimEnd('.');
        }

        // A worker that outlived its master would go on sending clients to where nobody can see: none is left when the next one starts.
        await _family.EndAsync(null, TimeSpan.Zero);
        var delay = _backOff.Ended();
        var alerts = _output.Alerts() is { } lines ? "\n" + lines : "";
        report.Update(status => status with
        {
            State = HostState.BackingOff,
            Reason = $"HAProxy {how}{(alerts.Length > 0 ? ":" : ".")}{alerts}",
            Since = clock.GetUtcNow(),
            Restarts = status.Restarts + 1,
            OldWorkers = [],
            Haproxy = status.Haproxy! with { Master = null },
        });
        LogEnded(directory.Proxy, how, (int)delay.TotalMilliseconds, alerts);
        await Task.Delay(delay, clock, stop);
        return null;
    }

    private HaproxyProcess Start(HaproxyExecutable haproxy, ListeningSockets sockets)
    {
        sockets.OpenMissing();
        _output.MarkStart();
        _backOff.Started();
        var started = HaproxyProcess.Start(haproxy, directory);
        report.Update(status => status with { CrashCoverOff = null, Haproxy = status.Haproxy! with { Master = started.Master, Stamp = haproxy.Stamp } });
        return started;
    }

    /// <returns>How it ended.</returns>
    private async Task<string> ServeAsync(HaproxyProcess running, HaproxyReload reload, CancellationToken stop)
    {
        string? info;
        while ((info = await SocketQuestion.AskAsync(directory.AdminSocket, "show info", stop)) is null)
        {
            if (running.Ended.IsCompleted)
            {
                return await running.Ended;
            }

            await Task.Delay(Pace, clock, stop);
        }

        // Its own word: the file may have been replaced since we looked at it.
        report.Update(status => status with
        {
            State = HostState.Running,
            Reason = null,
            Since = clock.GetUtcNow(),
            Haproxy = status.Haproxy! with { Version = SocketQuestion.Value(info, "Version") ?? status.Haproxy.Version },
        });
        LogRunning(directory.Proxy, report.Current.Haproxy!.Version, running.Master.Pid);
        while (true)
        {
            var asked = _reloads.Reader.WaitToReadAsync(stop).AsTask();
            if (await Task.WhenAny(running.Ended, asked) == running.Ended)
            {
                return await running.Ended;
            }

            await asked;
            _reloads.Reader.TryRead(out _);
            await reload.RunAsync(running, stop);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Proxy {Proxy}: HAProxy {Version} (pid {Pid}) answers.")]
    private partial void LogRunning(string proxy, string version, int pid);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Proxy {Proxy}: HAProxy {How}; it is started again in {Milliseconds} ms.{Alerts}")]
    private partial void LogEnded(string proxy, string how, int milliseconds, string alerts);

    [LoggerMessage(Level = LogLevel.Information, Message = "Proxy {Proxy}: told to leave; HAProxy goes on, for the next host to adopt it.")]
    private partial void LogLeaving(string proxy);

    [LoggerMessage(Level = LogLevel.Information, Message = "Proxy {Proxy}: told to end; HAProxy is ended too.")]
    private partial void LogStopping(string proxy);
}
