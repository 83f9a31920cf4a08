using DbSwitch.Databases;
using DbSwitch.Switching.Core;
using DbSwitch.Switching.Running;
using Microsoft.Extensions.Logging;

namespace DbSwitch.Switching.Duties;

/// <summary>
/// After a switchover, and whenever a target is found that does not follow the selected one: it is made to, so that clients can be sent back without a hand. What only it has is not thrown away for
/// that; then a person is told.
/// </summary>
internal sealed partial class AttachReplicas(SwitchParts parts) : IDuty
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // Commands wait for the turn meanwhile: one that fails again and again is tried less and less often.
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, Failure> _failed = [];

    public string Name => "make the other databases follow the selected one";

    public async Task RunAsync(CancellationToken stop)
    {
        var seen = DateTimeOffset.MinValue;
        while (true)
        {
            // At once after a switchover: nobody can be sent back before. What was seen of them earlier says nothing.
            using (var timer = new CancellationTokenSource(Interval, parts.Time))
            using (var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, stop))
            {
                await parts.Core.WhenAsync(s => s.Running is null && s.LastEnd > seen, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            stop.ThrowIfCancellationRequested();
            if (parts.Core.State is { Running: null, LastEnd: var end } && end > seen)
            {
                await parts.Probes.LookAnewAsync(stop).ConfigureAwait(false);
                _failed.Clear();
                seen = end;
            }

            await AttachAsync(stop).ConfigureAwait(false);
        }
    }

    private static bool IsDue(SwitchState state) => state is { IsInForce: true, Running: null, Pause: null, AwaitsPromotion: false, UndoOwed: null, ClosedByOther: null, Selection.Target: not null };

    private async Task AttachAsync(CancellationToken stop)
    {
        if (!IsDue(parts.Core.State) || !AnyIsDue(parts.Core.State.Selection!.Target!))
        {
            parts.Say(ProblemSource.Replica, null);
            return;
        }

        using var turn = await parts.Core.EnterAsync(TurnKind.Housekeeping, TimeSpan.Zero, stop).ConfigureAwait(false);

        // Only now, alone, is it certain what is selected.
        if (turn is null || !IsDue(turn.State) || turn.State.Selection is not { Target: { } selected } selection)
        {
            return;
        }

        var problems = new List<string>();
        using var timer = new CancellationTokenSource(Deadline, parts.Time);
        foreach (var target in parts.Configuration.Targets.Keys)
        {
            if (parts.Probes.AttachmentTo(target, selected) is not { } attachment)
            {
                _failed.Remove(target);
            }
            else if (await WhyNotAsync(target, attachment, parts.ClosureBy(selected, selection.Generation), timer.Token, stop).ConfigureAwait(false) is { } why)
            {
                problems.Add($"{target} does not follow {selected}: {target} {why}");
            }
        }

        parts.Say(ProblemSource.Replica, problems.Count == 0 ? null : string.Join("; ", problems));
    }

    private bool AnyIsDue(string selected) => parts.Configuration.Targets.Keys.Any(t => parts.Probes.AttachmentTo(t, selected) is not null);

    /// <returns>Null when it follows; otherwise why it does not, fit to follow its name.</returns>
    private async Task<string?> WhyNotAsync(string target, IAttachment attachment, Closure by, CancellationToken timer, CancellationToken stop)
    {
        if (attachment.WhyNot is { } why)
        {
            return why;
        }

        var failed = _failed.GetValueOrDefault(target);
        if (failed is not null && parts.Time.GetElapsedTime(failed.At) < failed.Pause)
        {
            return failed.Why;
        }

        var now = await AttachAsync(target, attachment, by, timer, stop).ConfigureAwait(false);
        if (now is null)
        {
            _failed.Remove(target);
        }
        else
        {
            var pause = failed is null ? Interval : 2 * failed.Pause;
            _failed[target] = new Failure(now, parts.Time.GetTimestamp(), pause < LongestPause ? pause : LongestPause);
        }

        return now;
    }

    private async Task<string?> AttachAsync(string target, IAttachment attachment, Closure by, CancellationToken timer, CancellationToken stop)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer, stop);
        try
        {
            await attachment.AttachAsync(by, either.Token).WaitAsync(either.Token).ConfigureAwait(false);
            Attached(parts.Logger, parts.Name, target, by.Next);
        }
        catch (Exception e) when (e is DatabaseException || (e is OperationCanceledException && !stop.IsCancellationRequested))
        {
            return DatabaseWords.Of(e);
        }

        // Not again before it was looked at again.
        await parts.Probes.GuardAsync(target, null, false, stop).ConfigureAwait(false);
        return null;
    }

    /// <param name="At">When it was tried, as a timestamp of the clock.</param>
    /// <param name="Pause">How long after that it is not tried again.</param>
    private sealed record Failure(string Why, long At, TimeSpan Pause);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Switch}: {Target} follows {Selected} now")]
    private static partial void Attached(ILogger logger, string @switch, string target, string selected);
}
