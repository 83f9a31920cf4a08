using DbSwitch.Keeping;
using DbSwitch.Proxies;
using HaproxyRuntime;

namespace DbSwitch.Tests.Simulation;

/// <summary>The manager's way to one proxy, after <see cref="ProxyLink"/>: what it may conclude is decided by the product's own rules.</summary>
internal sealed class ModelLink(ModelProxy proxy, bool hasMaster, Random random, TimeProvider time, Flaw flaw)
{
    private readonly BackendMemory _memory = new(time);
    private readonly List<ModelConnection> _lost = [];
    private readonly List<ModelConnection> _old = [];
    private ModelConnection? _connection;

    /// <summary>How often, in 100, a command is not answered as it should be.</summary>
    public int Trouble { get; set; }

    /// <summary>Whether a reload now would be noticed: it can be where nothing else would tell of what it leaves over.</summary>
    public bool IsConnected => _connection is { ClosedByUs: false, EndedByPeer: false };

    public ProxyObservation Observe(Goal? goal)
    {
        if (!proxy.Answers)
        {
            return new ProxyObservation.Unknown("can't be asked", Silent: proxy.Current is not null);
        }

        if (!Connect())
        {
            return new ProxyObservation.Unknown("a command was not answered", Silent: true);
        }

        var worker = _connection!.Worker;
        if (worker.Stopping)
        {
            if (hasMaster)
            {
                // The master socket is the way in, and nothing of ours keeps the process alive.
                worker.Connections.Remove(_connection);
            }
            else
            {
                _old.Add(_connection);
            }

            _connection = null;
            return new ProxyObservation.Unknown("has just reloaded");
        }

        var servers = worker.ServersState();
        _memory.Update(worker.Info, servers);
        var sessions = goal?.ReadsSessions == true || _memory.NeedsSessions(servers, goal is { MayBeReady: true } ? goal.Server : null) ? Listed(worker) : null;
        _connection.LastSeen = _memory.Observe(servers, sessions);
        return new ProxyObservation.Seen(worker.Info, _connection.LastSeen)
        {
            Companion = worker.HasScript && flaw != Flaw.IgnoresTheGeneration ? new DbSwitch.Proxies.Companion(worker.Generation, worker.Hold, TimeSpan.Zero, 0, TimeSpan.Zero, 0, 0, 0, 0) : null,
            OldWorkers = flaw == Flaw.IgnoresOldWorkers ? [] : ObserveOld(),
        };
    }

    /// <returns>Whether HAProxy did it; null when nobody knows.</returns>
    public bool? Send(Step step, long generation)
    {
        if (StepCommands.OldWorkerOf(step) is { } pid)
        {
            return proxy.Answers ? proxy.Old.FirstOrDefault(w => w.Pid == pid)?.Execute(step, generation) ?? true : null;
        }

        if (_connection is null or { EndedByPeer: true } or { ClosedByUs: true })
        {
            return null;
        }

        var sent = _connection;
        if (!proxy.Answers || random.Next(100) < Trouble)
        {
            _lost.Add(sent);
            sent.InFlight.Enqueue((step, generation));
            if (random.Next(2) == 0)
            {
                sent.ClosedByUs = true;
            }

            return null;
        }

        return sent.Worker.Execute(step, flaw == Flaw.IgnoresTheGeneration ? Math.Max(generation, sent.Worker.Generation) : generation);
    }

    /// <summary>The manager is killed: the kernel closes its connections. What was on its way may arrive all the same, where only the script refuses it.</summary>
    public void Kill()
    {
        foreach (var connection in _lost.Concat(_old).Append(_connection).OfType<ModelConnection>())
        {
            if (!connection.Worker.ScriptCommandsServers)
            {
                // On one machine what was sent is read before whatever comes after it.
                while (connection.InFlight.TryDequeue(out var sent))
                {
                    connection.Worker.Execute(sent.Step, sent.Generation);
                }
            }

            connection.ClosedByUs = true;
            if (connection.InFlight.Count == 0)
            {
                connection.Worker.Connections.Remove(connection);
            }
        }
    }

    private bool Connect()
    {
        if (_connection is { ClosedByUs: false, EndedByPeer: false } living)
        {
            if (flaw != Flaw.SendsAgainOnTimeout && living.InFlight.Count > 0)
            {
                return false;
            }

            _lost.RemoveAll(l => l == living);
            return true;
        }

        var worker = proxy.Current!;
        var fresh = new ModelConnection(worker);
        worker.Connections.Add(fresh);
        if (flaw != Flaw.SendsAgainOnTimeout && !_lost.TrueForAll(l => LostCommandRule.IsGone(l.Worker == worker, l.EndedByPeer, worker.Connections.Count)))
        {
            worker.Connections.Remove(fresh);
            return false;
        }

        _lost.Clear();
        if (_connection is { EndedByPeer: false } before && before.Worker != worker)
        {
            _old.Add(before);
        }

        _connection = fresh;
        return true;
    }

    private IReadOnlyList<SessionState> Listed(ModelWorker worker) => flaw switch
    {
        Flaw.TrustsCounters => [.. worker.Sessions().Where(s => s.ServerSide == ServerSideState.Established)],
        Flaw.TrustsAnEmptyAnswer when random.Next(10) == 0 => [],
        _ => worker.Sessions(),
    };

    private List<OldWorkerObservation> ObserveOld()
    {
        foreach (var over in _old.Where(c => hasMaster ? c.Worker.HasEnded : c.EndedByPeer || (!c.ClosedByUs && OldWorker.HasNothingLeft(c.Worker.Info))).ToList())
        {
            over.Worker.Connections.Remove(over);
            _old.Remove(over);
        }

        var outOfReach = hasMaster ? [] : _old.Where(c => c.ClosedByUs).Select(c => new OldWorkerObservation(c.Worker.Pid, c.LastSeen, false, "its connection was lost"));
        var known = hasMaster ? proxy.Old : _old.Where(c => !c.ClosedByUs).Select(c => c.Worker);
        return [.. outOfReach, .. known.Select(w => OldWorker.Judge(w.Info, w.HasScript || flaw == Flaw.ForgetsSilentClients, w.ServersState(), w.Sessions()) with { CanFence = w.ScriptCommandsServers })];
    }
}
