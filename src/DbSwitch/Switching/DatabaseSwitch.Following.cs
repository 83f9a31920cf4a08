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
        if (Hold is not null || !HasMoved(out _, out _))
        {
            return;
        }

        await _changing.WaitAsync(stop).ConfigureAwait(false);
        try
        {
            // Only now, alone, is it certain what is selected.
            if (Hold is null && HasMoved(out var target, out var address))
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
            Running = null;
            _changing.Release();
        }
    }

    /// <summary>
    /// For the clients' data another address is another database until someone proves otherwise, so it takes the way of a switchover: none may take clients at the new
    /// address while another still serves the old one, and the generation grows, so that a command of before is known by it.
    /// </summary>
    private async Task MoveAsync(string target, IPEndPoint address, CancellationToken stop)
    {
        if (_addressInUse is not { } before)
        {
            // None was known before, so no proxy was sent anywhere by us.
            await _store.SaveAddressAsync(Name, target, address, stop).ConfigureAwait(false);
            _addressInUse = address;
            _keepers.Set(KeepingGoal());
            return;
        }

        var watch = new PhaseWatch(_time, SwitchoverPhase.Guard);
        var problem = await _switchover.GuardAsync(KeepingGoal(), [], stop).ConfigureAwait(false);
        if (problem is null)
        {
            await SettleAsync().ConfigureAwait(false);
            var present = Selection!;
            watch.Next(SwitchoverPhase.Journal);
            await EndHoldAsync().ConfigureAwait(false);
            var request = new SwitchoverRequest(target, "dbswitch", $"its address has changed from {before} to {address}");
            var record = await _store.BeginAsync(Name, present.Generation, request, _time.GetUtcNow(), stop).ConfigureAwait(false);
            if (record is not null)
            {
                var end = await RunAsync(record, present, request, address, Configuration.Grace, watch, null).ConfigureAwait(false);
                problem = end.Committed ? null : end.Message;
                _failedMove = problem is null ? null : (address, _failedMove?.Address.Equals(address) == true ? _failedMove.Value.Failures + 1 : 1, _time.GetTimestamp());
            }
        }

        if (problem is not null)
        {
            var sentence = $"{target} is at {address} now, but every proxy stays with {before} until all can be fenced ({problem})";
            if (MoveProblem != sentence)
            {
                NotMoved(Name, sentence);
            }

            MoveProblem = sentence;
        }
    }

    private bool HasMoved(out string target, out IPEndPoint address)
    {
        (target, address) = (Selection?.Target ?? "", AddressOf(Selection?.Target)!);
        return Pause is null && _believed && address is not null && !address.Equals(_addressInUse) && !IsBackingOff(address);
    }

    private bool IsBackingOff(IPEndPoint address) =>
        _failedMove is { } failed && failed.Address.Equals(address) && _time.GetElapsedTime(failed.At) < BackOff[Math.Min(failed.Failures, BackOff.Length) - 1];

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Switch}: {Problem}")]
    private partial void NotMoved(string @switch, string problem);
}
