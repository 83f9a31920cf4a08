using DbSwitch.Model;
using DbSwitch.Proxies;
using DbSwitch.Simulation.Proxies;
using DbSwitch.Storage;

namespace DbSwitch.Simulation;

/// <content>What goes wrong, and what operators want.</content>
internal sealed partial class World
{
    private static readonly string?[] s_wanted = ["a", "b", "a", "b", null];

    private void AProxyHasTrouble(SimProxy proxy)
    {
        var what = Random.Next(8);
        Diary?.Add($"trouble {what} for {proxy.Name} (pid {proxy.Current?.Pid})");
        switch (what)
        {
            case 0:
                proxy.Kill();
                break;
            case 1:
                proxy.Kill();
                proxy.Start();
                break;

            // Without a master socket only a reload that was seen is known (docs/architecture.md says so).
            case 2 or 3 when (HasMaster && !proxy.DeniesMaster) || (_manager is { IsEnding: false } && IsKnown(proxy.Current)):
                proxy.Reload();
                if (Random.Next(2) == 0)
                {
                    _manager?.Links[Proxies.IndexOf(proxy)].LeaveOldWorker();
                }

                break;
            case 4:
                proxy.Frozen = proxy.Current is not null && !proxy.Frozen;
                break;
            case 5 when HasMaster && Random.Next(2) == 0:
                proxy.DeniesMaster = !proxy.DeniesMaster;
                break;
            case 5:
                proxy.CutOff = !proxy.CutOff;
                break;
            case 6 when proxy.Connections.Where(c => !c.ClosedByUs && !c.LostByUs && !c.ClosedByPeer).ToList() is { Count: > 0 } open:
                open[Random.Next(open.Count)].Break();
                break;
            default:
                (proxy.Frozen, proxy.CutOff, proxy.DeniesMaster) = (false, false, false);
                proxy.Start();
                break;
        }
    }

    /// <summary>The manager has been through its greeting with this process, and still has that connection, or knows that it was lost.</summary>
    private static bool IsKnown(SimWorker? worker) => worker?.Connections.Exists(c => c is { Answers: > 6, ClosedByUs: false, LostByUs: false }) == true;

    private void TheManagerHasTrouble()
    {
        var what = Random.Next(8);
        Diary?.Add($"trouble {what} for the manager");
        switch (what)
        {
            // Without a master socket an old worker is known only to the manager that saw the reload (docs/architecture.md says so).
            case 0 or 1 when HasMaster || Proxies.TrueForAll(p => p.Old.Count == 0):
                EndManager();
                if (_storeGoesBack && Random.Next(2) == 0)
                {
                    Diary?.Add("the store goes back");
                    Store.GoesBack(Random);
                }

                break;
            case 0 or 1 or 2:
                Store.Fails = !Store.Fails;
                break;
            case 3:
                _addresses[Random.Next(2) == 0 ? "a" : "b"] = Random.Next(1, 3);
                break;
            case 4 when _manager is { IsEnding: false } && (HasMaster || Proxies.TrueForAll(p => p.Old.Count == 0)):
                _manager.End();
                break;
            default:
                Store.BackUp();
                Store.Fails = false;
                if (_manager is null)
                {
                    StartManager();
                }

                break;
        }
    }

    private void AnOperatorOrders()
    {
        if (_manager is not { IsEnding: false } manager)
        {
            return;
        }

        var target = s_wanted[Random.Next(s_wanted.Length)];
        switch (Random.Next(24))
        {
            case < 12:
                Select(manager, target);
                break;
            case < 14:
                var time = TimeSpan.FromSeconds(Random.Next(1, 20));
                manager.Ask($"hold for {time}", async s => await s.HoldAsync("an operator", "", time, CancellationToken.None).ConfigureAwait(false));
                break;
            case < 17:
                manager.Ask("release", async s => await s.ReleaseAsync("an operator", CancellationToken.None).ConfigureAwait(false));
                break;
            case 17:
                manager.Ask("pause", async s => await s.PauseAsync(new PauseState("an operator", "", Clock.UtcNow), CancellationToken.None).ConfigureAwait(false));
                break;
            case < 20:
                Resume(manager);
                break;
            case 20:
                manager.Ask($"what if {target}", async s => await s.ForeseeAsync(new SwitchoverRequest(target, "an operator", ""), null, null, CancellationToken.None).ConfigureAwait(false));
                break;
            case var _ when manager.Switch.Snapshot.Running is { } running:
                manager.Ask($"abort {running.Id}", async s => await s.AbortAsync(running.Id, "an operator", CancellationToken.None).ConfigureAwait(false));
                break;
        }
    }

    private void Select(SimManager manager, string? target)
    {
        var without = Random.Next(2) == 0 ? [.. manager.Switch.Snapshot.Latest.Where(r => r.Observed is not ProxyObservation.Seen).Select(r => r.Proxy)] : Array.Empty<string>();
        var request = new SwitchoverRequest(target, "an operator", "") { Without = without, Force = !Promotes && Random.Next(6) == 0 };
        TimeSpan? drain = Random.Next(6) == 0 ? TimeSpan.FromMilliseconds(Random.Next(500)) : null;
        long? generation = Random.Next(10) == 0 ? manager.Switch.Snapshot.Selection?.Generation : null;
        manager.Ask($"select {target ?? "none"} without ({string.Join(' ', without)})", async s => await s.SelectAsync(request, generation, drain, CancellationToken.None).ConfigureAwait(false));
    }

    private static void Resume(SimManager manager) => manager.Ask("resume", async s => string.Join("; ", await s.ResumeAsync("an operator", CancellationToken.None).ConfigureAwait(false)));

    /// <summary>What a person must do, who is asked.</summary>
    private void APersonHelps()
    {
        var manager = _manager!;
        if (manager.Switch.Snapshot.Pause is not null)
        {
            Resume(manager);
        }
        else if (manager.Switch.Snapshot.Running is null && (manager.Switch.Snapshot.NeedsPerson is not null || manager.Switch.Snapshot.Latest.Any(r => r.Problem?.Contains("has heard of generation", StringComparison.Ordinal) == true)))
        {
            Select(manager, Random.Next(2) == 0 ? "a" : "b");
        }
    }
}
