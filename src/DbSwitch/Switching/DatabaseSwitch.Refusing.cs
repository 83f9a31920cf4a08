using DbSwitch.Configuration.Values;
using DbSwitch.Model;

namespace DbSwitch.Switching;

/// <summary>What is said to a request that is not carried out, before anything was touched.</summary>
public sealed partial class DatabaseSwitch
{
    /// <summary>What forbids any switchover, whatever its target.</summary>
    private SwitchoverOutcome.Refused? Refusal(long? ifGeneration) =>
        ifGeneration is { } expected && Selection is { } present && expected != present.Generation ? Conflict($"its generation is {present.Generation}, not {expected}: {present.Target ?? "none"} was selected by {present.By}")
        : Pause is { } pause ? Conflict($"{Name} is paused by {pause.By}{(pause.Reason.Length > 0 ? $" ({pause.Reason})" : "")}; resume it first")
        : !_believed && NeedsPerson is null ? new SwitchoverOutcome.Refused(RefusalReason.Guard, $"Nothing was touched: the manager has just started and is looking at {Name}'s proxies; try again.")
        : null;

    private SwitchoverOutcome.Refused? NoAddress(string? target) => target is not null && Addresses.Of(target) is { Address: null } unknown
        ? new SwitchoverOutcome.Refused(RefusalReason.Guard, $"Nothing was touched: {target} has no address ({unknown.Problem}).")
        : null;

    private SwitchoverOutcome.Refused? UnknownProxy(IReadOnlyList<string> without) =>
        without.FirstOrDefault(p => !Configuration.Proxies.Contains(p)) is { } unknown ? new SwitchoverOutcome.Refused(RefusalReason.UnknownProxy, $"{Name} has no proxy {unknown} to do without; its proxies are {string.Join(", ", Configuration.Proxies)}{Suggestion.AtEnd(unknown, Configuration.Proxies)}")
        : Configuration.Proxies.All(without.Contains) ? new SwitchoverOutcome.Refused(RefusalReason.Guard, "Nothing was touched: without all of its proxies there is nothing to switch.")
        : null;

    /// <summary>Who waits through all of it waits for so much longer; HAProxy itself ends a wait at the ceiling of its configuration.</summary>
    private SwitchoverOutcome.Refused? OutlastsCeiling(TimeSpan extra, string what) =>
        Configuration.Hold + extra is var needed && SwitchoverRules.Ceiling(Latest) is { } ceiling && needed > ceiling.Time
            ? new SwitchoverOutcome.Refused(RefusalReason.Guard, $"Nothing was touched: a connection would have to wait for up to {Durations.Show(needed)} ({what} {Durations.Show(extra)}, and hold: {Durations.Show(Configuration.Hold)}), and {ceiling.Proxy} lets none wait for longer than {Durations.Show(ceiling.Time)}. Take less, or raise inspect-delay and the last number of dbswitch-hold in its haproxy.cfg.")
            : null;

    private SwitchoverOutcome.Refused NotKnownYet() =>
        new(RefusalReason.Guard, $"Nothing was touched: what {Name}'s proxies serve is not known yet ({string.Join("; ", Latest.Where(r => r.Problem is not null).Select(r => $"{r.Proxy}: {r.Problem}"))}).");

    private SwitchoverOutcome.Unchanged AlreadySelected(Selection present) => new($"{Name}: {present.Target ?? "none"} is selected already, since {present.Since:u} by {present.By}. Nothing was done.{(Hold is { } hold ? $" New connections wait: it is held by {hold.By} until {hold.Until:u}; \"dbswitch release\" lets them go on." : "")}");

    private static SwitchoverOutcome.Refused Conflict(string why) => new(RefusalReason.Conflict, $"Nothing was touched: {why}.");
}
