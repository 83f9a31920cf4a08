using System.Net;
using DbSwitch.Storage;
using Microsoft.Extensions.Logging;

namespace DbSwitch.Switching;

/// <summary>How the selected target is followed to another address: its name resolves to another one, or the configuration says another.</summary>
public sealed partial class DatabaseSwitch
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(2);

    // An attempt that failed after the fence has cost every client something: the next one waits for longer, each time.
    private static readonly TimeSpan[] BackOff = [TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30)];

    private (IPEndPoint Address, int Failures, long At)? _failedMove;

    private async Task FollowAddressAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                await FollowOnceAsync(stop).ConfigureAwait(false);
                await _moved.WaitAsync(RetryInterval, stop).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The manager ends; the next one compares the addresses again.
        }
    }

    private async Task FollowOnceAsync(CancellationToken stop)
    {
        if (!HasMoved(out _, out _))
        {
            return;
        }

        await _changing.WaitAsync(stop).ConfigureAwait(false);
        try
        {
            // Only now, alone, is it certain what is selected.
            if (HasMoved(out var target, out var address))
            {
                await MoveAsync(target, address, stop).ConfigureAwait(false);
            }
        }
        catch (StoreException e)
        {
            StoreProblem = e.Message;
        }
        finally
        {
            _changing.Release();
        }
    }

    private async Task MoveAsync(string target, IPEndPoint address, CancellationToken stop)
    {
        if (_addressInUse is { } before)
        {
            var problem = await _switchover.GuardAsync(KeepingGoal(), stop).ConfigureAwait(false);
            if (problem is null)
            {
                problem = await _switchover.MoveAsync(target, new SwitchoverPlan(KeepingGoal(), GoalOf(target, address), Configuration.Grace), stop).ConfigureAwait(false);
                _failedMove = problem is null ? null : (address, _failedMove?.Address.Equals(address) == true ? _failedMove.Value.Failures + 1 : 1, _time.GetTimestamp());
            }

            if (problem is not null)
            {
                var sentence = $"{target} is at {address} now, but every proxy stays with {before} until all can be fenced ({problem})";
                if (MoveProblem != sentence)
                {
                    NotMoved(Name, sentence);
                }

                MoveProblem = sentence;
                return;
            }

            Moved(Name, target, before, address);
        }
        else
        {
            // None was known before, so no proxy was sent anywhere by us.
            await _store.SaveAddressAsync(Name, target, address, stop).ConfigureAwait(false);
        }

        (_addressInUse, MoveProblem) = (address, null);
        _keepers.Set(KeepingGoal());
    }

    private bool HasMoved(out string target, out IPEndPoint address)
    {
        (target, address) = (Selection?.Target ?? "", AddressOf(Selection?.Target)!);
        return Pause is null && address is not null && !address.Equals(_addressInUse) && !IsBackingOff(address);
    }

    private bool IsBackingOff(IPEndPoint address) =>
        _failedMove is { } failed && failed.Address.Equals(address) && _time.GetElapsedTime(failed.At) < BackOff[Math.Min(failed.Failures, BackOff.Length) - 1];

    [LoggerMessage(Level = LogLevel.Information, Message = "{Switch}: {Target} is followed from {Before} to {Address}, on every proxy")]
    private partial void Moved(string @switch, string target, IPEndPoint before, IPEndPoint address);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Switch}: {Problem}")]
    private partial void NotMoved(string @switch, string problem);
}
