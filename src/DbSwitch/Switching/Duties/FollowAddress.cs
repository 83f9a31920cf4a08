using DbSwitch.Keeping;
using DbSwitch.Storage;
using DbSwitch.Switching.Core;
using DbSwitch.Switching.Running;

namespace DbSwitch.Switching.Duties;

/// <summary>Follows the selected target to another address (<see cref="AddressMove"/>); while a hold lasts, its end does.</summary>
internal sealed class FollowAddress(SwitchParts parts) : IDuty
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(2);

    public string Name => "follow an address";

    public async Task RunAsync(CancellationToken stop)
    {
        using var moved = new Pulse(parts.Time);
        parts.Addresses.Changed += moved.Nudge;
        try
        {
            while (true)
            {
                await FollowAsync(stop).ConfigureAwait(false);
                await moved.WaitAsync(RetryInterval, stop).ConfigureAwait(false);
            }
        }
        finally
        {
            parts.Addresses.Changed -= moved.Nudge;
        }
    }

    private async Task FollowAsync(CancellationToken stop)
    {
        if (parts.Core.State.Hold is not null || AddressMove.Due(parts) is null)
        {
            if (parts.Core.State is { Selection.Target: { } selected, AddressInUse: { } inUse } && inUse.Equals(parts.AddressOf(selected)))
            {
                // It has moved back.
                parts.Core.Say(ProblemSource.Address, null);
            }

            return;
        }

        using var turn = await parts.Core.EnterAsync(TurnKind.Command, Timeout.InfiniteTimeSpan, stop).ConfigureAwait(false);

        // Only now, alone, is it certain what is selected.
        if (turn is null || turn.State.Hold is not null || AddressMove.Due(parts) is not ({ } target, { } address))
        {
            return;
        }

        try
        {
            await AddressMove.DoAsync(parts, turn, target, address, stop).ConfigureAwait(false);
        }
        catch (StoreException e)
        {
            parts.Core.SayStoreFailed(e.Message);
        }
        finally
        {
            if (!parts.Core.HasEnded && turn.State.Stage == Stage.Look)
            {
                turn.Set(turn.State with { Stage = Stage.Keep });
            }
        }
    }
}
