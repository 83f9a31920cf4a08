using System.Net;
using DbSwitch.Configuration.Values;
using DbSwitch.Databases;
using DbSwitch.Model;
using DbSwitch.Proxies;
using DbSwitch.Storage;
using DbSwitch.Switching.Core;
using DbSwitch.Switching.Outcomes;
using DbSwitch.Switching.Rules;
using DbSwitch.Switching.Running;
using Microsoft.Extensions.Logging;

namespace DbSwitch.Switching.Commands;

/// <summary>Sends clients to another target, or to none; or says what that would do.</summary>
internal sealed partial class Selecting(SwitchParts parts, OperatorCommands commands)
{
    private static readonly TimeSpan PrepareDeadline = TimeSpan.FromSeconds(3);

    /// <summary>Raised when a switchover was asked for and refused.</summary>
    public event Action<SwitchoverOutcome.Refused>? Refused;

    /// <returns>Succeeded, refused (nothing touched), or rolled back.</returns>
    public async Task<SwitchoverOutcome> SelectAsync(SwitchoverRequest selection, long? ifGeneration, TimeSpan? drain, CancellationToken cancel)
    {
        var watch = new PhaseWatch(parts.Time, SwitchoverPhase.Guard);
        var grace = Grace(drain);
        var request = Request(Command.Select, selection, ifGeneration, grace);
        var outcome = await commands.DoAsync(request, () => SelectAloneAsync(request, grace, watch, cancel), cancel).ConfigureAwait(false);
        if (outcome is SwitchoverOutcome.Refused refused)
        {
            Refused?.Invoke(refused);
        }

        return outcome;
    }

    /// <returns>Foreseen, unchanged, or refused in the same words. Nothing is touched.</returns>
    public Task<SwitchoverOutcome> ForeseeAsync(SwitchoverRequest selection, long? ifGeneration, TimeSpan? drain, CancellationToken cancel)
    {
        var grace = Grace(drain);
        var request = Request(Command.Foresee, selection, ifGeneration, grace);
        return commands.DoAsync(request, () => Task.FromResult<SwitchoverOutcome>(Foresee(request, grace)), cancel);
    }

    // Draining is a longer grace: sessions end by themselves until it is over, and only then the rest is cut.
    private TimeSpan Grace(TimeSpan? drain) => (drain ?? parts.Configuration.Drain) is var given && given > parts.Configuration.Grace ? given : parts.Configuration.Grace;

    private CommandRequest Request(Command command, SwitchoverRequest selection, long? ifGeneration, TimeSpan grace) =>
        new(command, selection, grace + parts.Configuration.Settle, "the drain and settle:") { IfGeneration = ifGeneration };

