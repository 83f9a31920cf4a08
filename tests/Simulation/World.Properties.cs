using System.Globalization;
using System.Net;
using DbSwitch.Keeping;
using DbSwitch.Proxies;
using DbSwitch.Simulation.Proxies;
using DbSwitch.Storage;

namespace DbSwitch.Simulation;

/// <content>What must hold, whatever happens.</content>
internal sealed partial class World
{
    // By proxy: the generation of the switchover that did without it. An operator's word, that no client comes through it, is good until it is in line with that generation or a later one.
    private readonly Dictionary<string, long> _waived = [];

    /// <summary>What broke first; null while all is well.</summary>
    public string? Failure { get; private set; }

    // By proxy: the switchover that was undone, by its generation, after which it was settled again.
    private readonly Dictionary<string, long> _overIt = [];

    /// <summary>Every proxy that any switchover did without.</summary>
    public HashSet<string> EverWaived { get; } = [];

    public void Fail(string what) => Failure ??= what;

    /// <summary>A manager's keeper has looked at a proxy.</summary>
    public void Saw(CycleResult result)
    {
        if (result is { Settled: true, Observed: ProxyObservation.Seen } && _waived.TryGetValue(result.Proxy, out var generation) && result.Goal!.Generation >= generation)
        {
            _waived.Remove(result.Proxy);
        }

        if (result is { Settled: true, Observed: ProxyObservation.Seen } && Store is { Undone: > 0, Unfinished: null } && result.Goal!.Generation >= Store.Selection!.Generation)
        {
            _overIt[result.Proxy] = Store.Undone;
        }

        Diary?.Add($"{result.Proxy}: looked for goal {result.Goal?.Number} ({result.Goal?.Server?.Name ?? "none"}, ready {result.Goal?.MayBeReady}, generation {result.Goal?.Generation}): fenced {result.Fenced}, did {string.Join(", ", result.Taken.Select(CycleLog.Say))}{(result.Problem is null ? "" : ": " + result.Problem)}");
    }

    /// <summary>Checked after every event.</summary>
    public void Check()
    {
        if (Databases.Broken is { } broken && Promotes)
        {
            Fail(broken);
        }

        var reachable = Reachable().ToList();
        if (reachable.Select(r => r.Database).Distinct().Count() > 1)
        {
            Fail($"two databases: {string.Join(", ", reachable.Distinct().Select(r => $"{r.Database} by {r.Where}"))}");
        }
    }

    /// <summary>Why it has not settled; null when every proxy serves what is selected, and nothing is left to do.</summary>
    public string? WhyUnsettled()
    {
        if (_manager is not { } manager)
        {
            return "there is no manager";
        }

        var s = manager.Switch.Snapshot;
        if (manager.Running.IsCompleted)
        {
            Fail($"the switch has stopped: {manager.Running.Exception}");
        }

        if (s.Selection is not { } selection || s.NeedsPerson is not null || !s.Latest.All(r => r.Settled && r.Goal!.Generation >= s.Selection?.Generation) || s.Latest.Count != Proxies.Count)
        {
            return $"selection {s.Selection}, {s.NeedsPerson}, {string.Join("; ", s.Latest.Select(r => $"{r.Proxy}: {r.Problem} fenced {r.Fenced} {r.Unfenced} {string.Join(",", r.Taken)} {r.Goal}"))}";
        }

        if (s.Running is not null || s.Hold is not null || s.Pause is not null || s.StoreProblem is not null || s.MoveProblem is not null || s.DatabaseProblem is not null)
        {
            return $"running {s.Running}, hold {s.Hold}, pause {s.Pause}, store {s.StoreProblem}, move {s.MoveProblem}, database {s.DatabaseProblem}";
        }

        if (Store.Selection != selection || Store.Unfinished is not null || Store.State.Hold is not null || Store.State.Pause is not null)
        {
            return $"store: {Store.State}, here: {selection}";
        }

        if (manager.Unanswered.FirstOrDefault() is { } unanswered)
        {
            return $"no answer to: {unanswered}";
        }

        IPEndPoint? database = selection.Target is null ? null : AddressOf(selection.Target);
        if (Proxies.Find(p => p.Current?.IsServing(database) != true) is { } other)
        {
            return $"{other.Name} does not serve {database}";
        }

        return Promotes && selection.Target is { } target && !Databases[target].TakesWrites ? $"{target} is selected and takes no writes" : null;
    }

    /// <summary>A command that comes late is of no switchover that was undone and is over for this proxy: its script has heard of a later generation since.</summary>
    private void CheckLate(SimProxy proxy, string line)
    {
        if (line.Split(' ') is ["set", "dbswitch", "ready" or "fence" or "address", _, var number, ..] && long.Parse(number, CultureInfo.InvariantCulture) == Store.Undone
            && _overIt.GetValueOrDefault(proxy.Name) == Store.Undone && proxy.LastAnswer.StartsWith("done", StringComparison.Ordinal))
        {
            Fail($"\"{line}\" of a switchover that was undone was executed by {proxy.Name}, late");
        }
    }

    private IEnumerable<(IPEndPoint Database, string Where)> Reachable() =>
        Proxies.Where(p => !_waived.ContainsKey(p.Name)).SelectMany(p => p.Workers.SelectMany(w => w.ReachableDatabases.Select(d => (d, $"{p.Name} pid {w.Pid}{(w.Stopping ? " (old)" : "")}"))));

    private void Waive(SwitchoverRequest request, SwitchoverRecord record)
    {
        foreach (var proxy in request.Without)
        {
            _waived[proxy] = record.Generation;
            EverWaived.Add(proxy);
        }
    }

    /// <summary>A selection changes only when nobody reaches another database; by a switchover, only when nobody reaches any.</summary>
    private void CheckSelection(string how, string? target, IPEndPoint? address)
    {
        // Before a switchover begins, what an operator says of proxies is in his question alone.
        var waived = _manager?.Unanswered.Where(q => q.StartsWith("select", StringComparison.Ordinal)).ToList() ?? [];
        var others = Reachable().Where(r => how == "commit" || (!r.Database.Equals(address) && !waived.Exists(q => q.Contains(r.Where[..2], StringComparison.Ordinal)))).ToList();
        if (others.Count > 0 && (how == "commit" || target is not null))
        {
            Fail($"{how}: {target ?? "none"} is selected, while {string.Join(", ", others.Distinct().Select(r => $"{r.Database} is reached by {r.Where}"))}");
        }
    }
}
