using DbSwitch.App.ProxyHost.Launching;
using DbSwitch.Databases;
using DbSwitch.Doctoring;
using DbSwitch.Judging;
using DbSwitch.Keeping;
using DbSwitch.Managing;
using DbSwitch.Proxies;
using DbSwitch.Storage;
using DbSwitch.Switching;
using DbSwitch.Switching.Outcomes;

namespace DbSwitch.App.Contracts;

/// <summary>Makes what the API shows of what the switches know.</summary>
internal static class Views
{
    public static SwitchView Of(Manager manager, DatabaseSwitch one) => Of(one.Snapshot, ApiOf(manager), HostOf(manager), manager.RefusedConfiguration);

    public static Func<string, HostTrouble?> HostOf(Manager manager) => name => HostHealth.TroubleOf(name, manager.Configuration);

    /// <summary>Of a proxy that a reload is just taking away, nothing is known.</summary>
    public static Func<string, string> ApiOf(Manager manager) => name => manager.Proxies.GetValueOrDefault(name)?.Endpoint.ToString() ?? "";

    /// <param name="refusedConfiguration">Why the file on disk is not in force, or null.</param>
    public static SwitchView Of(SwitchSnapshot one, Func<string, string> apiOf, Func<string, HostTrouble?> hostOf, string? refusedConfiguration = null)
    {
        var findings = SwitchJudge.FindingsOf(one, hostOf, refusedConfiguration);
        var targets = Targets(one, withNumbers: false);
        var proxies = Proxies(one, apiOf, findings);
        var clients = ClientExperience.Of(one);
        return new SwitchView(
            one.Name,
            one.Configuration.Backend,
            State(one, proxies, findings),
            one.Selection is { } s ? new SelectionView(s.Target, s.Generation, s.Since, s.By, s.Reason) : null,
            one.Pause is { } p ? new PauseView(p.By, p.Reason, p.Since) : null,
            one.Hold is { } h ? new HoldView(h.By, h.Reason, h.Since, h.Until) : null,
            one.Running is { } r ? Of(r) with { Phase = Word(one.Phase), DrainsUntil = one.DrainsUntil, SessionsLeft = one.DrainsUntil is null ? null : one.SessionsLeft } : null,
            targets,
            proxies,
            [.. findings.Select(f => f.ToString())])
        {
            Clients = new ClientsView(Word(clients.State), clients.Sentence),
            Findings = [.. findings.Select(f => new SwitchFindingView(f.Code, f.Severity.ToString().ToLowerInvariant(), f.About, f.Sentence, f.Remedy, f.Steps))],
        };
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
                IsOutdated = known.IsOutdated,
                Probe = known.Probe is { } probe ? Of(probe, withNumbers) : null,
                Guards = [.. known.Guards.Where(g => withNumbers || g.Verdict != GuardVerdict.Passed).Select(Of)],
            };
        }),
    ];

    public static IReadOnlyList<ProxyView> Proxies(SwitchSnapshot one, Func<string, string> apiOf, Func<string, HostTrouble?> hostOf) => Proxies(one, apiOf, SwitchJudge.FindingsOf(one, hostOf));

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

    private static IReadOnlyList<ProxyView> Proxies(SwitchSnapshot one, Func<string, string> apiOf, IReadOnlyList<SwitchFinding> findings)
    {
        var latest = one.Latest.ToDictionary(r => r.Proxy);
        return [.. one.Configuration.Proxies.Select(p => Of(one, p, apiOf(p), findings.FirstOrDefault(f => f.About == p && f.IsOfProxy), latest.GetValueOrDefault(p)))];
    }

    /// <summary>As others write words of several parts in JSON: not-served.</summary>
    private static string Word(ClientState state) => state switch { ClientState.ReadOnly => "read-only", ClientState.NotServed => "not-served", _ => state.ToString().ToLowerInvariant() };

    private static string State(SwitchSnapshot one, IReadOnlyList<ProxyView> proxies, IReadOnlyList<SwitchFinding> problems) =>
        one.NeedsPerson is not null ? "needs-person"
        : one.Selection is null ? "undecided"
        : problems.Count > 0 ? "trouble"
        : one.Pause is not null ? "paused"
        : one.Hold is not null ? "held"
        : one.Running is not null || proxies.Any(p => p.State != "ok") || one.Targets.Values.Any(t => t.IsOutdated) ? "working"
        : "ok";

    private static ProxyView Of(SwitchSnapshot one, string name, string api, SwitchFinding? finding, CycleResult? latest)
    {
        var seen = latest?.Observed as ProxyObservation.Seen;
        var state = latest is null ? "unknown"
            : seen is null ? "unknown"
            : finding is not null ? "trouble"
            : one.Pause is not null ? "paused"
            : latest.Settled ? "ok" : "working";
        return new ProxyView(
            one.Name,
            name,
            api,
            state,
            seen?.Process.Version,
            seen?.Process.Pid,
            seen is null ? [] : [.. seen.Servers.Select(s => new ServerView(s.Name, AddressOf(s), s.Fenced ? "fenced" : s.MayTakeClients ? "ready" : "maintenance", one.TargetOf(s)))],
            finding?.ToString()[(name.Length + 2)..],
            latest is null ? [] : [.. latest.Withheld.Select(CycleLog.Say)])
        {
            Waiting = seen?.Companion?.Waiting,
            OldWorkers = seen is null ? [] : [.. seen.OldWorkers.Where(w => w.Pid > 0).Select(w => w.Pid)],
        };
    }

    private static string? AddressOf(ObservedServer server) => server.State.Address is { } address ? new System.Net.IPEndPoint(address, server.State.Port).ToString() : null;
}
