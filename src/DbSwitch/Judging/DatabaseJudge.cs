using DbSwitch.Databases;
using DbSwitch.Switching;

namespace DbSwitch.Judging;

/// <summary>What is not as it should be with the databases behind a switch: two that take writes, none that could take over, an old primary that has not come back as a replica. Pure.</summary>
internal static class DatabaseJudge
{
    public static IEnumerable<SwitchFinding> FindingsOf(SwitchSnapshot one)
    {
        // While roles change nothing is as it will be in a moment.
        if (one.Running is not null)
        {
            return [];
        }

        var selected = one.AwaitsPromotion ? null : one.Selection?.Target;
        var others = one.Configuration.Targets.Keys.Where(t => t != selected).ToList();
        return
        [
            .. selected is null ? [] : OfSelected(one, selected, others),
            .. others.SelectMany(t => OfOther(one, t, selected)),
            .. selected is null ? TwoPrimaries(one, others) : [],
            .. selected is not null && LacksReplica(one, selected, others) is { } lacking ? [lacking] : Array.Empty<SwitchFinding>(),
        ];
    }

    private static IEnumerable<SwitchFinding> OfSelected(SwitchSnapshot one, string selected, List<string> others)
    {
        var known = one.Targets[selected];
        switch (known.Probe)
        {
            case { Health: Health.Unhealthy, Reason: var why }:
                yield return new SwitchFinding("selected-down", Severity.Error, selected, $"clients get no answer: {selected} is down ({why})") { Remedy = WayOut(one, selected, others) };
                break;
            case { Health: Health.Unknown, Reason: var why }:
                yield return new SwitchFinding("selected-unknown", Severity.Error, selected, $"{selected} {why}") { Remedy = WayOut(one, selected, others) };
                break;
            case { Health: Health.Healthy, Facts: { WhyNoWrites: { } why } facts }:
                yield return new SwitchFinding("selected-read-only", Severity.Error, selected, $"clients can't write: {selected} {why}")
                {
                    Remedy = facts.HowToTakeWrites ?? (others.FirstOrDefault(t => TakesWrites(one.Targets[t])) is { } primary ? $"{primary} takes writes: dbswitch select {primary}" : ""),
                };
                break;
            case { Health: Health.Healthy, Facts.WhyCommitsWait: { } why }:
                yield return new SwitchFinding("commits-wait", Severity.Error, selected, $"clients' writes are not confirmed: commits on {selected} {why}") { Remedy = $"Bring such a replica back, or, on {selected}: ALTER SYSTEM SET synchronous_standby_names = ''; SELECT pg_reload_conf();" };
                break;
        }
    }

    /// <summary>To whom clients could go: to the first one whose guards all pass, or to one that answers, by force.</summary>
    private static string WayOut(SwitchSnapshot one, string selected, List<string> others)
    {
        var answering = others.Where(t => one.Targets[t].Probe is { Health: Health.Healthy }).ToList();
        return answering.FirstOrDefault(t => one.Targets[t].Guards.All(g => g.Verdict == GuardVerdict.Passed)) is { } ready ? $"To send clients to {ready}: dbswitch select {ready}"
            : answering.FirstOrDefault() is { } forced ? $"If {selected} is surely dead: {GuardRules.Forced(forced)}"
            : one.Targets[selected].Probe is { Health: Health.Unhealthy } ? $"No other target answers either: start {selected} again" : "";
    }

    private static IEnumerable<SwitchFinding> OfOther(SwitchSnapshot one, string target, string? selected)
    {
        var (known, present) = (one.Targets[target], selected is null ? null : one.Targets[selected]);
        switch (known.Probe)
        {
            case { Health: Health.Unhealthy or Health.Unknown, Reason: var why } probe:
                yield return new SwitchFinding(probe.Health == Health.Unhealthy ? "target-down" : "target-unknown", Severity.Warning, target, $"{target} {why}")
                {
                    Remedy = known.RejoinSteps.Count == 0 ? "" : known.Known is null
                        ? $"If {target} was a primary when it stopped, rewind it before you start it again (steps below); do not let it start as a primary"
                        : $"Before you start {target} again, rewind it (steps below); do not let it start as a primary",
                    Steps = known.RejoinSteps,
                };
                break;
            case { Health: Health.Healthy, Facts: { FollowsAnother: false, TakesWrites: true } facts } when present?.Probe is { Health: Health.Healthy, Facts: { TakesWrites: true } selectedFacts } && facts.IsOfOneCluster(selectedFacts):
                yield return new SwitchFinding("two-primaries", Severity.Error, target, $"{selected} and {target} both take writes ({selectedFacts.History} and {facts.History}): what is written to {target} will be lost")
                {
                    Remedy = known.RejoinSteps.Count == 0 ? $"Stop {target} at once" : $"Stop {target} at once, then rewind it (steps below)",
                    Steps = known.RejoinSteps,
                };
                break;
            case { Health: Health.Healthy, Facts: { FollowsAnother: false, TakesWrites: false } facts } when present?.Probe is { Facts: { } selectedFacts } && facts.IsOfOneCluster(selectedFacts):
                yield return new SwitchFinding("not-rejoined", Severity.Warning, target, $"{target} {facts.WhyNoWrites}, and is no replica of {selected} yet")
                {
                    Remedy = known.RejoinSteps.Count == 0 ? $"Make it a replica of {selected}" : "Make it one (steps below)",
                    Steps = known.RejoinSteps,
                };
                break;
            case { Health: Health.Healthy, Facts.FollowsAnother: true } when present is not null && TakesWrites(present) && known.Guards.FirstOrDefault(g => g.Name == Guard.Replication) is { Verdict: not GuardVerdict.Passed } guard:
                yield return new SwitchFinding("replica-broken", Severity.Warning, target, guard.Words) { Remedy = guard.Next ?? $"Look at the log of {target}" };
                break;
        }
    }

    /// <summary>None is selected: that is no reason for two.</summary>
    private static IEnumerable<SwitchFinding> TwoPrimaries(SwitchSnapshot one, List<string> targets)
    {
        var primaries = targets.Where(t => TakesWrites(one.Targets[t])).ToList();
        return primaries.Count > 1 && one.Targets[primaries[0]].Probe!.Facts!.IsOfOneCluster(one.Targets[primaries[1]].Probe!.Facts!)
            ? [new SwitchFinding("two-primaries", Severity.Error, primaries[1], $"{string.Join(" and ", primaries)} all take writes") { Remedy = "Stop all but one of them at once" }]
            : [];
    }

    /// <summary>Where the selected one is well and nothing could take its place: the next fault is an outage.</summary>
    private static SwitchFinding? LacksReplica(SwitchSnapshot one, string selected, List<string> others) =>
        TakesWrites(one.Targets[selected]) && others.Count > 0 && others.All(t => one.Targets[t].Probe is not null) && !others.Any(t => IsReplica(one.Targets[t]))
            ? new SwitchFinding("no-replica", Severity.Warning, selected, $"{selected} has no replica left: nothing can take its place when it fails") { Remedy = $"Bring {string.Join(" or ", others)} back as its replica" }
            : null;

    private static bool TakesWrites(TargetSnapshot target) => target.Probe is { Health: Health.Healthy, Facts.TakesWrites: true };

    private static bool IsReplica(TargetSnapshot target) =>
        target.Probe is { Health: Health.Healthy, Facts.FollowsAnother: true } && target.Guards.All(g => g.Name != Guard.Replication || g.Verdict == GuardVerdict.Passed);
}
