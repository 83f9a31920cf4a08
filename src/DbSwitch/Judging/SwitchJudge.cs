using DbSwitch.Keeping;
using DbSwitch.Proxies;
using DbSwitch.Switching;

namespace DbSwitch.Judging;

/// <summary>What is not as it should be with a switch, by what was seen of it: the only place where that is decided. Pure.</summary>
public static class SwitchJudge
{
    /// <param name="refusedConfiguration">Why the configuration file on disk is not in force; null when it is.</param>
    /// <param name="hostOf">What is wrong with a proxy's host; null for nothing, and for a proxy that has none.</param>
    public static IReadOnlyList<SwitchFinding> FindingsOf(SwitchSnapshot one, Func<string, HostTrouble?> hostOf, string? refusedConfiguration = null)
    {
        ArgumentNullException.ThrowIfNull(one);
        ArgumentNullException.ThrowIfNull(hostOf);
        return
        [
            .. OfTheSwitch(one),
            .. refusedConfiguration is null ? [] : (SwitchFinding[])[new SwitchFinding("configuration", Severity.Warning, "", refusedConfiguration.TrimEnd('.'))],
            .. DatabaseJudge.FindingsOf(one),
            .. one.Configuration.Targets.Keys.SelectMany(t => OfTheAddress(t, one.Targets[t])),
            .. one.Configuration.Proxies.SelectMany(p => OfTheProxy(p, one.Latest.FirstOrDefault(r => r.Proxy == p), hostOf(p))).Select(f => f with { IsOfProxy = true }),
        ];
    }

    private static IEnumerable<SwitchFinding> OfTheSwitch(SwitchSnapshot one)
    {
        if (one.NeedsPerson is { } person)
        {
            yield return new SwitchFinding("needs-person", Severity.Error, "", person.TrimEnd('.')) { Remedy = $"Say which: dbswitch select TARGET --switch {one.Name}" };
        }

        (string Code, Severity Severity, string? Words)[] said =
        [
            ("stopped", Severity.Error, one.Stopped),
            ("starting", Severity.Warning, one.StartProblem),
            ("store", Severity.Warning, one.StoreProblem is { } store ? $"the store: {store}" : null),
            ("database", Severity.Error, one.DatabaseProblem),
            ("replica", Severity.Warning, one.ReplicaProblem),
            ("gate", Severity.Error, one.GateProblem),
            ("address-not-in-use", Severity.Error, one.MoveProblem),
        ];
        foreach (var (code, severity, words) in said)
        {
            if (words is not null)
            {
                yield return new SwitchFinding(code, severity, "", words);
            }
        }
    }

    private static IEnumerable<SwitchFinding> OfTheAddress(string target, TargetSnapshot known)
    {
        if (known.Address.Problem is { } problem)
        {
            yield return new SwitchFinding("name", Severity.Warning, target, $"{target}: {problem}{(known.Address.Address is { } last ? $" (its last good address {last} stays)" : "")}");
        }
    }

    private static IEnumerable<SwitchFinding> OfTheProxy(string proxy, CycleResult? latest, HostTrouble? host)
    {
        var isSeen = latest?.Observed is ProxyObservation.Seen;
        if (host is HostTrouble.Stopped stopped)
        {
            yield return isSeen
                ? new SwitchFinding("host-stopped", Severity.Warning, proxy, $"{proxy}: its supervisor is stopped, so nobody starts HAProxy again when it dies") { Remedy = $"Start it: {stopped.Start}" }
                : new SwitchFinding("proxy-down", Severity.Error, proxy, $"{proxy}: HAProxy and its supervisor are stopped") { Remedy = $"Start them: {stopped.Start}" };
            if (!isSeen)
            {
                yield break;
            }
        }
        else if (host is HostTrouble.KeepsDying dying)
        {
            yield return new SwitchFinding("proxy-keeps-dying", Severity.Error, proxy, $"{proxy}: {dying.Words}");
            yield break;
        }

        if (latest is null)
        {
            yield return new SwitchFinding("proxy-not-seen", Severity.Warning, proxy, $"{proxy}: has not answered yet");
        }
        else if (latest.Problem is { } problem)
        {
            yield return latest.Observed switch
            {
                ProxyObservation.Seen => new SwitchFinding("proxy", Severity.Warning, proxy, $"{proxy}: {problem}"),
                ProxyObservation.Down or ProxyObservation.Unknown { IsRefused: true } => new SwitchFinding("proxy-down", Severity.Error, proxy, $"{proxy}: {problem}") { Remedy = "Start HAProxy there" },
                _ => new SwitchFinding("proxy-unknown", Severity.Error, proxy, $"{proxy}: {problem}"),
            };
        }
        else if (latest.Notice is { } notice)
        {
            yield return new SwitchFinding("proxy", Severity.Warning, proxy, $"{proxy}: {notice}");
        }
        else if (latest.Observed is ProxyObservation.Seen { Companion.MemoryProblem: { } why })
        {
            yield return new SwitchFinding("script-memory", Severity.Warning, proxy, $"{proxy}: {ProxyWords.ForgetsGenerations(why)}");
        }
    }
}
