using DbSwitch.Switching.Core;
using DbSwitch.Switching.Running;
using Microsoft.Extensions.Logging;

namespace DbSwitch.Switching.Duties;

/// <summary>Runs the duties of a switch side by side. One that ends by an unexpected error ends them all: a switch that is kept by halves would be worse than one that says it is not kept.</summary>
internal sealed partial class DutyRunner(SwitchParts parts)
{
    /// <exception cref="DutyException">A duty ended by an unexpected error. Every proxy stays as it is.</exception>
    public async Task RunAsync(IReadOnlyList<IDuty> duties, CancellationToken stop)
    {
        using var together = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var running = duties.Select(d => RunAsync(d, together)).ToList();
        await Task.WhenAll(running).ConfigureAwait(false);
    }

    private async Task RunAsync(IDuty duty, CancellationTokenSource together)
    {
        // Side by side from the first step on.
        await Task.Yield();
        try
        {
            await duty.RunAsync(together.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (together.IsCancellationRequested)
        {
            // It was told to end.
        }
        catch (Exception e)
        {
            Failed(parts.Logger, e, parts.Name, duty.Name);
            parts.Core.Say(ProblemSource.Stopped, $"This switch has stopped after an unexpected error while it was to {duty.Name} ({e.Message}). Every proxy stays as it is; restart dbswitch serve, and report the error that its log shows.");
            await together.CancelAsync().ConfigureAwait(false);
            throw new DutyException($"{parts.Name}, to {duty.Name}: {e.Message}", e);
        }
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "{Switch}: an unexpected error while it was to {Duty}: nobody keeps this switch any more, and every proxy stays as it is")]
    private static partial void Failed(ILogger logger, Exception error, string @switch, string duty);
}

/// <summary>A duty ended by an unexpected error.</summary>
public sealed class DutyException(string message, Exception inner) : Exception(message, inner);
