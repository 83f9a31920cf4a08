using System.Runtime.InteropServices;
using DbSwitch.App.Logging;

namespace DbSwitch.App.ProxyHost;

/// <summary><c>dbswitch proxy-host NAME</c>: a process of its own that owns a managed HAProxy, its listening sockets and its log.</summary>
public static class ProxyHostProgram
{
    public const int Done = 0;
    public const int CannotStart = 2;

    /// <summary>Runs until SIGTERM, SIGINT or <paramref name="cancellationToken"/>; SIGHUP reads the configuration again. Only one may run in a process, and that process may start nothing else.</summary>
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
        using var loggers = LoggerFactory.Create(LineFormatter.Use);
        var directory = new RunDirectory(options.RunDirectory, plan.Proxy.Name);
        try
        {
            directory.Create();
            using var held = HostLock.Take(directory);
            await RunAsync(plan, options, directory, clock, loggers.CreateLogger<HaproxySupervisor>(), cancellationToken);
            directory.RemoveTraces();
            return Done;
        }
        catch (ProxyHostException e)
        {
            await Console.Error.WriteLineAsync($"dbswitch proxy-host {plan.Proxy.Name}: {e.Message}");
            return CannotStart;
        }
    }

    private static async Task RunAsync(ProxyHostPlan plan, ProxyHostOptions options, RunDirectory directory, TimeProvider clock, ILogger logger, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var report = new HostReport(directory, clock);
        try
        {
            await using var log = new HaproxyLogReceiver(directory, options.PrintLog ? Console.WriteLine : null, clock);
            var supervisor = new HaproxySupervisor(plan, directory, report, options.Reread, clock, logger);
            using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
            using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
            using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
            {
                signal.Cancel = true;
                supervisor.RequestReload();
            });
            await supervisor.RunAsync(stop.Token);
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
