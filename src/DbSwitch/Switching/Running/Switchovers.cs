using System.Net;
using DbSwitch.Databases;
using DbSwitch.Storage;
using DbSwitch.Switching.Core;

namespace DbSwitch.Switching.Running;

/// <summary>How a switchover comes into the journal, and from there to its end.</summary>
internal static class Switchovers
{
    /// <param name="watch">Runs since the request.</param>
    /// <returns>How it ended; null when the store has another generation than we know, and nothing was touched.</returns>
    /// <exception cref="StoreException">It could not be journalled: nothing was touched.</exception>
    public static async Task<SwitchoverRecord?> RunAsync(SwitchParts parts, Turn turn, SwitchoverRequest request, IPEndPoint? address, TimeSpan grace, PhaseWatch watch, IPromotion? promotion, CancellationToken cancel)
    {
        watch.Next(SwitchoverPhase.Journal);

        // Only now, when nothing speaks against it any more: a switchover that still goes forward ends here.
        await Journal.SettleAsync(parts, turn).ConfigureAwait(false);
        var present = turn.State.Selection ?? throw new InvalidOperationException("A switchover begins from a selection.");
        if (await parts.Store.BeginAsync(parts.Name, present.Generation, request with { Promotes = promotion is not null }, parts.Time.GetUtcNow(), cancel).ConfigureAwait(false) is not { } record)
        {
            return null;
        }

        parts.Core.Say(ProblemSource.Store, null);

        // Not before it is journalled: a refusal leaves a hold as it is.
        await Journal.ForgetHoldAsync(parts, turn).ConfigureAwait(false);
        var plan = new SwitchoverPlan(request.Target, address, record.Generation, grace, parts.Configuration.Settle, request.Without, watch)
        {
            Promotion = promotion,
            Pauses = !request.Follows && request.Target != present.Target,
            Force = request.Force,
            ResolvesDisagreement = !turn.State.IsInForce,
        };
        using var run = new SwitchoverRun(parts, turn, record, plan);
        return await run.RunAsync().ConfigureAwait(false);
    }
}
