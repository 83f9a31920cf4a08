using Microsoft.Extensions.Logging;

namespace DbSwitch.Switching;

/// <summary>
/// A gate is paused for as long as a switchover needs it, and belongs to its switch like the proxies' backend does: one that is found paused at any other time is resumed, whoever
/// left it so, a manager that died above all. Who wants to pause it by hand pauses the switch first.
/// </summary>
public sealed partial class DatabaseSwitch
{
    private static readonly TimeSpan GateInterval = TimeSpan.FromSeconds(1);

    /// <summary>Why clients may still wait in a gate although no switchover is under way; null when none does.</summary>
    public string? GateProblem { get; private set; }

    // While a promotion is owed nobody is let in anywhere: the clients of a gate do better to wait there.
    private bool GatesShallBeOpen => _believed && Pause is null && !_awaitsDatabase;

    private async Task TendGatesAsync(CancellationToken stop)
    {
        if (Gates.IsEmpty)
        {
            return;
        }

        try
        {
            while (true)
            {
                await Gates.LookAsync(stop).ConfigureAwait(false);
                await TendGatesOnceAsync(stop).ConfigureAwait(false);
                await Task.Delay(GateInterval, _time, stop).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The manager ends; the next one looks again.
        }
    }

    private async Task TendGatesOnceAsync(CancellationToken stop)
    {
        if (!GatesShallBeOpen || !Gates.AnyPaused)
        {
            SayOfGates(null);
            return;
        }

        if (!await _changing.WaitAsync(TimeSpan.Zero, CancellationToken.None).ConfigureAwait(false))
        {
            return;
        }

        _tending = true;
        try
        {
            // Only now, alone, is it certain that no switchover wants them paused.
            if (GatesShallBeOpen)
            {
                var problem = await Gates.ResumeAsync(stop).ConfigureAwait(false);
                SayOfGates(problem is null ? null : $"clients may still wait in a gate: {problem}");
                if (problem is null)
                {
                    GatesResumed(Name);
                }
            }
        }
        finally
        {
            _tending = false;
            _changing.Release();
        }
    }

    private void SayOfGates(string? problem)
    {
        if (problem == GateProblem)
        {
            return;
        }

        GateProblem = problem;
        Tell();
        if (problem is not null)
        {
            GateTrouble(Name, problem);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Switch}: a gate was found paused while no switchover is under way, and is resumed")]
    private partial void GatesResumed(string @switch);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Switch}: {Problem}")]
    private partial void GateTrouble(string @switch, string problem);
}
