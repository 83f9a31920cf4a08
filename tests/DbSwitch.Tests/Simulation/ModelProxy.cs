namespace DbSwitch.Tests.Simulation;

/// <summary>One HAProxy instance over its restarts and reloads.</summary>
/// <param name="remembers">Whether its companion script keeps the generation over restarts, as a managed one does.</param>
internal sealed class ModelProxy(string version, bool hasScript, bool remembers, TimeProvider time)
{
    private int _nextPid = 1;
    private long _heard;

    /// <summary>The process that takes new clients; null while there is none.</summary>
    public ModelWorker? Current { get; private set; }

    public List<ModelWorker> Old { get; } = [];

    /// <summary>It does nothing and answers nobody; what it is sent waits.</summary>
    public bool Frozen { get; set; }

    /// <summary>Nothing goes between it and the manager; what was sent may still arrive.</summary>
    public bool CutOff { get; set; }

    public bool HasScript { get; } = hasScript;

    public bool Answers => Current is not null && !Frozen && !CutOff;

    public IEnumerable<ModelWorker> Workers => Current is null ? Old : Old.Append(Current);

    public void Start() => Current ??= NewWorker();

    public void Kill()
    {
        foreach (var worker in Workers)
        {
            worker.HasEnded = true;
        }

        _heard = Math.Max(_heard, Current?.Generation ?? 0);
        Current = null;
        Old.Clear();
        Frozen = false;
    }

    public void Reload()
    {
        if (Current is { } before && !Frozen)
        {
            _heard = Math.Max(_heard, before.Generation);
            before.Stopping = true;
            Old.Add(before);
            Current = NewWorker();
        }
    }

    public void EndOldWorkers()
    {
        Old.ForEach(w => w.HasEnded = true);
        Old.Clear();
    }

    /// <summary>A stopping process ends with its last connection.</summary>
    public void EndTheIdle()
    {
        foreach (var worker in Old.Where(w => w.Jobs == 0).ToList())
        {
            worker.HasEnded = true;
            Old.Remove(worker);
        }
    }

    /// <summary>One command that was on its way arrives, or a connection that we gave up is noticed by HAProxy.</summary>
    public void SomethingArrives(Random random)
    {
        if (Frozen)
        {
            return;
        }

        var connections = Workers.SelectMany(w => w.Connections).Where(c => c.InFlight.Count > 0 || c.ClosedByUs).ToList();
        if (connections.Count == 0)
        {
            return;
        }

        var connection = connections[random.Next(connections.Count)];
        if (connection.InFlight.TryDequeue(out var late))
        {
            connection.Worker.Execute(late.Step, late.Generation);
        }
        else
        {
            connection.Worker.Connections.Remove(connection);
        }
    }

    private ModelWorker NewWorker() => new(_nextPid++, version, HasScript, remembers ? _heard : 0, time);
}
