using System.Net;
using DbSwitch.Configuration;
using DbSwitch.Keeping;
using DbSwitch.Model;

namespace DbSwitch.Switching.Core;

/// <summary>What every proxy of a switch shall be like, as it follows from the switch's state. Pure.</summary>
internal static class Goals
{
    /// <returns>Null while nothing is in force: then keepers only look.</returns>
    public static Goal? Of(SwitchState state, SwitchConfiguration configuration) => (state.Stage, state.Running?.Plan) switch
    {
        (Stage.Look, _) when !state.IsInForce => new Goal(0, null, false) { OnlyLooks = true, ReadsSessions = true },
        _ when !state.IsInForce || state.Selection is null => null,
        (Stage.Look, _) => Keeping(state, configuration) with { ReadsSessions = true },
        (Stage.Fence, { } plan) => Fencing(plan, configuration),
        (Stage.Activate, { } plan) => Serving(plan.To, plan.Address, configuration) with { Generation = plan.Generation, DeletesLeftovers = false },
        _ => Keeping(state, configuration),
    };

    /// <summary>No client reaches any database; the next server is present, in maintenance. Whoever waits through all of it may wait for so much longer.</summary>
    private static Goal Fencing(SwitchoverPlan plan, SwitchConfiguration configuration) =>
        Serving(plan.To, plan.Address, configuration) with
        {
            MayBeReady = false,
            Undetermined = null,
            Grace = plan.Grace,
            Hold = configuration.Hold + plan.Grace + plan.Settle,
            DeletesLeftovers = false,
            Generation = plan.Generation,
        };

    private static Goal Keeping(SwitchState state, SwitchConfiguration configuration)
    {
        var goal = Serving(state.Selection!.Target, state.AddressInUse, configuration) with { Generation = state.Generation, Restores = state.Restores };
        return goal switch
        {
            { MayBeReady: true } when state.AwaitsPromotion => goal with { MayBeReady = false, DeletesLeftovers = false },
            { MayBeReady: true } when state.Hold is { } hold => goal with { MayBeReady = false, Held = true, Hold = configuration.Hold + hold.Length },
            _ => goal,
        };
    }

    private static Goal Serving(string? target, IPEndPoint? address, SwitchConfiguration configuration) => ((target, address) switch
    {
        (null, _) => new Goal(0, null, false),
        (_, null) => new Goal(0, null, false, configuration.Targets[target].ServerName),
        _ => new Goal(0, new ServerSpec(ServerNames.For(target, address.Port), address), true),
    }) with { Grace = configuration.Grace, Hold = configuration.Hold };
}
