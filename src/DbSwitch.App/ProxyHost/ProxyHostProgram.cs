using System.Runtime.InteropServices;
using DbSwitch.App.Logging;
using DbSwitch.App.ProxyHost.Identity;
using DbSwitch.App.ProxyHost.Logs;
using DbSwitch.App.ProxyHost.Platform;
using DbSwitch.App.ProxyHost.Supervision;

namespace DbSwitch.App.ProxyHost;

/// <summary><c>dbswitch proxy-host NAME</c>: a process of its own that owns a managed HAProxy, its listening sockets and its log.</summary>
public static class ProxyHostProgram
{
    public const int Done = 0;
    public const int CannotStart = 2;

    /// <summary>Runs until SIGTERM, SIGINT or <paramref name="cancellationToken"/>; SIGHUP reads the configuration again; SIGUSR1 ends the host and leaves HAProxy to the next one. Only one may run in a process, and that process may start nothing else.</summary>
    /// <returns>The exit code: 0 when it was told to end and has, 2 when it cannot start (standard error says why).</returns>
    public static async Task<int> RunAsync(ProxyHostPlan plan, ProxyHostOptions options, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(options);
        if (options.Detached)
        {
            Posix.NewSession();
        }

        var clock = TimeProvider.System;
        using var loggers = LoggerFactory.Create(logging => LogFormatter.Use(logging, LogForm.ForOutput()));
        var directory = new RunDirectory(options.RunDirectory, plan.Proxy.Name);
        try
        {
            directory.Create();
            using var held = HostLock.Take(directory);
            if (!await RunAsync(plan, options, directory, clock, loggers.CreateLogger<HaproxySupervisor>(), cancellationToken))
            {
                directory.RemoveTraces();
            }

            return Done;
        }
        catch (ProxyHostException e)
        {
            await Console.Error.WriteLineAsync($"dbswitch proxy-host {plan.Proxy.Name}: {e.Message}");
            return CannotStart;
        }
    }

    /// <returns>Whether HAProxy was left running.</returns>
    private static async Task<bool> RunAsync(ProxyHostPlan plan, ProxyHostOptions options, RunDirectory directory, TimeProvider clock, ILogger logger, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var report = new HostReport(directory, clock);
        try
        {
            using var keeping = new HaproxyLogKeeping(directory, Journal.IsOurOutput, options.PrintLog, clock);
            await using var log = new HaproxyLogReceiver(
                directory, keeping.Write, new LogLimit(clock), clock, dropped => report.Update(status => status with { LogLinesLeftOut = dropped }));
            var supervisor = new HaproxySupervisor(plan, directory, report, options.Reread, clock, logger);
            using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
            using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
            using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
            {
                signal.Cancel = true;
                supervisor.RequestReload();
            });
            using var leave = PosixSignalRegistration.Create((PosixSignal)Posix.SigUsr1, signal =>
            {
                supervisor.IsLeaving = true;
                End(signal);
            });
            await supervisor.RunAsync(stop.Token);
            return supervisor.IsLeaving;
        }
        catch (ProxyHostException e)
        {
            report.Say(HostState.Failed, e.Message);
            throw;
        }

        void End(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }
}
