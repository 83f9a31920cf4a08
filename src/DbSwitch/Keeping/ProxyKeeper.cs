using DbSwitch.Proxies;
using HaproxyRuntime;
using Microsoft.Extensions.Logging;

namespace DbSwitch.Keeping;

/// <summary>
/// Keeps one switch's backend in one proxy as its goal says: observe, decide, act, report, wait. Every proxy has a keeper of its own, so that one that is slow or
/// dead delays no other. No exception leaves the loop, and none ends it.
/// </summary>
/// <param name="goal">The present goal; null while none is known, when the keeper only looks.</param>
/// <param name="paused">Whether the manager keeps its hands off.</param>
/// <param name="report">Called with each cycle's result, on the keeper's own thread of control.</param>
/// <param name="decide">Who may be active.</param>
public sealed partial class ProxyKeeper(
    string backend,
    ProxyLink proxy,
    Func<Goal?> goal,
    Func<bool> paused,
    Action<CycleResult> report,
    Decide decide,
    TimeProvider time,
    ILogger logger) : IDisposable
{
    private static readonly TimeSpan SettledTick = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan UnsettledTick = TimeSpan.FromMilliseconds(250);

    // A proxy that was there a moment ago is coming back, from a restart or a reload: it has no server until we are there.
    private static readonly TimeSpan ReturnTick = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan ReturnTime = TimeSpan.FromSeconds(3);

    // Sessions end in milliseconds once they are told to.
    private static readonly TimeSpan FencingTick = TimeSpan.FromMilliseconds(5);

    // Who drains for seconds need not have every session listed two hundred times in each.
    private static readonly TimeSpan LongGrace = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan DrainingTick = TimeSpan.FromMilliseconds(100);

    private readonly BackendMemory _memory = new(time);
    private readonly Pulse _pulse = new(time);
    private long _lastSeen;
    private Goal? _goal;
    private long _goalSince;
    private (Goal Goal, Task<ProxyObservation> Look)? _readBack;

    public string Proxy => proxy.Name;

    /// <summary>Look now, not at the next tick.</summary>
    public void Nudge() => _pulse.Nudge();

    public async Task RunAsync(CancellationToken stop)
    {
        proxy.Ended += Nudge;
        CycleResult? before = null;
        try
        {
            while (!stop.IsCancellationRequested)
            {
                var began = time.GetTimestamp();
                var result = await CycleAsync(stop).ConfigureAwait(false) with { Took = time.GetElapsedTime(began) };
                Report(result);
                var tick = Tick(result, before);
                before = result;
                if (tick > TimeSpan.Zero)
                {
                    await _pulse.WaitAsync(tick, stop).ConfigureAwait(false);
                    await ForgetReadBackAsync().ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The manager ends; the proxy stays as it is.
        }
        finally
        {
            proxy.Ended -= Nudge;
        }
    }

    /// <summary>One cycle. An unexpected exception is reported like any trouble, and the next cycle looks again.</summary>
    public async Task<CycleResult> CycleAsync(CancellationToken cancel)
    {
        Goal? current = null;
        ProxyObservation observed = new ProxyObservation.Unknown("was not asked yet");
        try
        {
            current = goal();
            observed = await LookAsync(current, cancel).ConfigureAwait(false);
            if (current is null or { OnlyLooks: true } || observed is not ProxyObservation.Seen seen)
            {
                return observed is ProxyObservation.Down down
                    ? new CycleResult(proxy.Name, current, observed, current is { OnlyLooks: false }, [], [], down.Reason)
                    : new CycleResult(proxy.Name, current, observed, false, [], [], (observed as ProxyObservation.Unknown)?.Reason);
            }

            _lastSeen = time.GetTimestamp();
            var decision = decide(current, observed, AgeOf(current));
            if (decision.Behind is { } ahead)
            {
                return new CycleResult(proxy.Name, current, observed, false, [], [], $"has heard of generation {ahead}, and this manager's store knows of {current.Generation} only: another manager works here, or the store is an old one. Nothing is done here until a person decides with \"dbswitch select\"");
            }

            if (paused())
            {
                return new CycleResult(proxy.Name, current, observed, decision.Fenced, [], decision.Steps, null) { Notice = ClientHindrances.Of(current, seen), Unfenced = decision.Unfenced };
            }

            var (taken, problem) = await ActAsync(decision.Steps, current, seen, cancel).ConfigureAwait(false);
            return new CycleResult(proxy.Name, current, observed, decision.Fenced, taken, [], problem) { Notice = ClientHindrances.Of(current, seen) ?? (current.MayBeReady ? decision.Unfenced : null), Unfenced = decision.Unfenced };
        }
        catch (Exception e) when (!cancel.IsCancellationRequested)
        {
            Unforeseen(e, proxy.Name);
            return new CycleResult(proxy.Name, current, observed, false, [], [], $"the manager met an error of its own and tries again ({e.Message})");
        }
    }

    public void Dispose() => _pulse.Dispose();

    /// <summary>What was read back behind the last step is this look, unless something else is wanted by now.</summary>
    private async Task<ProxyObservation> LookAsync(Goal? current, CancellationToken cancel)
    {
        if (_readBack is { } read && read.Goal == current)
        {
            _readBack = null;
            return await read.Look.ConfigureAwait(false);
        }

        await ForgetReadBackAsync().ConfigureAwait(false);
        return await BeginLook(current, cancel).ConfigureAwait(false);
    }

    /// <summary>Two looks at once would mix up what they remember.</summary>
    private async Task ForgetReadBackAsync()
    {
        if (_readBack is { } read)
        {
            _readBack = null;
            await read.Look.ConfigureAwait(false);
        }
    }

    private Task<ProxyObservation> BeginLook(Goal? current, CancellationToken cancel) =>
        proxy.ObserveAsync(backend, _memory, current is { MayBeReady: true } ? current.Server : null, current?.ReadsSessions == true, cancel);

    private TimeSpan AgeOf(Goal goal)
    {
        if (_goal?.Number != goal.Number)
        {
            (_goal, _goalSince) = (goal, time.GetTimestamp());
        }

        return time.GetElapsedTime(_goalSince);
    }

    private void Report(CycleResult result)
    {
        try
        {
            report(result);
        }
        catch (Exception e)
        {
            // Whoever listens must not end the keeping.
            Unforeseen(e, proxy.Name);
        }
    }

    /// <summary>
    /// Does the steps in their order; the first that HAProxy does not confirm ends the row. What can do no harm is sent without waiting for the answers of those before
    /// it, and what follows the row's end, the look that reads it back, too: HAProxy executes what comes over one connection in its order.
    /// </summary>
    private async Task<(IReadOnlyList<Step> Taken, string? Problem)> ActAsync(IReadOnlyList<Step> steps, Goal current, ProxyObservation.Seen seen, CancellationToken cancel)
    {
        var row = new StepRow();
        foreach (var step in steps)
        {
            if (paused() || (!StepCommands.IsHarmless(step) && !await row.IsConfirmedAsync().ConfigureAwait(false)))
            {
                break;
            }

            row.Begin(step, TakeAsync(step, current, seen, cancel));
            if (step == steps[^1] && StepCommands.ShowsAtOnce(step))
            {
                _readBack = (current, BeginLook(current, cancel));
            }
        }

        await row.IsConfirmedAsync().ConfigureAwait(false);
        return (row.Taken, row.Problem);
    }

    /// <returns>Whether HAProxy did it; or what it said against it, and what to do. Neither when it can't be done yet.</returns>
    private async Task<(bool Done, string? Problem)> TakeAsync(Step step, Goal current, ProxyObservation.Seen seen, CancellationToken cancel)
    {
        if (step is Step.SetAddress move)
        {
            _memory.Moves(move.Server, move.Address);
        }

        foreach (var command in StepCommands.Of(step, backend, current.Generation, seen))
        {
            var result = StepCommands.OldWorkerOf(step) is { } pid
                ? await proxy.ChangeInOldWorkerAsync(pid, command, cancel).ConfigureAwait(false)
                : await proxy.ChangeAsync(command, cancel).ConfigureAwait(false);
            switch (step, result.Outcome)
            {
                case var _ when result.Succeeded:
                case (Step.Delete, CommandOutcome.NoSuchServer):
                case (Step.Cut or Step.CutInOldWorker, CommandOutcome.NoSuchSession):
                case (Step.MaintainInOldWorker or Step.CutInOldWorker, CommandOutcome.NoSuchServer):
                case (Step.DisableAgent, CommandOutcome.NoCheck or CommandOutcome.NoSuchServer):
                    continue;

                // The next look tells.
                case (Step.Add, CommandOutcome.AlreadyExists):
                case (Step.Delete, CommandOutcome.StillHasConnections or CommandOutcome.NotInMaintenance):
                    return (false, null);

                case (Step.Delete, CommandOutcome.PinnedByConfiguration):
                    _memory.Pin(seen.Servers.First(s => s.Name == step.Server).State);
                    return (false, null);

                case (_, CommandOutcome.StaticBalancing):
                    return (false, $"backend {backend} can't take servers while it runs: give it a dynamic algorithm in haproxy.cfg (\"balance first\"), and reload HAProxy");

                case (_, CommandOutcome.ProxyIsDisabled):
                    return (false, "has just reloaded");

                default:
                    return (false, $"refused \"{command}\": {result.Answer}");
            }
        }

        if (step is Step.Cut cut)
        {
            _memory.WereCut(cut.Server, cut.OnlySessions ?? seen.Servers.First(s => s.Name == cut.Server).Sessions!.Select(s => s.Id));
        }

        return (true, null);
    }

    private TimeSpan Tick(CycleResult result, CycleResult? before) => result switch
    {
        // What was done is read back at once; what had to be done again takes HAProxy a moment.
        { Taken.Count: > 0, Problem: null } => before is not null && result.Taken.SequenceEqual(before.Taken) ? FencingTick : TimeSpan.Zero,
        { Observed: ProxyObservation.Unknown or ProxyObservation.Down } when _lastSeen != 0 && time.GetElapsedTime(_lastSeen) < ReturnTime => ReturnTick,
        { Settled: true } => SettledTick,
        { Problem: null, Fenced: false, Goal: { } current, Withheld.Count: 0 } => current.Grace > LongGrace ? DrainingTick : FencingTick,
        _ => UnsettledTick,
    };

    [LoggerMessage(Level = LogLevel.Error, Message = "{Proxy}: an unexpected error; the proxy stays as it is and is looked at again")]
    private partial void Unforeseen(Exception error, string proxy);
}
