using DbSwitch.App.ProxyHost.Launching;
using DbSwitch.Databases;
using DbSwitch.Doctoring;
using DbSwitch.Keeping;
using DbSwitch.Managing;
using DbSwitch.Proxies;
using DbSwitch.Storage;
using DbSwitch.Switching;

namespace DbSwitch.App.Contracts;

/// <summary>Makes what the API shows of what the switches know.</summary>
internal static class Views
{
    public static SwitchView Of(Manager manager, DatabaseSwitch one) => Of(one.Snapshot, ApiOf(manager), HostProblemOf(manager), manager.RefusedConfiguration);

    public static Func<string, string?> HostProblemOf(Manager manager) => name => HostHealth.ProblemOf(name, manager.Configuration);

    /// <summary>Of a proxy that a reload is just taking away, nothing is known.</summary>
    public static Func<string, string> ApiOf(Manager manager) => name => manager.Proxies.GetValueOrDefault(name)?.Endpoint.ToString() ?? "";

    /// <param name="refusedConfiguration">Why the file on disk is not in force, or null.</param>
    public static SwitchView Of(SwitchSnapshot one, Func<string, string> apiOf, Func<string, string?> hostProblemOf, string? refusedConfiguration = null)
    {
        var targets = Targets(one, withNumbers: false);
        var proxies = Proxies(one, apiOf, hostProblemOf);
        List<string> problems =
        [
            .. one.NeedsPerson is { } person ? [$"{person} Say which: dbswitch select TARGET --switch {one.Name}"] : Array.Empty<string>(),
            .. one.Stopped is { } stopped ? [stopped] : Array.Empty<string>(),
            .. refusedConfiguration is { } refused ? [refused] : Array.Empty<string>(),
            .. one.StartProblem is { } waits ? [waits] : Array.Empty<string>(),
            .. one.StoreProblem is { } store ? [$"the store: {store}"] : Array.Empty<string>(),
            .. one.DatabaseProblem is { } database ? [database] : Array.Empty<string>(),
            .. one.GateProblem is { } gate ? [gate] : Array.Empty<string>(),
            .. one.MoveProblem is { } move ? [move] : Array.Empty<string>(),
            .. targets.Where(t => t.Problem is not null).Select(t => $"{t.Name}: {t.Problem}{(t.ResolvedAddress is null ? "" : $" (its last good address {t.ResolvedAddress} stays)")}"),
            .. targets.Where(t => t.Problem is null && t.Probe is { State: not "healthy" }).Select(t => $"{t.Name} {t.Probe!.Reason}"),
            .. proxies.Where(p => p.Problem is not null).Select(p => $"{p.Name}: {p.Problem}"),
        ];
        return new SwitchView(
            one.Name,
            one.Configuration.Backend,
            State(one, proxies, problems),
            one.Selection is { } s ? new SelectionView(s.Target, s.Generation, s.Since, s.By, s.Reason) : null,
            one.Pause is { } p ? new PauseView(p.By, p.Reason, p.Since) : null,
            one.Hold is { } h ? new HoldView(h.By, h.Reason, h.Since, h.Until) : null,
            one.Running is { } r ? Of(r) with { Phase = Word(one.Phase), DrainsUntil = one.DrainsUntil, SessionsLeft = one.DrainsUntil is null ? null : one.SessionsLeft } : null,
            targets,
            proxies,
            problems);
    }

    /// <param name="withNumbers">With what changes at each look.</param>
    public static IReadOnlyList<TargetView> Targets(SwitchSnapshot one, bool withNumbers) =>
    [
        .. one.Configuration.Targets.Values.Select(t =>
        {
            var known = one.Targets[t.Name];
            return new TargetView(one.Name, t.Name, t.Address.ToString(), known.Address.Address?.ToString(), one.Selection?.Target == t.Name, known.Address.Problem)
            {
                Kind = t.Database.Kind,
                Probe = known.Probe is { } probe ? Of(probe, withNumbers) : null,
                Guards = [.. known.Guards.Where(g => withNumbers || g.Verdict != GuardVerdict.Passed).Select(Of)],
            };
        }),
    ];

    /// <param name="hostProblemOf">What is wrong with a proxy's host, which the heart knows nothing of; null for nothing.</param>
    public static IReadOnlyList<ProxyView> Proxies(SwitchSnapshot one, Func<string, string> apiOf, Func<string, string?> hostProblemOf)
    {
        var names = one.Configuration.Targets.Values.ToDictionary(t => t.ServerName, t => t.Name);
        var latest = one.Latest.ToDictionary(r => r.Proxy);
        return [.. one.Configuration.Proxies.Select(p => Of(one, p, apiOf(p), hostProblemOf(p), latest.GetValueOrDefault(p), names))];
    }

