using DbSwitch.Switching.Core;
using DbSwitch.Switching.Running;
using Microsoft.Extensions.Logging;

namespace DbSwitch.Switching.Duties;

/// <summary>
/// A gate is paused for as long as a switchover needs it, and belongs to its switch like the proxies' backend does: one that is found paused at any other time is resumed, whoever
/// left it so, a manager that died above all. Who wants to pause it by hand pauses the switch first.
/// </summary>
internal sealed partial class KeepGatesOpen(SwitchParts parts) : IDuty
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    public string Name => "resume gates";

    public async Task RunAsync(CancellationToken stop)
    {
        while (true)
        {
            await parts.Gates.LookAsync(stop).ConfigureAwait(false);
            await ResumeAsync(stop).ConfigureAwait(false);
            await Task.Delay(Interval, parts.Time, stop).ConfigureAwait(false);
        }
    }

    // While a promotion is owed nobody is let in anywhere: the clients of a gate do better to wait there.
    private bool ShallBeOpen => parts.Core.State is { IsInForce: true, Pause: null, AwaitsPromotion: false };

    private async Task ResumeAsync(CancellationToken stop)
    {
        if (!ShallBeOpen || !parts.Gates.AnyPaused)
        {
            parts.Say(ProblemSource.Gate, null);
            return;
        }

        using var turn = await parts.Core.EnterAsync(TurnKind.Housekeeping, TimeSpan.Zero, stop).ConfigureAwait(false);

        // Only now, alone, is it certain that no switchover wants them paused.
        if (turn is null || !ShallBeOpen)
        {
            return;
        }

        var problem = await parts.Gates.ResumeAsync(stop).ConfigureAwait(false);
        parts.Say(ProblemSource.Gate, problem is null ? null : $"clients may still wait in a gate: {problem}");
        if (problem is null)
        {
            Resumed(parts.Logger, parts.Name);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Switch}: a gate was found paused while no switchover is under way, and is resumed")]
    private static partial void Resumed(ILogger logger, string @switch);
}
