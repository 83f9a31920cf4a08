using DbSwitch.Configuration.Values;
using DbSwitch.Model;
using DbSwitch.Proxies;
using DbSwitch.Storage;

namespace DbSwitch.Switching;

/// <summary>What a selection would do: every guard is checked, and nothing is touched.</summary>
public sealed partial class DatabaseSwitch
{
    /// <summary>As <see cref="SelectAsync"/>, without doing it: foreseen, unchanged, or refused in the same words.</summary>
    public Task<SwitchoverOutcome> ForeseeAsync(SwitchoverRequest request, long? ifGeneration, TimeSpan? drain, CancellationToken cancel) =>
        AloneAsync(request, () => ForeseeAloneAsync(request, ifGeneration, GraceFor(drain ?? Configuration.Drain), cancel), cancel);

    private async Task<SwitchoverOutcome> ForeseeAloneAsync(SwitchoverRequest request, long? ifGeneration, TimeSpan grace, CancellationToken cancel)
    {
        if (Selection is null && NeedsPerson is null)
        {
            return NotKnownYet();
        }

        if (Refusal(ifGeneration) is { } refusal)
        {
            return refusal;
        }

        if (_believed && request.Target == Selection?.Target)
        {
            return AlreadySelected(Selection!);
        }

        if (NoAddress(request.Target) is { } noAddress)
        {
            return noAddress;
        }

        if (StoreProblem is { } trouble)
        {
            return new SwitchoverOutcome.Refused(RefusalReason.Guard, $"Nothing was touched: {trouble}");
        }

        if (OutlastsCeiling(grace + Configuration.Settle, "the drain and settle:") is { } tooLong)
        {
            return tooLong;
        }

        var guarded = await GuardTargetAsync(request, cancel).ConfigureAwait(false);
        if (guarded.Refusal is { } notFit)
        {
            return notFit;
        }

        var latest = Latest;

        // What is not believed must not be made the keepers' goal, not even to look.
        if (_believed)
        {
            var no = await _switchover.GuardAsync(KeepingGoal(), request.Without, cancel).ConfigureAwait(false);

            // With the sessions that the guard has read: the next looks don't.
            latest = Latest;
            _keepers.Set(KeepingGoal());
            if (no is not null)
            {
                return new SwitchoverOutcome.Refused(RefusalReason.Guard, $"Nothing was touched: {no}.");
            }
        }
        else if (latest.FirstOrDefault(r => r.Observed is not ProxyObservation.Seen) is { } unseen)
        {
            return new SwitchoverOutcome.Refused(RefusalReason.Guard, $"Nothing was touched: {unseen.Proxy}: {unseen.Problem}.");
        }

        var waivers = (request with { Overridden = guarded.Overridden }).Waivers;
        var next = request.Target is { } target && AddressOf(target) is { } address ? new ServerSpec(ServerNames.For(target, address.Port), address) : null;
        var seen = latest.Select(r => (r.Proxy, Seen: r.Observed as ProxyObservation.Seen)).Where(p => p.Seen is not null).ToList();
        var behind = !_believed || _rules.Heard(seen.Select(p => p.Seen!)) > Math.Max(Selection!.Generation, _undone);
        return new SwitchoverOutcome.Foreseen(
            $"{Name}: a switchover from {Selection?.Target ?? "none"} to {request.Target ?? "none"} would begin; nothing was touched.",
            [
                .. behind ? (string[])[$"{Name}: the store knows less than the proxies: what they serve would first be taken over"] : [],
                .. waivers.Length > 0 ? [$"{Name}: {waivers}"] : Array.Empty<string>(),
                .. Hold is { } hold ? [$"{Name}: it would end the hold of {hold.By}"] : Array.Empty<string>(),
                .. Configuration.Settle > TimeSpan.Zero ? [$"{Name}: {Durations.Show(Configuration.Settle)} would be waited between fence and activation (settle:)"] : Array.Empty<string>(),
                .. Asked.Select(h => $"{Name}: the hook {h.Name} would be asked, and may say no"),
                .. seen.Select(p => Foresight.Say(p.Proxy, p.Seen!, next, grace)),
            ]) { Guards = guarded.Guards };
    }
}