    private async Task<SwitchoverOutcome> SelectAloneAsync(CommandRequest request, TimeSpan grace, PhaseWatch watch, CancellationToken cancel)
    {
        var turn = request.Turn;
        var (promotion, notPrepared) = await PrepareAsync(request, cancel).ConfigureAwait(false);
        if (notPrepared is not null)
        {
            return notPrepared;
        }

        try
        {
            if (request.TakenOver is { } takenOver)
            {
                await TakeOverAsync(turn, takenOver, request.TakenOverAt, request.Selection.Target, cancel).ConfigureAwait(false);
                if (takenOver.Target == request.Selection.Target)
                {
                    return new SwitchoverOutcome.Unchanged(takenOver.Target is { } same
                        ? $"{parts.Name}: {same} is selected, as every proxy serves it already."
                        : $"{parts.Name}: none is selected; the manager fences what its proxies serve.");
                }
            }

            var selection = request.Selection with { Overridden = string.Join("; ", request.Overridden) };
            var record = await Switchovers.RunAsync(parts, turn, selection, parts.AddressOf(selection.Target), grace, watch, promotion, cancel).ConfigureAwait(false);
            return record is null
                ? Objections.Conflict("its generation in the store is another one than here; was the store changed by hand?")
                : new SwitchoverOutcome.Ended(record);
        }
        finally
        {
            if (promotion is not null)
            {
                await promotion.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>What the proxies serve becomes what is selected. Where they do not agree, none is: that is not in force before a switchover begins, or somebody selects none.</summary>
    private async Task TakeOverAsync(Turn turn, Selection takenOver, IPEndPoint? address, string? wanted, CancellationToken cancel)
    {
        var done = turn.State.Selection is { } present
            ? await parts.Store.TakeOverAsync(parts.Name, present.Generation, takenOver, address, cancel).ConfigureAwait(false)
            : await parts.Store.InitializeAsync(parts.Name, takenOver, address, cancel).ConfigureAwait(false);
        if (!done)
        {
            throw new StoreException($"{parts.Name} has another selection in the store than a moment ago; was the store changed by hand?");
        }

        var isInForce = takenOver.Target is not null || wanted is null;
        turn.Set(turn.State with { Selection = takenOver, AddressInUse = address, IsInForce = isInForce, NeedsPerson = isInForce ? null : turn.State.NeedsPerson ?? $"{parts.Name}: its proxies do not agree on what they serve. Nothing is changed until a person decides." });
        TakenOver(parts.Logger, parts.Name, takenOver.Target ?? "none", takenOver.Reason);
    }

    /// <returns>The promotion, prepared (null where there is nothing to do), or why it can't begin.</returns>
    private async Task<(IPromotion? Promotion, SwitchoverOutcome.Refused? Refusal)> PrepareAsync(CommandRequest request, CancellationToken cancel)
    {
        var present = (request.TakenOver ?? request.Turn.State.Selection)?.Target;
        if (request.Selection.Target == present || parts.Probes.PromotionTo(request.Selection.Target, present, request.Selection.Force) is not { } promotion)
        {
            return (null, null);
        }

        using var timer = new CancellationTokenSource(PrepareDeadline, parts.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancel);
        try
        {
            await promotion.PrepareAsync(parts.ClosureBy(request.Selection.Target!, 0), either.Token).WaitAsync(either.Token).ConfigureAwait(false);
            return (promotion, null);
        }
        catch (Exception e) when (e is DatabaseException || (e is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            await promotion.DisposeAsync().ConfigureAwait(false);
            return (null, Objections.Guard(e is DatabaseException ? e.Message : $"the databases have not answered within {PrepareDeadline.TotalSeconds:0} s"));
        }
    }

    private SwitchoverOutcome.Foreseen Foresee(CommandRequest request, TimeSpan grace)
    {
        var (state, selection) = (parts.Core.State, request.Selection with { Overridden = string.Join("; ", request.Overridden) });
        var next = parts.ServerOf(selection.Target);
        var present = (request.TakenOver ?? state.Selection)?.Target;
        return new SwitchoverOutcome.Foreseen(
            $"Dry run of {parts.Name}: clients would move from {present ?? "none"} to {selection.Target ?? "none"}. Nothing was touched.",
            [
                .. request.TakenOver is null ? [] : (string[])[$"{parts.Name}: the store knows less than the proxies: what they serve would first be taken over"],
                .. selection.Waivers.Length > 0 ? [$"{parts.Name}: {selection.Waivers}"] : Array.Empty<string>(),
                .. state.Hold is { } hold ? [$"{parts.Name}: it would end the hold of {hold.Said.By}"] : Array.Empty<string>(),
                .. parts.Configuration.Settle > TimeSpan.Zero ? [$"{parts.Name}: {Durations.Show(parts.Configuration.Settle)} would be waited between fence and activation (settle:)"] : Array.Empty<string>(),
                .. parts.Hooks.Select(h => $"{parts.Name}: the hook {h.Name} would be asked, and may say no"),
                .. OfTheDatabases(selection, present),
                .. parts.Core.Keepers.Latest.Where(r => r.Observed is ProxyObservation.Seen).Select(r => Foresight.Say(r.Proxy, (ProxyObservation.Seen)r.Observed, next, grace)),
            ]) { Guards = request.Guards };
    }

    /// <summary>What would become of the present target's database, and of the next one's.</summary>
    private IReadOnlyList<string> OfTheDatabases(SwitchoverRequest selection, string? present) =>
        selection.Target is null ? [$"{parts.Name}: clients would get no database until another target is selected"]
        : selection.Target != present && parts.Probes.PromotionTo(selection.Target, present, selection.Force) is { } promotion ? [$"{parts.Name}: {promotion.Foreseen}"]
        : [];

    [LoggerMessage(Level = LogLevel.Information, Message = "{Switch}: {Target} is selected: {Reason}")]
    private static partial void TakenOver(ILogger logger, string @switch, string target, string reason);
}
