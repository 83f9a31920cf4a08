using DbSwitch.Proxies;
using HaproxyRuntime;

namespace DbSwitch.Keeping;

/// <summary>
/// A step as HAProxy's commands. Where the companion script can command servers, it is told with the generation: a command that arrives late, or from a manager
/// that has been overtaken, is refused there.
/// </summary>
internal static class StepCommands
{
    public static IEnumerable<RuntimeCommand> Of(Step step, string backend, long generation, ProxyObservation.Seen seen)
    {
        var fencing = seen.Companion is not null && Companion.CommandsServersIn(seen.Process.Version);
        return step switch
        {
            Step.Maintain => [fencing ? CompanionCommand.Fence(backend, step.Server, generation) : RuntimeCommand.SetServerState(backend, step.Server, ServerStateRequest.Maintenance)],
            Step.Cut { OnlySessions: null } => [fencing ? CompanionCommand.Cut(backend, step.Server, generation) : RuntimeCommand.ShutdownServerSessions(backend, step.Server)],
            Step.Cut cut => cut.OnlySessions!.Select(RuntimeCommand.ShutdownSession),
            Step.Add add => [RuntimeCommand.AddServer(backend, step.Server, add.Spec.Address)],
            Step.SetAddress set => [fencing ? CompanionCommand.Address(backend, step.Server, generation, set.Address) : RuntimeCommand.SetServerAddress(backend, step.Server, set.Address)],
            Step.MakeReady => [fencing ? CompanionCommand.Ready(backend, step.Server, generation) : RuntimeCommand.SetServerState(backend, step.Server, ServerStateRequest.Ready)],
            Step.DisableAgent => [RuntimeCommand.DisableAgent(backend, step.Server)],
            Step.Weigh { Configured: > 0 } => [RuntimeCommand.SetRelativeWeight(backend, step.Server, 100)],
            Step.Weigh => [RuntimeCommand.SetServerWeight(backend, step.Server, 1)],
            Step.Raise => [RuntimeCommand.SetServerHealth(backend, step.Server, ServerHealthRequest.Up)],
            Step.Delete => [RuntimeCommand.DeleteServer(backend, step.Server)],
            Step.MaintainInOldWorker => [CompanionCommand.Fence(backend, step.Server, generation)],
            Step.CutInOldWorker cut => cut.Sessions.Select(RuntimeCommand.ShutdownSession),
            Step.TellGeneration tell => [CompanionCommand.Generation(backend, tell.Generation)],
            Step.TellHold tell => [CompanionCommand.Hold(backend, tell.Hold)],
            _ => throw new ArgumentOutOfRangeException(nameof(step)),
        };
    }

    /// <summary>Whether it may be done whatever became of those before it, and however late: it lets nobody in and cuts nobody off.</summary>
    public static bool IsHarmless(Step step) => step is Step.Maintain or Step.DisableAgent or Step.Add or Step.TellGeneration or Step.TellHold;

    /// <summary>Whether the next command over the same connection finds it done. Sessions end a moment after they are told to.</summary>
    public static bool ShowsAtOnce(Step step) => IsHarmless(step) || step is Step.MakeReady or Step.Weigh or Step.Raise;

    /// <summary>The process that a reload has left over and that the step is for; null for the one that takes clients.</summary>
    public static int? OldWorkerOf(Step step) => step switch
    {
        Step.MaintainInOldWorker one => one.Pid,
        Step.CutInOldWorker one => one.Pid,
        _ => null,
    };
}
