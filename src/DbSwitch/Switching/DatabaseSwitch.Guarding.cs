using DbSwitch.Databases;
using DbSwitch.Storage;

namespace DbSwitch.Switching;

/// <summary>The guards of the target's database: whether it is fit to take clients, asked anew each time.</summary>
public sealed partial class DatabaseSwitch
{
    /// <summary>What the guards would say of a switchover to a target, from the latest looks; empty for the selected one, and while nothing is known.</summary>
    public IReadOnlyList<Guard> GuardsOf(string target) => target == Selection?.Target ? [] : [.. Probes.Foreseen(target, Selection?.Target), StaticServers(target, []), .. Gates.Foreseen];

    /// <summary>Who selects none asks nothing of any database. A move of an address and an adoption don't come here: there the clients are with that database already.</summary>
    private async Task<TargetGuard> GuardTargetAsync(SwitchoverRequest request, CancellationToken cancel)
    {
        if (request.Target is not { } target)
        {
            return new TargetGuard([], null, "");
        }

        List<Guard> guards = [.. await Probes.GuardAsync(target, request.Follows ? null : Selection?.Target, request.Force, cancel).ConfigureAwait(false), StaticServers(target, request.Without), .. request.Follows ? [] : await Gates.GuardAsync(cancel).ConfigureAwait(false)];
        var why = GuardRules.Refusal(target, guards);
        return new TargetGuard(
            guards,
            why is null || request.Force ? null : new SwitchoverOutcome.Refused(RefusalReason.Guard, $"Nothing was touched: {why}.") { Guards = guards },
            why is null ? "" : $"forced although {why}");
    }

    private Guard StaticServers(string target, IReadOnlyList<string> without) => _selfStarting.Guard(Configuration.Targets[target].ServerName, without);

    /// <param name="Overridden">What was found and passed over, for the record; empty for nothing.</param>
    private sealed record TargetGuard(IReadOnlyList<Guard> Guards, SwitchoverOutcome.Refused? Refusal, string Overridden);
}
