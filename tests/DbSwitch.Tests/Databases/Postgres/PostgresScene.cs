using DbSwitch.Configuration;
using DbSwitch.Databases.Postgres;
using DbSwitch.Storage;
using DbSwitch.Switching.Outcomes;

namespace DbSwitch.Tests.Databases.Postgres;

/// <summary>A primary "db1" that is selected, its replica "db2", and a proxy in which new connections wait.</summary>
internal sealed class PostgresScene : IAsyncDisposable
{
    private PostgresScene(RealPostgres primary, RealPostgres standby, RealHaproxy haproxy, ManagerUnderTest manager) => (Db1, Db2, Haproxy, Manager) = (primary, standby, haproxy, manager);

    public RealPostgres Db1 { get; }

    public RealPostgres Db2 { get; }

    public RealHaproxy Haproxy { get; }

    public ManagerUnderTest Manager { get; }

    public static async Task<PostgresScene> StartedAsync(PostgresDatabase settings, string version = "3.2", params GateConfiguration[] gates)
    {
        var primary = await RealPostgres.StartAsync();
        RealPostgres? standby = null;
        RealHaproxy? haproxy = null;
        try
        {
            standby = await primary.StandbyAsync();
            haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { Companion = true });
            // A login that had begun before the fence has the grace to end in, and on a busy machine it takes that long.
            var manager = new ManagerUnderTest { Hold = TimeSpan.FromSeconds(10), Grace = TimeSpan.FromSeconds(1), Gates = gates }.Proxy("p", haproxy.ApiEndpoint).Switch("db1", primary.Target("db1", settings), standby.Target("db2", settings));
            var scene = new PostgresScene(primary, standby, haproxy, manager);
            await manager.StartAsync();
            await manager.SettledAsync("db1");
            return scene;
        }
        catch
        {
            await primary.DisposeAsync();
            await (standby?.DisposeAsync() ?? ValueTask.CompletedTask);
            await (haproxy?.DisposeAsync() ?? ValueTask.CompletedTask);
            throw;
        }
    }

    /// <summary>For a failure: what HAProxy says of the sessions that broke.</summary>
    public string BrokenSessions => string.Join('\n', Haproxy.BrokenSessions);

    public string NameOf(RealPostgres server) => server == Db1 ? "db1" : "db2";

    /// <summary>
    /// In the next switchover, once what it needs has been tried and clients are being fenced: the standby receives, and replays nothing any more.
    /// </summary>
    public void FreezeReplayInFence() => OnceIn(SwitchoverPhase.Fence, 1, Db2.FreezeReplay);

    /// <summary>Once, when a switchover has entered a phase that often, and before anything of that is done.</summary>
    public void OnceIn(SwitchoverPhase phase, int times, Action happens)
    {
        var entered = 0;
        Manager.Manager.Progressed += (_, next) =>
        {
            if (next == phase && Interlocked.Increment(ref entered) == times)
            {
                happens();
            }
        };
    }

    /// <summary>Selects, and expects it to succeed.</summary>
    public async Task<SwitchoverRecord> SwitchAsync(string target)
    {
        var outcome = await Manager.SelectAsync(target);
        var record = outcome.ShouldBeOfType<SwitchoverOutcome.Ended>(outcome.Message).Record;
        record.Result.ShouldBe(SwitchoverResult.Succeeded, outcome.Message);
        return record;
    }

    public async ValueTask DisposeAsync()
    {
        await Manager.DisposeAsync();
        await Haproxy.DisposeAsync();
        await Db2.DisposeAsync();
        await Db1.DisposeAsync();
    }
}