    public static SwitchoverView Of(SwitchoverRecord record) => new(
        record.Id, record.Switch, record.Generation, record.From, record.To, record.By, record.Reason, record.Started, record.Ended, record.Result.Word(), record.Message, record.Report is { } report ? Of(report) : null) { Waivers = record.Waivers };

    public static IReadOnlyList<FindingView> Of(IEnumerable<Finding> findings) => [.. findings.Select(f => new FindingView(f.Level.ToString().ToLowerInvariant(), f.Where, f.What, f.Fix))];

    public static OutcomeView OfEnd(SwitchoverRecord record) => new(record.Result.Word(), record.Message, Of(record), record.Report?.Notes is { Count: > 0 } notes ? notes : null);

    public static OutcomeView Of(SwitchoverOutcome outcome) => outcome switch
    {
        SwitchoverOutcome.Unchanged => new OutcomeView("unchanged", outcome.Message, null),
        SwitchoverOutcome.Ended ended => OfEnd(ended.Record),
        SwitchoverOutcome.Foreseen foreseen => new OutcomeView("foreseen", foreseen.Message, null, foreseen.Details) { Guards = [.. foreseen.Guards.Select(Of)] },
        _ => throw new ArgumentOutOfRangeException(nameof(outcome), "A refusal is a problem, not an outcome."),
    };

    private static ProbeView Of(Probe probe, bool withNumbers)
    {
        var view = new ProbeView(probe.Health.ToString().ToLowerInvariant(), probe.Reason, probe.Facts?.Summary ?? "", probe.Since);
        return withNumbers ? view with { Milliseconds = Milliseconds(probe.Took), At = probe.At, Facts = probe.Facts?.Values } : view;
    }

    private static GuardView Of(Guard guard) => new(guard.Name, guard.Verdict.ToString().ToLowerInvariant(), guard.Words, guard.Override);

    private static ReportView Of(SwitchoverReport report) => new(
        Milliseconds(report.Took),
        [.. report.Phases.Select(p => new PhaseView(Word(p.Phase)!, Milliseconds(p.Took)))],
        report.SessionsEnded,
        report.SessionsDrained,
        report.SessionsCut,
        report.Waits?.Connections,
        report.Waits?.InVain,
        report.Waits is { } waits ? Milliseconds(waits.Longest) : null,
        report.NotHeld)
    {
        Notes = report.Notes,
    };

    public static string? Word(SwitchoverPhase? phase) => phase?.ToString().ToLowerInvariant();

    private static double Milliseconds(TimeSpan time) => Math.Round(time.TotalMilliseconds, 3);

    private static string State(SwitchSnapshot one, IReadOnlyList<ProxyView> proxies, List<string> problems) =>
        one.NeedsPerson is not null ? "needs-person"
        : one.Selection is null ? "undecided"
        : problems.Count > 0 ? "trouble"
        : one.Pause is not null ? "paused"
        : one.Hold is not null ? "held"
        : one.Running is not null || proxies.Any(p => p.State != "ok") ? "working"
        : "ok";

    private static ProxyView Of(SwitchSnapshot one, string name, string api, string? hostProblem, CycleResult? latest, Dictionary<string, string> targetsByServer)
    {
        var seen = latest?.Observed as ProxyObservation.Seen;
        var memoryProblem = seen?.Companion?.MemoryProblem is { } why ? ProxyWords.ForgetsGenerations(why) : null;
        var state = latest is null ? "unknown"
            : seen is null ? "unknown"
            : hostProblem is not null || latest.Problem is not null || latest.Notice is not null || memoryProblem is not null ? "trouble"
            : one.Pause is not null ? "paused"
            : latest.Settled ? "ok" : "working";
        return new ProxyView(
            one.Name,
            name,
            api,
            state,
            seen?.Process.Version,
            seen?.Process.Pid,
            seen is null ? [] : [.. seen.Servers.Select(s => new ServerView(s.Name, AddressOf(s), s.Fenced ? "fenced" : s.MayTakeClients ? "ready" : "maintenance", targetsByServer.GetValueOrDefault(s.Name)))],
            hostProblem ?? (latest is null ? "has not answered yet" : latest.Problem ?? latest.Notice ?? memoryProblem),
            latest is null ? [] : [.. latest.Withheld.Select(CycleLog.Say)])
        {
            Waiting = seen?.Companion?.Waiting,
            OldWorkers = seen is null ? [] : [.. seen.OldWorkers.Where(w => w.Pid > 0).Select(w => w.Pid)],
        };
    }

    private static string? AddressOf(ObservedServer server) => server.State.Address is { } address ? new System.Net.IPEndPoint(address, server.State.Port).ToString() : null;
}
