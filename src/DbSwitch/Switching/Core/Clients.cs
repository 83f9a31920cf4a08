namespace DbSwitch.Switching.Core;

/// <summary>What clients experience, in one sentence. Pure.</summary>
internal static class Clients
{
    public static string Now(SwitchState state) => state switch
    {
        { NeedsPerson: not null } => "Nothing is changed for clients until a person decides what is selected (dbswitch select).",
        { IsInForce: false } => "What the proxies serve stays as it is until the manager has seen them.",
        { AwaitsPromotion: true } => $"Clients wait until {state.Selection!.Target} is promoted.",
        { Selection.Target: null } => "No target is selected: clients get no database.",
        { Hold: { } hold } => $"New connections wait until {hold.Said.Until:u} at the latest.",
        _ => $"Clients go to {state.Selection!.Target}.",
    };
}
