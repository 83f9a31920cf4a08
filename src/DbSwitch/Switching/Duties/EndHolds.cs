using DbSwitch.Keeping;
using DbSwitch.Switching.Commands;
using DbSwitch.Switching.Outcomes;
using DbSwitch.Switching.Running;

namespace DbSwitch.Switching.Duties;

/// <summary>Lets those that wait in a hold go on when its time has passed.</summary>
internal sealed class EndHolds(SwitchParts parts, Holding holding) : IDuty
{
    // A machine that was suspended meanwhile has stopped its timers, and not the clock.
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    public string Name => "end holds in time";

    public async Task RunAsync(CancellationToken stop)
    {
        using var changed = new Pulse(parts.Time);
        var known = parts.Core.State.Hold;
        void Look()
        {
            var present = parts.Core.State.Hold;
            if (Interlocked.Exchange(ref known, present) != present)
            {
                changed.Nudge();
            }
        }

        parts.Core.Changed += Look;
        try
        {
            while (true)
            {
                var left = parts.Core.State.Hold is { } hold ? hold.Left(parts.Time) : Timeout.InfiniteTimeSpan;
                if (left > TimeSpan.Zero || left == Timeout.InfiniteTimeSpan)
                {
                    await changed.WaitAsync(left < LookInterval ? left : LookInterval, stop).ConfigureAwait(false);
                }
                else if (await holding.ReleaseAsync("dbswitch (its time has passed)", stop).ConfigureAwait(false) is HoldOutcome.Refused)
                {
                    // The switch ends, or the store said no to something: the hold's end is tried again.
                    await Task.Delay(RetryInterval, parts.Time, stop).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            parts.Core.Changed -= Look;
        }
    }
}
