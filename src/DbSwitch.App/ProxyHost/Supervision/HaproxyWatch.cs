using System.Globalization;
using DbSwitch.App.ProxyHost.Identity;
using DbSwitch.App.ProxyHost.Platform;

namespace DbSwitch.App.ProxyHost.Supervision;

/// <summary>Looks now and then at what nobody announces: workers left over from reloads, and log lines that HAProxy could not get rid of.</summary>
internal sealed partial class HaproxyWatch(RunDirectory directory, HostReport report, TimeProvider clock, ILogger logger)
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongForAnOldWorker = TimeSpan.FromMinutes(1);

    private readonly HashSet<int> _told = [];
    private (string? Pid, long Dropped) _lastInfo;

    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await LookAsync(stop);
            await Task.Delay(Pace, clock, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task LookAsync(CancellationToken stop)
    {
        try
        {
            // A master that does not answer is starting or gone: what was known stays, or is forgotten with it.
            if (await SocketQuestion.AskMasterAsync(directory.MasterSocket, "show proc", stop) is { } processes)
            {
                TakeOldWorkers(OldWorkers(processes));
            }

            if (await SocketQuestion.AskAsync(directory.AdminSocket, "show info", stop) is { } info)
            {
                TakeDropped(SocketQuestion.Value(info, "Pid"), SocketQuestion.Value(info, "DroppedLogs"));
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The end.
        }
    }

    /// <summary>The pids below <c># old workers</c> in the master's <c>show proc</c>.</summary>
    internal static IReadOnlyList<int> OldWorkers(string processes) =>
    [
        .. processes.Split('\n')
            .SkipWhile(line => !line.StartsWith("# old workers", StringComparison.Ordinal))
            .Skip(1)
            .TakeWhile(line => !line.StartsWith('#'))
            .Select(line => int.TryParse(line.Split(' ')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : 0)
            .Where(pid => pid > 0),
    ];

    private void TakeOldWorkers(IReadOnlyList<int> now)
    {
        var known = report.Current.OldWorkers;
        if (!now.SequenceEqual(known.Select(worker => worker.Pid)))
        {
            report.Update(status => status with
            {
                OldWorkers = [.. now.Select(pid => known.FirstOrDefault(worker => worker.Pid == pid) ?? new OldWorker(pid, clock.GetUtcNow()))],
            });
        }

        foreach (var worker in report.Current.OldWorkers.Where(worker => clock.GetUtcNow() - worker.Since > LongForAnOldWorker && _told.Add(worker.Pid)))
        {
            LogStays(directory.Proxy, worker.Pid);
        }

        foreach (var gone in _told.Except(now).ToList())
        {
            _told.Remove(gone);
            LogGone(directory.Proxy, gone);
        }
    }

    private void TakeDropped(string? pid, string? value)
    {
        if (!long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var dropped))
        {
            return;
        }

        // Each process counts from zero.
        var more = dropped - (_lastInfo.Pid == pid ? _lastInfo.Dropped : 0);
        _lastInfo = (pid, dropped);
        if (more > 0)
        {
            report.Update(status => status with { LogLinesLostByHaproxy = status.LogLinesLostByHaproxy + more });
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Proxy {Proxy}: a worker left over from a reload (pid {Pid}) has had sessions for a minute now. They go on with the configuration and the servers of before; HAProxy ends them 30 minutes after the reload.")]
    private partial void LogStays(string proxy, int pid);

    [LoggerMessage(Level = LogLevel.Information, Message = "Proxy {Proxy}: the worker left over from a reload (pid {Pid}) has ended.")]
    private partial void LogGone(string proxy, int pid);
}
