using System.Net;
using DbSwitch.Storage;
using DbSwitch.Switching.Core;
using Microsoft.Extensions.Logging;

namespace DbSwitch.Switching.Running;

/// <summary>
/// How the selected target is followed to another address: its name resolves to another one, or the configuration says another. For the clients' data another address is another database until
/// someone proves otherwise, so it takes the way of a switchover: none may take clients at the new address while another still serves the old one, and the generation grows, so that a command of
/// before is known by it.
/// </summary>
internal static partial class AddressMove
{
    private static readonly TimeSpan LookDeadline = TimeSpan.FromSeconds(5);

    // An attempt that failed after the fence has cost every client something: the next one waits for longer, each time.
    private static readonly TimeSpan[] BackOff = [TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(30)];

    /// <returns>Where the selected target is now; null while that is where the proxies have it, or while nothing is to be done about it.</returns>
    public static (string Target, IPEndPoint Address)? Due(SwitchParts parts)
    {
        var state = parts.Core.State;
        return state is { IsInForce: true, Pause: null, AwaitsPromotion: false, Selection.Target: { } target } && parts.AddressOf(target) is { } address && !address.Equals(state.AddressInUse) && !IsBackingOff(parts, state, address)
            ? (target, address)
            : null;
    }

    /// <exception cref="StoreException">It could not be journalled: nothing was touched.</exception>
    public static async Task DoAsync(SwitchParts parts, Turn turn, string target, IPEndPoint address, CancellationToken cancel)
    {
        if (turn.State.AddressInUse is not { } before)
        {
            // None was known before, so no proxy was sent anywhere by us.
            await parts.Store.SaveAddressAsync(parts.Name, target, address, cancel).ConfigureAwait(false);
            turn.Set(turn.State with { AddressInUse = address });
            return;
        }

        var watch = new PhaseWatch(parts.Time, SwitchoverPhase.Guard);
        var problem = await ProxyLook.WhyNotAsync(turn, [], LookDeadline, cancel).ConfigureAwait(false);
        if (problem is null)
        {
            var request = new SwitchoverRequest(target, "dbswitch", $"its address has changed from {before} to {address}");
            var record = await Switchovers.RunAsync(parts, turn, request, address, parts.Configuration.Grace, watch, null, cancel).ConfigureAwait(false);
            if (record is { Committed: false })
            {
                problem = record.Message;
                turn.Set(turn.State with { FailedMove = new FailedMove(address, turn.State.FailedMove is { } failed && failed.Address.Equals(address) ? failed.Failures + 1 : 1, parts.Time.GetTimestamp()) });
            }
        }

        if (problem is not null)
        {
            var sentence = $"{target} is at {address} now, but every proxy stays with {before} until all can be fenced ({problem})";
            if (parts.Core.Say(ProblemSource.Address, sentence))
            {
                NotMoved(parts.Logger, parts.Name, sentence);
            }
        }
    }

    private static bool IsBackingOff(SwitchParts parts, SwitchState state, IPEndPoint address) =>
        state.FailedMove is { } failed && failed.Address.Equals(address) && parts.Time.GetElapsedTime(failed.At) < BackOff[Math.Min(failed.Failures, BackOff.Length) - 1];

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Switch}: {Problem}")]
    private static partial void NotMoved(ILogger logger, string @switch, string problem);
}
