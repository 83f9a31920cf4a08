using DbSwitch.Keeping;
using DbSwitch.Switching.Commands;

namespace DbSwitch.Switching.Duties;

/// <summary>Lets those that wait in a hold go on when its time has passed.</summary>
internal sealed class EndHolds(SwitchParts parts, Holding holding) : IDuty
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(1);
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
                var left = parts.Core.State.Hold is { } hold ? hold.Until - parts.Time.GetUtcNow() : LongestWait;
                if (left > TimeSpan.Zero)
                {
                    await changed.WaitAsync(left < LongestWait ? left : LongestWait, stop).ConfigureAwait(false);
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
