using DbSwitch.Keeping;
using DbSwitch.Proxies;
using DbSwitch.Storage;

namespace DbSwitch.Switching.Running;

/// <summary>Counts what one switchover does to clients, from the results that its proxies' keepers report while it runs.</summary>
/// <param name="generation">The switchover's: the companion script counts waits anew when it hears of it.</param>
/// <param name="grace">How long after the fence began a session that ends is one that ended in the grace.</param>
internal sealed class SwitchoverCount(KeeperGroup keepers, long generation, TimeSpan grace, TimeProvider time) : IDisposable
{
    private readonly Lock _counting = new();
    private readonly Dictionary<string, Dictionary<SessionKey, bool>> _open = [];
    private readonly Dictionary<string, CompanionCount> _waits = [];
    private TimeSpan _longestWait;
    private readonly HashSet<string> _notHeld = [];
    private readonly HashSet<string> _activated = [];
    private long? _fencing;
    private long? _firstGoal;
    private long _lastActivated;
    private int _ended;
    private int _drained;
    private int _cut;

    /// <summary>Begins, with the proxies as they were seen last.</summary>
    public void Begin()
    {
        lock (_counting)
        {
            foreach (var result in keepers.Latest)
            {
                CountWaits(result);
            }
        }

        keepers.Reported += Take;
    }

    /// <summary>From the next goal on sessions are counted: those that are left when their server takes no new ones.</summary>
    public void Fencing()
    {
        lock (_counting)
        {
            (_fencing, _firstGoal) = (time.GetTimestamp(), (keepers.Goal?.Number ?? 0) + 1);
        }
    }

    /// <summary>When the last proxy confirmed that clients are let in (a timestamp), or null when none had to be told.</summary>
    public long? LastActivated
    {
        get
        {
            lock (_counting)
            {
                return _activated.Count == 0 ? null : _lastActivated;
            }
        }
    }

    /// <summary>Whether connections wait in any proxy that was seen.</summary>
    public bool AnyoneWaits => keepers.Latest.Any(IsWaitedIn);

    public static bool IsWaitedIn(CycleResult result) => result.Observed is ProxyObservation.Seen { Companion.Waiting: > 0 };

    public SwitchoverReport Report(IReadOnlyList<PhaseReport> phases, TimeSpan took)
    {
        lock (_counting)
        {
            var waits = _waits.Count == 0
                ? null
                : new WaitReport(_waits.Values.Sum(w => w.Released + w.Expired + w.Dropped + w.Waiting), _waits.Values.Sum(w => w.Expired + w.Dropped), _longestWait);
            return new SwitchoverReport(phases, took, _ended, _drained, _cut, waits, [.. keepers.Proxies.Where(_notHeld.Contains)]);
        }
    }

    public void Dispose() => keepers.Reported -= Take;

    private void Take(CycleResult? before, CycleResult result)
    {
        lock (_counting)
        {
            CountWaits(result);
            CountSessions(result);
            if (result.Taken.Any(s => s is Step.MakeReady) && _activated.Add(result.Proxy))
            {
                _lastActivated = time.GetTimestamp();
            }
        }
    }

    private void CountWaits(CycleResult result)
    {
        if (result.Observed is not ProxyObservation.Seen seen)
        {
            return;
        }

        if (seen.Companion is not { } now)
        {
            _notHeld.Add(result.Proxy);
            return;
        }

        if (!_waits.TryGetValue(result.Proxy, out var count))
        {
            count = _waits[result.Proxy] = new CompanionCount();
        }

        count.Take(seen.Process, now);
        if (now.Generation >= generation && now.LongestWait > _longestWait)
        {
            _longestWait = now.LongestWait;
        }
    }

    private void CountSessions(CycleResult result)
    {
        if (_fencing is not { } since || result.Goal is not { MayBeReady: false } goal || goal.Number < _firstGoal || result.Observed is not ProxyObservation.Seen seen)
        {
            return;
        }

        if (!_open.TryGetValue(result.Proxy, out var open))
        {
            open = _open[result.Proxy] = [];
        }

        var servers = seen.Servers.Select(s => (seen.Process.Pid, Server: s)).Concat(seen.OldWorkers.SelectMany(w => w.Servers.Select(s => (w.Pid, Server: s)))).ToList();

        // A process that a reload has left over gets no new ones, and may have no way to put a server into maintenance: what it has is to end all the same.
        var present = servers.Where(s => s.Server.Sessions is not null && (s.Pid != seen.Process.Pid || s.Server.State.InMaintenance)).SelectMany(s => s.Server.Sessions!.Select(i => new SessionKey(s.Pid, s.Server.Name, i.Id))).ToHashSet();

        // Where sessions were not asked for it is because none was left.
        foreach (var (session, wasCut) in open.Where(o => !present.Contains(o.Key)).ToList())
        {
            open.Remove(session);
            if (wasCut)
            {
                _cut++;
            }
            else if (time.GetElapsedTime(since) <= grace)
            {
                _ended++;
            }
            else
            {
                _drained++;
            }
        }

        foreach (var session in present)
        {
            open[session] = open.GetValueOrDefault(session) || result.Taken.Any(step => Cuts(step, session, seen.Process.Pid));
        }
    }

    private static bool Cuts(Step step, SessionKey session, int pid) => step.Server == session.Server && step switch
    {
        Step.Cut cut => session.Pid == pid && cut.OnlySessions?.Contains(session.Id) != false,
        Step.CutInOldWorker cut => session.Pid == cut.Pid && cut.Sessions.Contains(session.Id),
        _ => false,
    };

    private readonly record struct SessionKey(int Pid, string Server, string Id);
}
