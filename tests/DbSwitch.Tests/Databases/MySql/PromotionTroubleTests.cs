using System.Text;
using DbSwitch.Storage;
using DbSwitch.Switching.Outcomes;

namespace DbSwitch.Tests.Databases.MySql;

/// <summary>Promotions that meet trouble before and after the point of no return, and old primaries that can't simply follow.</summary>
public sealed class PromotionTroubleTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(InstalledMySql.Maria11)]
    [InlineData(InstalledMySql.MySql)]
    [Trait("Category", "Slow")]
    public async Task A_manager_that_ends_while_the_old_primary_is_closed_opens_it_when_it_is_back(string product)
    {
        await using var scene = await MySqlScene.StartedAsync(product);
        await using var writers = new MySqlWriters(scene.Haproxy.ClientPort).Reconnecting(2);
        await writers.MoreAsync(20);
        scene.OnceIn(SwitchoverPhase.Fence, 1, scene.Db2.Freeze);
        var selecting = scene.Manager.SelectAsync("db2");
        await Until.TrueAsync("the old primary to be closed", async () => await scene.Db1.ScalarAsync("SELECT @@global.read_only") == "1");
        await scene.Manager.EndAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => selecting);
        scene.Db2.Thaw();
        (await scene.Db1.ScalarAsync("SELECT @@global.read_only")).ShouldBe("1");

        await scene.Manager.StartAsync();

        await Until.TrueAsync("the old primary to be open", async () => await scene.Db1.ScalarAsync("SELECT @@global.read_only") == "0");
        await writers.MoreAsync(20);
        scene.Manager.Orders.Snapshot.Selection!.Target.ShouldBe("db1");
        await writers.StopAsync();
        await writers.AllAreInAsync(scene.Db1);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task A_replica_that_stands_still_has_it_undone_and_one_that_is_killed_too()
    {
        await using var scene = await MySqlScene.StartedAsync(InstalledMySql.Maria11);
        await using var writers = new MySqlWriters(scene.Haproxy.ClientPort).Reconnecting(2);
        await writers.MoreAsync(20);

        scene.OnceIn(SwitchoverPhase.Fence, 1, scene.Db2.Freeze);
        var outcome = (await scene.Manager.SelectAsync("db2")).ShouldBeOfType<SwitchoverOutcome.Ended>();
        outcome.Record.Result.ShouldBe(SwitchoverResult.RolledBack, outcome.Message);
        scene.Db2.Thaw();
        await writers.MoreAsync(20);
        await scene.RejoinedAsync("db2");

        scene.OnceIn(SwitchoverPhase.Database, 1, () => scene.Db2.KillAsync().GetAwaiter().GetResult());
        outcome = (await scene.Manager.SelectAsync("db2")).ShouldBeOfType<SwitchoverOutcome.Ended>();
        outcome.Record.Result.ShouldBe(SwitchoverResult.RolledBack, outcome.Message);
        await writers.MoreAsync(20);
        await writers.StopAsync();
        writers.FailedConnections.ShouldBeEmpty(scene.BrokenSessions);
        await writers.AllAreInAsync(scene.Db1);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task A_primary_that_is_killed_while_it_is_closed_is_open_when_it_is_back()
    {
        await using var scene = await MySqlScene.StartedAsync(InstalledMySql.MySql);
        await using var writers = new MySqlWriters(scene.Haproxy.ClientPort).Reconnecting(2);
        await writers.MoreAsync(20);
        scene.OnceIn(SwitchoverPhase.Fence, 1, scene.Db2.Freeze);
        var selecting = scene.Manager.SelectAsync("db2");
        await Until.TrueAsync("the old primary to be closed", async () => await scene.Db1.ScalarAsync("SELECT @@global.super_read_only") == "1");
        await scene.Db1.KillAsync();
        (await selecting).ShouldBeOfType<SwitchoverOutcome.Ended>().Record.Result.ShouldNotBe(SwitchoverResult.Succeeded);
        scene.Db2.Thaw();
        await writers.StopAsync();

        // What closes it lasts over a restart, and so does the duty to open it.
        await scene.Db1.StartServerAsync();

        await Until.TrueAsync("the old primary to be open", async () => await scene.Db1.ScalarAsync("SELECT @@global.read_only") == "0", seconds: 20);
        await using var after = new MySqlWriters(scene.Haproxy.ClientPort, first: 10).Reconnecting(1);
        await after.MoreAsync(5);
        await writers.AllAreInAsync(scene.Db1);
    }

    [Theory]
    [InlineData(InstalledMySql.Maria11)]
    [InlineData(InstalledMySql.MySql)]
    [Trait("Category", "Slow")]
    public async Task After_the_point_of_no_return_a_new_manager_finishes_it(string product)
    {
        await using var scene = await MySqlScene.StartedAsync(product);
        await using var writers = new MySqlWriters(scene.Haproxy.ClientPort).Reconnecting(2);
        await writers.MoreAsync(20);

        // The second time that the databases have their turn is after the commit.
        scene.OnceIn(SwitchoverPhase.Database, 2, scene.Db2.Freeze);
        var selecting = scene.Manager.SelectAsync("db2");
        await Until.TrueAsync("it to be committed", () => scene.Manager.Orders.Snapshot.Selection?.Target == "db2");
        await scene.Manager.EndAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => selecting);
        scene.Db2.Thaw();

        await scene.Manager.StartAsync();

        await writers.MoreAsync(20);
        await scene.RejoinedAsync("db1");
        await writers.StopAsync();
        writers.FailedConnections.ShouldBeEmpty(scene.BrokenSessions);
        await writers.AllAreInAsync(scene.Db2);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task With_the_old_primary_gone_force_promotes_and_one_that_comes_back_with_more_is_left_to_a_person()
    {
        await using var scene = await MySqlScene.StartedAsync(InstalledMySql.Maria11);
        await using var writers = new MySqlWriters(scene.Haproxy.ClientPort).Reconnecting(2);
        await writers.MoreAsync(20);
        await writers.StopAsync();

        // It confirms something that it never sends.
        await scene.Db2.ExecuteAsync("STOP SLAVE");
        await scene.Db1.ExecuteAsync("INSERT INTO orders.written VALUES (90, 1)");
        await scene.Db1.KillAsync();
        (await scene.Manager.SelectAsync("db2")).ShouldBeOfType<SwitchoverOutcome.Refused>().Message.ShouldEndWith("If db1 is surely dead: dbswitch select db2 --force");

        var ended = (await scene.Manager.SelectAsync("db2", force: true)).ShouldBeOfType<SwitchoverOutcome.Ended>().Record;

        ended.Result.ShouldBe(SwitchoverResult.Succeeded, ended.Message);
        ended.Report!.Notes.ShouldHaveSingleItem().ShouldStartWith($"db1 refuses connections at 127.0.0.1:{scene.Db1.Port}, so it was not closed");
        await writers.AllAreInAsync(scene.Db2);
        await scene.Db1.StartServerAsync("--read-only=ON");
        await Until.TrueAsync("it to be told", () => scene.Manager.Orders.Snapshot.ReplicaProblem is not null, seconds: 20);
        scene.Manager.Orders.Snapshot.ReplicaProblem!.ShouldMatch(@"^db1 does not follow db2: db1 has transactions that db2 never had \(0-[0-9]+-[0-9]+\), so it is not made its replica");
        (await scene.Db1.StatusAsync()).ShouldBeEmpty();
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task A_third_server_follows_the_new_one_events_run_there_and_an_old_one_that_was_restarted_is_closed_and_follows()
    {
        await using var scene = await MySqlScene.StartedAsync(InstalledMySql.Maria11, options: ["--event-scheduler=ON"]);
        await using var third = await scene.Db1.ReplicaAsync(options: "--event-scheduler=ON");
        await scene.Db1.ExecuteAsync("CREATE DEFINER = 'app'@'%' EVENT orders.tick ON SCHEDULE EVERY 1 SECOND DO INSERT IGNORE INTO orders.written VALUES (71, @@server_id)");
        await scene.Db1.ExecuteAsync("CREATE EVENT orders.never ON SCHEDULE EVERY 1 SECOND DISABLE DO INSERT INTO orders.written VALUES (1, NULL)");
        await scene.Manager.EndAsync();
        await using var manager = new ManagerUnderTest { Hold = TimeSpan.FromSeconds(10) }.Proxy("p", scene.Haproxy.ApiEndpoint).Switch("db1", scene.Db1.Target("db1", MySqlScene.Promoting), scene.Db2.Target("db2", MySqlScene.Promoting), third.Target("db3", MySqlScene.Promoting));
        await manager.StartAsync();
        await manager.SettledAsync("db1");

        await manager.SwitchToAsync("db2");
        await scene.Db1.KillAsync();
        await scene.Db1.StartServerAsync("--event-scheduler=OFF");

        var port = scene.Db2.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);
        await Until.TrueAsync("both to follow", async () => (await scene.Db1.StatusAsync()).GetValueOrDefault("Master_Port") == port && (await third.StatusAsync()).GetValueOrDefault("Master_Port") == port, seconds: 20);
        await Until.TrueAsync("both to be read-only", async () => await scene.Db1.ScalarAsync("SELECT @@global.read_only") == "1" && await third.ScalarAsync("SELECT @@global.read_only") == "1", seconds: 20);
        await Until.TrueAsync("the event to run", async () => await scene.Db2.ScalarAsync("SELECT COUNT(*) FROM orders.written WHERE writer = 71 AND number = @@server_id") == "1");
        (await scene.Db2.ScalarAsync("SELECT GROUP_CONCAT(EVENT_NAME, ' ', STATUS, ' ', DEFINER ORDER BY EVENT_NAME) FROM information_schema.EVENTS")).ShouldMatch("^never (SLAVESIDE_)?DISABLED admin@%,tick ENABLED app@%$");
        foreach (var server in (RealMySql[])[scene.Db1, third])
        {
            await Until.TrueAsync("a row to arrive", async () => await server.ScalarAsync("SELECT COUNT(*) FROM orders.written WHERE writer = 71") != "0");
        }

        await manager.SwitchToAsync("db3");
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task A_newer_replica_takes_over_and_the_older_server_follows_it()
    {
        await using var scene = await MySqlScene.StartedAsync(InstalledMySql.Maria10, replicaProduct: InstalledMySql.Maria11);
        await using var writers = new MySqlWriters(scene.Haproxy.ClientPort).Reconnecting(2);
        await writers.MoreAsync(20);
        await scene.SwitchAsync("db2");
        await writers.MoreAsync(20);
        await writers.StopAsync();
        writers.FailedConnections.ShouldBeEmpty(scene.BrokenSessions);
        await writers.AllAreInAsync(scene.Db2);
        await Until.TrueAsync("the older one to follow", async () => (await scene.Db1.StatusAsync()).GetValueOrDefault("Slave_SQL_Running") == "Yes", seconds: 20);
        (await scene.Manager.SelectAsync("db1")).ShouldBeOfType<SwitchoverOutcome.Refused>().Message.ShouldContain("older than db2");
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Where_the_new_one_dies_before_it_is_promoted_a_person_has_the_old_one_opened_again()
    {
        await using var scene = await MySqlScene.StartedAsync(InstalledMySql.MySql);
        scene.OnceIn(SwitchoverPhase.Database, 2, () => scene.Db2.KillAsync().GetAwaiter().GetResult());
        var ended = (await scene.Manager.SelectAsync("db2")).ShouldBeOfType<SwitchoverOutcome.Ended>().Record;
        ended.Result.ShouldBe(SwitchoverResult.Partial, ended.Message);
        (await scene.Manager.SelectAsync("db1")).ShouldBeOfType<SwitchoverOutcome.Refused>().Message.ShouldEndWith("If db2 is surely dead: dbswitch select db1 --force");

        (await scene.Manager.SelectAsync("db1", force: true)).ShouldBeOfType<SwitchoverOutcome.Ended>().Record.Result.ShouldBe(SwitchoverResult.Succeeded);

        await using var writers = new MySqlWriters(scene.Haproxy.ClientPort).Reconnecting(1);
        await writers.MoreAsync(5);
        await writers.StopAsync();
        await writers.AllAreInAsync(scene.Db1);
        (await scene.Db1.ScalarAsync("SELECT COUNT(*) FROM performance_schema.persisted_variables")).ShouldBe("0");
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task A_manager_that_is_killed_at_any_moment_leaves_one_open_primary_that_has_everything()
    {
        await using var db1 = await RealMySql.StartAsync(InstalledMySql.Maria11);
        await using var db2 = await db1.ReplicaAsync();
        await using var haproxy = await RealHaproxy.StartAsync("3.2", new RealHaproxyOptions { Companion = true });
        await using var manager = new ManagerProcess(new ManagerConfiguration { Proxies = new Dictionary<string, string> { ["p"] = Scene.Api(haproxy.ApiEndpoint) } }
            .With("orders", new SwitchText("db_servers", ["p"], new Dictionary<string, string> { ["db1"] = db1.HostPort.ToString(), ["db2"] = db2.HostPort.ToString() })
            {
                Initial = "db1",
                MySql = $"user: dbswitch, password: \"{RealMySql.Password}\", tls: disable, promote: self, replication_user: repl, replication_password: \"{MySqlScene.Promoting.ReplicationPassword!.Value}\"",
            }));
        await manager.StartAsync();
        await manager.HealthyAsync();
        await using var writers = new MySqlWriters(haproxy.ClientPort).Reconnecting(3);
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        var output = TestContext.Current.TestOutputHelper!;
        output.WriteLine($"seed {seed}");
        var present = db1;
        for (var i = 0; i < 3; i++)
        {
            await writers.MoreAsync(20);
            var api = manager.OverSocket();
            var before = (await manager.RunAsync("status", "--json")).Json[0].GetProperty("selection").GetProperty("generation").GetInt64();
            var selecting = api.PostAsync("/api/v1/switches/orders/switchovers?wait=60s", new StringContent($"{{ \"target\": \"{(present == db1 ? "db2" : "db1")}\" }}", Encoding.UTF8, "application/json"), Cancel);

            // Journalled, and so under way: from then on any moment will do.
            await Until.TrueAsync("the switchover to begin", () => selecting.IsCompleted || manager.Log.Contains($"generation {before + 1}, switchover", StringComparison.Ordinal));
            await Task.Delay(random.Next(0, 300), Cancel);
            await manager.KillAsync();
            await selecting.ContinueWith(_ => { }, Cancel, TaskContinuationOptions.None, TaskScheduler.Default);
            await manager.StartAsync();

            await writers.MoreAsync(20);
            var selected = (await manager.RunAsync("status", "--json")).Json[0].GetProperty("selection").GetProperty("target").GetString();
            output.WriteLine($"{selected}: {(await manager.RunAsync("history", "--json", "--limit", "1")).Json[0].GetProperty("message").GetString()}");
            var (now, idle) = selected == "db1" ? (db1, db2) : (db2, db1);
            (await now.ScalarAsync("SELECT @@global.read_only")).ShouldBe("0", $"round {i}");
            (await idle.ScalarAsync("SELECT @@global.read_only")).ShouldBe("1", $"round {i}");
            present = now;

            // By itself the other one is its replica again.
            await manager.HealthyAsync();
            await idle.FollowsAsync();
        }

        await writers.StopAsync();
        await writers.AllAreInAsync(present);
        manager.Log.ShouldNotContain(RealMySql.Password);
        manager.Log.ShouldNotContain(MySqlScene.Promoting.ReplicationPassword!.Value);
    }
}
