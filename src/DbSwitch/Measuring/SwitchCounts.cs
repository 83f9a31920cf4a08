using DbSwitch.Keeping;
using DbSwitch.Proxies;
using DbSwitch.Storage;

namespace DbSwitch.Measuring;

/// <summary>What has happened in one switch since the manager started: numbers that only grow, also when the configuration is read again.</summary>
internal sealed class SwitchCounts
{
    /// <summary>Not even begun.</summary>
    private const string Refused = "refused";

    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _results = new[] { SwitchoverResult.Succeeded.Word(), SwitchoverResult.RolledBack.Word(), SwitchoverResult.Partial.Word(), Refused }.ToDictionary(r => r, _ => 0L);
    private readonly Dictionary<string, CompanionCount> _held = [];
    private readonly Dictionary<string, long> _repaired = [];
    private readonly Dictionary<string, DateTimeOffset> _lastCycle = [];
    private readonly Dictionary<string, long> _sessions = new() { ["ended"] = 0, ["drained"] = 0, ["cut"] = 0 };
    private long _waivers;
    private long _storeErrors;

    public long Waivers => Interlocked.Read(ref _waivers);

    public long StoreErrors => Interlocked.Read(ref _storeErrors);

    public void Take(CycleResult? before, CycleResult result, DateTimeOffset now)
    {
        lock (_lock)
        {
            _repaired[result.Proxy] = _repaired.GetValueOrDefault(result.Proxy) + (DriftRule.Repaired(before, result) ? 1 : 0);
            if (result.Observed is not ProxyObservation.Seen seen)
            {
                return;
            }

            _lastCycle[result.Proxy] = now;
            if (seen.Companion is { } companion)
            {
                if (!_held.TryGetValue(result.Proxy, out var held))
                {
                    held = _held[result.Proxy] = new CompanionCount();
                }

                held.Take(seen.Process, companion);
            }
        }
    }

    public void TakeEnd(SwitchoverRecord record)
    {
        lock (_lock)
        {
            _results[record.Result.Word()]++;
            if (record.Report is { } report)
            {
                _sessions["ended"] += report.SessionsEnded;
                _sessions["drained"] += report.SessionsDrained;
                _sessions["cut"] += report.SessionsCut;
            }
        }

        if (record.Waivers.Length > 0)
        {
            Interlocked.Increment(ref _waivers);
        }
    }

    public void TakeRefusal()
    {
        lock (_lock)
        {
            _results[Refused]++;
        }
    }

    public void TakeStoreError() => Interlocked.Increment(ref _storeErrors);

    /// <summary>By result.</summary>
    public IReadOnlyList<(string Result, long Count)> Switchovers => Read(() => _results.Select(r => (r.Key, r.Value)));

    /// <summary>By how they ended.</summary>
    public IReadOnlyList<(string End, long Count)> Sessions => Read(() => _sessions.Select(s => (s.Key, s.Value)));

    /// <summary>By proxy.</summary>
    public IReadOnlyList<(string Proxy, long Count)> Repaired => Read(() => _repaired.Select(r => (r.Key, r.Value)));

    /// <summary>By proxy.</summary>
    public IReadOnlyList<(string Proxy, DateTimeOffset At)> LastCycle => Read(() => _lastCycle.Select(c => (c.Key, c.Value)));

    /// <summary>Connections that waited and do not any more, by proxy and by what became of them.</summary>
    public IReadOnlyList<(string Proxy, string End, long Count)> Held => Read(() => _held.SelectMany(h =>
        new[] { (h.Key, "released", h.Value.Released), (h.Key, "expired", h.Value.Expired), (h.Key, "dropped", h.Value.Dropped) }));

    private List<T> Read<T>(Func<IEnumerable<T>> read)
    {
        lock (_lock)
        {
            return [.. read()];
        }
    }
}
