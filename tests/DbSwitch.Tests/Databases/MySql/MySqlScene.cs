using DbSwitch.Configuration;
using DbSwitch.Databases.MySql;
using DbSwitch.Storage;
using DbSwitch.Switching.Outcomes;

namespace DbSwitch.Tests.Databases.MySql;

/// <summary>A primary "db1" that is selected, its replica "db2", and a proxy in which new connections wait.</summary>
internal sealed class MySqlScene : IAsyncDisposable
{
    private MySqlScene(RealMySql primary, RealMySql replica, RealHaproxy haproxy, ManagerUnderTest manager) => (Db1, Db2, Haproxy, Manager) = (primary, replica, haproxy, manager);

    /// <summary>We promote, and the old primary becomes a replica again.</summary>
    public static MySqlDatabase Promoting { get; } = RealMySql.Settings with { Promote = Promotion.Self, ReplicationUser = "repl", ReplicationPassword = new Secret(RealMySql.ReplicationPassword.Replace("''", "'", StringComparison.Ordinal)) };

    public RealMySql Db1 { get; }

    public RealMySql Db2 { get; }

    public RealHaproxy Haproxy { get; }

    public ManagerUnderTest Manager { get; }

    public static async Task<MySqlScene> StartedAsync(string product, MySqlDatabase? settings = null, string? replicaProduct = null, params string[] options)
    {
        var primary = await RealMySql.StartAsync(product, options);
        RealMySql? replica = null;
        RealHaproxy? haproxy = null;
        try
        {
            replica = await primary.ReplicaAsync(replicaProduct, options);
            haproxy = await RealHaproxy.StartAsync("3.2", new RealHaproxyOptions { Companion = true });

            // A login that had begun before the fence has the grace to end in.
            var manager = new ManagerUnderTest { Hold = TimeSpan.FromSeconds(10), Grace = TimeSpan.FromMilliseconds(500) }.Proxy("p", haproxy.ApiEndpoint).Switch("db1", primary.Target("db1", settings ?? Promoting), replica.Target("db2", settings ?? Promoting));
            var scene = new MySqlScene(primary, replica, haproxy, manager);
            await manager.StartAsync();
            await manager.SettledAsync("db1");
            return scene;
        }
        catch
        {
            await primary.DisposeAsync();
            await (replica?.DisposeAsync() ?? ValueTask.CompletedTask);
            await (haproxy?.DisposeAsync() ?? ValueTask.CompletedTask);
            throw;
        }
    }

    public string BrokenSessions => string.Join('\n', Haproxy.BrokenSessions);

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
        var record = outcome.ShouldBeOfType<SwitchoverOutcome.Ended>($"{outcome.Message}\n{string.Join('\n', Manager.Log.Lines)}").Record;
        record.Result.ShouldBe(SwitchoverResult.Succeeded, outcome.Message);
        return record;
    }

    /// <summary>Until the old one follows again, with no hand.</summary>
    public Task RejoinedAsync(string target) => Until.TrueAsync($"{target} to follow the selected one and to be ready", () =>
        Manager.Orders.Snapshot.Targets[target] is { Probe: { Health: DbSwitch.Databases.Health.Healthy, Facts.FollowsAnother: true } } known && known.Guards.All(g => g.Verdict == DbSwitch.Databases.GuardVerdict.Passed), seconds: 20);

    public async ValueTask DisposeAsync()
    {
        await Manager.DisposeAsync();
        await Haproxy.DisposeAsync();
        await Db2.DisposeAsync();
        await Db1.DisposeAsync();
    }
}
