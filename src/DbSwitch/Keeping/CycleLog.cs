using System.Globalization;
using System.Net;
using DbSwitch.Configuration;
using DbSwitch.Proxies;
using Microsoft.Extensions.Logging;

namespace DbSwitch.Keeping;

/// <summary>Turns cycle results into log lines: one for each change, none for a repetition.</summary>
/// <param name="targetAt">Which target is at an address; null for none.</param>
public sealed partial class CycleLog(SwitchConfiguration configuration, Func<IPEndPoint, string?> targetAt, ILogger logger)
{
    private readonly Dictionary<string, string> _ours = configuration.Targets.Values.ToDictionary(t => t.ServerName, t => t.Name);
    private long _sessionsCut;

    /// <summary>How many sessions were cut since the manager started.</summary>
    public long SessionsCut => Interlocked.Read(ref _sessionsCut);

    /// <summary>Whether a server stands for one of the switch's targets; any other was added by somebody else, or by the configuration file.</summary>
    public bool IsOurs(string server) => _ours.ContainsKey(server);

    public void Take(CycleResult? before, CycleResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        foreach (var step in result.Taken)
        {
            TellStep(result, step, before);
        }

        foreach (var step in result.Withheld.Except(before?.Withheld ?? []))
        {
            Withheld(result.Proxy, Say(step));
        }

        TellProblem(before, result);
        if (result.Observed is ProxyObservation.Seen now && before?.Observed is ProxyObservation.Seen then && (now.Process.Pid, now.Process.StartTime) != (then.Process.Pid, then.Process.StartTime))
        {
            NewProcess(result.Proxy, now.Process.Version, now.Process.Pid);
        }
    }

    /// <summary>A step in words.</summary>
    public static string Say(Step step) => step switch
    {
        Step.Maintain => $"{step.Server} put into maintenance",
        Step.Cut cut => $"{cut.Sessions} {(cut.Sessions == 1 ? "session" : "sessions")} of {step.Server} cut",
        Step.Add add => $"{step.Server} added at {add.Spec.Address}",
        Step.SetAddress set => $"{step.Server} moved to {set.Address}",
        Step.MakeReady => $"{step.Server} made ready",
        Step.DisableAgent => $"agent of {step.Server} switched off",
        Step.Weigh => $"{step.Server} given its weight back (it was 0)",
        Step.Raise => $"{step.Server} set up again (it was down or stopping, without a health check)",
        Step.Delete => $"{step.Server} deleted",
        Step.MaintainInOldWorker old => $"{step.Server} put into maintenance in the old worker (pid {old.Pid})",
        Step.CutInOldWorker old => $"{old.Sessions.Count} {(old.Sessions.Count == 1 ? "session" : "sessions")} of {step.Server} cut in the old worker (pid {old.Pid})",
        Step.TellGeneration tell => string.Create(CultureInfo.InvariantCulture, $"told generation {tell.Generation}"),
        Step.TellHold tell => string.Create(CultureInfo.InvariantCulture, $"new connections may wait {tell.Hold.TotalSeconds:0.###} s"),
        _ => throw new ArgumentOutOfRangeException(nameof(step)),
    };

    private void TellStep(CycleResult result, Step step, CycleResult? before)
    {
        // Sessions take a few milliseconds to end, in which they are cut again: each counts once.
        var already = before?.Taken.Where(s => s.Server == step.Server).Sum(SessionsOf) ?? 0;
        Interlocked.Add(ref _sessionsCut, Math.Max(0, SessionsOf(step) - already));

        // Cutting takes HAProxy a few milliseconds, in which it is asked again.
        var ours = step.Server.Length == 0 || IsOurs(step.Server);
        var target = ours ? null : TargetOf(step.Server, result);
        var level = step is Step.TellGeneration or Step.TellHold || before?.Taken.Contains(step) == true ? LogLevel.Debug : ours ? LogLevel.Information : LogLevel.Warning;
        Done(level, result.Proxy, Say(step), ours ? "" : target is not null ? $" (it leads to {target}, under a name that somebody gave it by hand, or that the configuration file has)" : " (it is none of this switch's targets: somebody added it by hand, or the configuration file has it)");
    }

    private string? TargetOf(string server, CycleResult result) =>
        (result.Observed as ProxyObservation.Seen)?.Servers.FirstOrDefault(s => s.Name == server) is { State: { Address: { } address, Port: var port } } ? targetAt(new IPEndPoint(address, port)) : null;

    private static int SessionsOf(Step step) => step switch
    {
        Step.Cut cut => cut.Sessions,
        Step.CutInOldWorker cut => cut.Sessions.Count,
        _ => 0,
    };

    private void TellProblem(CycleResult? before, CycleResult result)
    {
        var problem = result.Problem ?? result.Notice;
        if (problem is not null && problem != (before?.Problem ?? before?.Notice))
        {
            Problem(result.Proxy, problem);
        }
        else if (problem is null && (before?.Problem ?? before?.Notice) is not null)
        {
            Recovered(result.Proxy);
        }
    }

    [LoggerMessage(Message = "{Proxy}: {Step}{Remark}")]
    private partial void Done(LogLevel level, string proxy, string step, string remark);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Proxy}: paused, so not done: {Step}")]
    private partial void Withheld(string proxy, string step);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Proxy}: {Problem}")]
    private partial void Problem(string proxy, string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Proxy}: answers again, and all is as it should be")]
    private partial void Recovered(string proxy);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Proxy}: a new HAProxy process (version {Version}, pid {Pid})")]
    private partial void NewProcess(string proxy, string version, int pid);
}
