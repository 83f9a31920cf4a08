using System.Diagnostics.Metrics;
using DbSwitch.Databases;
using DbSwitch.Judging;
using DbSwitch.Proxies;
using DbSwitch.Storage;
using DbSwitch.Switching;

namespace DbSwitch.Measuring;

/// <summary>
/// Every number that dbswitch tells of itself, as instruments of one meter: <c>/metrics</c> and OpenTelemetry read these, and docs/metrics.md lists them. They show what the switches know,
/// and ask nobody anything.
/// </summary>
public sealed class Measures : IDisposable
{
    public const string MeterName = "DbSwitch";

    /// <summary>From a guard among neighbours to a long drain.</summary>
    private static readonly InstrumentAdvice<double> Durations = new() { HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300] };

    private readonly Lock _watching = new();
    private readonly Dictionary<string, SwitchCounts> _counts = [];
    private readonly TimeProvider _time;
    private readonly Histogram<double> _switchover;
    private readonly Histogram<double> _phase;
    private readonly Histogram<double> _cycle;
    private readonly Func<string, HostTrouble?> _hostOf;
    private volatile IReadOnlyList<Watched> _watched = [];

    /// <param name="hostOf">What is wrong with a proxy's host; null for proxies that have none.</param>
    public Measures(TimeProvider time, Func<string, HostTrouble?>? hostOf = null)
    {
        (_time, _hostOf) = (time, hostOf ?? (_ => null));
        Meter = new Meter(MeterName, typeof(Measures).Assembly.GetName().Version?.ToString(3));
        AddSelection();
        AddSwitchovers();
        _switchover = Meter.CreateHistogram("dbswitch.switchover.duration", "s", "Time of a whole switchover, from the request to its end.", advice: Durations);
        _phase = Meter.CreateHistogram("dbswitch.switchover.phase.duration", "s", "Time of each phase of a switchover.", advice: Durations);
        AddClients();
        AddProxies();
        _cycle = Meter.CreateHistogram("dbswitch.cycle.duration", "s", "Time of one look at a backend in a proxy, with what was done about it.", advice: Durations);
        Observe("dbswitch.target.healthy", "Whether a target's database answered as it should when it was last probed; not there while that is unknown.", w => w.Switch.Configuration.Targets.Keys
            .Select(t => (Target: t, w.Now.Targets[t].Probe?.Health)).Where(t => t.Health is Health.Healthy or Health.Unhealthy)
            .Select(t => Of(t.Health == Health.Healthy, w, ("target", t.Target))));
        Count("dbswitch.store.errors", "{error}", "How often the store could not do what it was asked for.", w => [Of(w.Counts.StoreErrors, w)]);
    }

    public Meter Meter { get; }

    /// <summary>These and no others are looked at from now on; what was counted of them before goes on.</summary>
    public void Watch(IReadOnlyCollection<DatabaseSwitch> switches)
    {
        ArgumentNullException.ThrowIfNull(switches);
        lock (_watching)
        {
            _watched = [.. switches.Select(one =>
            {
                if (!_counts.TryGetValue(one.Name, out var counts))
                {
                    counts = _counts[one.Name] = new SwitchCounts();
                }

                Listen(one, counts);
                return new Watched(one, counts);
            })];
        }
    }

    public void Dispose() => Meter.Dispose();

    private void Listen(DatabaseSwitch one, SwitchCounts counts)
    {
        one.Looked += (before, result) =>
        {
            counts.Take(before, result, _time.GetUtcNow());
            _cycle.Record(result.Took.TotalSeconds, new KeyValuePair<string, object?>("proxy", result.Proxy));
        };
        one.Progressed += (record, phase) =>
        {
            // A promotion that is still being retried has no end yet.
            if (phase is null && record.Ended is not null)
            {
                counts.TakeEnd(record);
                RecordTimes(record);
            }
        };
        one.SelectionRefused += _ => counts.TakeRefusal();
        one.StoreFailed += counts.TakeStoreError;
    }

    private void RecordTimes(SwitchoverRecord record)
    {
        if (record.Report is not { } report)
        {
            return;
        }

        _switchover.Record(report.Took.TotalSeconds, new("switch", record.Switch), new("result", record.Result.Word()));
        foreach (var phase in report.Phases)
        {
            _phase.Record(phase.Took.TotalSeconds, new("switch", record.Switch), new("phase", phase.Phase.ToString().ToLowerInvariant()));
        }
    }

    private void AddSelection()
    {
        Observe("dbswitch.selection.info", "The selected target; none where none is selected, empty while that is not known.", w => [Of(true, w, ("target", w.Now.Selection is { } s ? s.Target ?? "none" : ""))]);
        Observe("dbswitch.generation", "The generation of the selection: it grows with every switchover.", w => w.Now.Selection is { } s ? [Of(s.Generation, w)] : []);
        Observe("dbswitch.paused", "Whether the manager keeps its hands off.", w => [Of(w.Now.Pause is not null, w)]);
        Observe("dbswitch.held", "Whether new connections are held.", w => [Of(w.Now.Hold is not null, w)]);
        Observe("dbswitch.clients_served", "Whether clients reach a database and may write, through every proxy; not there while that is unknown, or a switchover or hold makes them wait.", w => Served(w.Now) is { } served ? [Of(served, w)] : []);
        Observe("dbswitch.problem", "1 for each thing that is not as it should be, as dbswitch status says it.", w => SwitchJudge.FindingsOf(w.Now, _hostOf)
            .DistinctBy(f => (f.Code, f.About)).Select(f => Of(true, w, ("code", f.Code), ("severity", f.Severity.ToString().ToLowerInvariant()), ("about", f.About))));
        Observe("dbswitch.needs_person", "Whether a person must say what is selected.", w => [Of(w.Now.NeedsPerson is not null, w)]);
    }

    private static bool? Served(SwitchSnapshot one) => ClientExperience.Of(one).State switch
    {
        ClientState.Served => true,
        ClientState.Unknown or ClientState.Waiting => null,
        _ => false,
    };

    private void AddSwitchovers()
    {
        Observe("dbswitch.switchover.running", "Whether a switchover is under way.", w => [Of(w.Now.Running is not null, w)]);
        Count("dbswitch.switchovers", "{switchover}", "Switchovers that have ended, by result; refused: nothing was touched.", w => w.Counts.Switchovers.Select(r => Of(r.Count, w, ("result", r.Result))));
        Count("dbswitch.switchover.sessions", "{session}", "Sessions that ended in switchovers: by themselves in the grace, in the drain, or cut.", w => w.Counts.Sessions.Select(s => Of(s.Count, w, ("end", s.End))));
        Count("dbswitch.waivers", "{switchover}", "Switchovers in which an operator did without a proxy or passed over a guard.", w => [Of(w.Counts.Waivers, w)]);
    }

    private void AddClients()
    {
        Observe("dbswitch.sessions", "Open sessions of a proxy with a target.", w => w.Switch.Load.Select(l => Of(l.Sessions, w, ("proxy", l.Proxy), ("target", l.Target))));
        Observe("dbswitch.waiting_connections", "New connections that wait in a proxy now.", w => Seen(w).Where(s => s.Seen.Companion is not null).Select(s => Of(s.Seen.Companion!.Waiting, w, ("proxy", s.Proxy))));
        Count("dbswitch.held_connections", "{connection}", "New connections that had to wait and do not any more: released to a server, expired (closed after hold:), dropped (gave up before).",
            w => w.Counts.Held.Select(h => Of(h.Count, w, ("proxy", h.Proxy), ("end", h.End))));
    }

    private void AddProxies()
    {
        Observe("dbswitch.proxy.up", "Whether a proxy answered when it was last asked for the switch's backend.", w => w.Now.Latest.Select(r => Of(r.Observed is ProxyObservation.Seen, w, ("proxy", r.Proxy))));
        Observe("dbswitch.fenced", "Whether every server but the selected one is proven to have no client, in processes left over from a reload too.", w => w.Now.Latest.Select(r => Of(r.Fenced, w, ("proxy", r.Proxy))));
        Observe("dbswitch.ready_servers", "Servers that may take clients; target is empty for one that stands for no target.", ReadyServers);
        Observe("dbswitch.steps.withheld", "Steps that would be done, were the switch not paused.", w => w.Now.Latest.Select(r => Of(r.Withheld.Count, w, ("proxy", r.Proxy))));
        Count("dbswitch.drift.repaired", "{repair}", "How often a proxy was put right after somebody else had changed it.", w => w.Counts.Repaired.Select(r => Of(r.Count, w, ("proxy", r.Proxy))));
        Meter.CreateObservableGauge("dbswitch.last_cycle.timestamp", () => _watched.SelectMany(w => w.Counts.LastCycle.Select(c =>
            new Measurement<double>(c.At.ToUnixTimeMilliseconds() / 1000.0, new("switch", w.Switch.Name), new("proxy", c.Proxy)))), "s", "When a proxy was last seen whole, in seconds since 1970.");
    }

    private static IEnumerable<Measurement<long>> ReadyServers(Watched watched)
    {
        var now = watched.Now;
        return Seen(watched).SelectMany(s => now.Targets.Keys.Append("").Select(t =>
            Of(s.Seen.Servers.Count(server => server.MayTakeClients && (now.TargetOf(server) ?? "") == t), watched, ("proxy", s.Proxy), ("target", t))));
    }

    private static IEnumerable<(string Proxy, ProxyObservation.Seen Seen)> Seen(Watched watched) =>
        watched.Now.Latest.Where(r => r.Observed is ProxyObservation.Seen).Select(r => (r.Proxy, (ProxyObservation.Seen)r.Observed));

    private void Observe(string name, string help, Func<Watched, IEnumerable<Measurement<long>>> read) =>
        Meter.CreateObservableGauge(name, () => _watched.SelectMany(read), description: help);

    private void Count(string name, string unit, string help, Func<Watched, IEnumerable<Measurement<long>>> read) =>
        Meter.CreateObservableCounter(name, () => _watched.SelectMany(read), unit, help);

    private static Measurement<long> Of(bool value, Watched watched, params (string Key, string Value)[] labels) => Of(value ? 1 : 0, watched, labels);

    private static Measurement<long> Of(long value, Watched watched, params (string Key, string Value)[] labels) =>
        new(value, [new KeyValuePair<string, object?>("switch", watched.Switch.Name), .. labels.Select(l => new KeyValuePair<string, object?>(l.Key, l.Value))]);

    private sealed record Watched(DatabaseSwitch Switch, SwitchCounts Counts)
    {
        public SwitchSnapshot Now => Switch.Snapshot;
    }
}
