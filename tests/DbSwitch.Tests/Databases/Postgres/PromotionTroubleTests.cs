using System.Text;
using DbSwitch.Configuration;
using DbSwitch.Databases.Postgres;
using DbSwitch.Storage;
using DbSwitch.Switching.Outcomes;

namespace DbSwitch.Tests.Databases.Postgres;

/// <summary>Promotions that are taken back, and that meet trouble before and after the point of no return.</summary>
public sealed class PromotionTroubleTests
{
    private static readonly PostgresDatabase Promoting = RealPostgres.Settings with { Promote = Promotion.Self };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_abort_while_the_databases_are_being_made_ready_opens_the_old_primary_again()
    {
        await using var scene = await PostgresScene.StartedAsync(Promoting);
        await using var writers = new Writers(scene.Haproxy.ClientPort).Reconnecting(2);
        await writers.MoreAsync(20);
        scene.FreezeReplayInFence();
        var selecting = scene.Manager.SelectAsync("db2");
        await Until.TrueAsync("the old primary to be closed", async () => (await PostgresProbeTests.FactsAsync(scene.Db1)).Closed);

        var aborted = await scene.Manager.Orders.AbortAsync(scene.Manager.Orders.Snapshot.Running!.Id, "ann", Cancel);

        aborted.ShouldBeOfType<AbortOutcome.Aborted>().Record.Message.ShouldContain("rolled back, clients stay with db1: aborted by ann.");
        (await selecting).ShouldBeOfType<SwitchoverOutcome.Ended>().Record.Result.ShouldBe(SwitchoverResult.RolledBack);
        (await PostgresProbeTests.FactsAsync(scene.Db1)).Closed.ShouldBeFalse();
        await writers.MoreAsync(20);
        await writers.StopAsync();
        writers.FailedConnections.ShouldBeEmpty(scene.BrokenSessions);
        await writers.AllAreInAsync(scene.Db1);
    }

    [Fact]
    public async Task A_manager_that_ends_in_between_finds_the_old_primary_closed_when_it_is_back_and_opens_it()
    {
        await using var scene = await PostgresScene.StartedAsync(Promoting);
        await using var writers = new Writers(scene.Haproxy.ClientPort).Reconnecting(2);
        await writers.MoreAsync(20);
        scene.FreezeReplayInFence();
        var selecting = scene.Manager.SelectAsync("db2");
        await Until.TrueAsync("the old primary to be closed", async () => (await PostgresProbeTests.FactsAsync(scene.Db1)).Closed);
        await scene.Manager.EndAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => selecting);
        scene.Db2.Thaw();
        (await PostgresProbeTests.FactsAsync(scene.Db1)).Closed.ShouldBeTrue();

        await scene.Manager.StartAsync();

        await Until.TrueAsync("the old primary to be open", async () => !(await PostgresProbeTests.FactsAsync(scene.Db1)).Closed);
        await writers.MoreAsync(20);
        scene.Manager.Orders.Snapshot.Selection!.Target.ShouldBe("db1");
        scene.Manager.Orders.Snapshot.DatabaseProblem.ShouldBeNull();
        await writers.StopAsync();
        await writers.AllAreInAsync(scene.Db1);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task After_the_point_of_no_return_it_goes_forward_only_also_with_a_new_manager_and_nobody_is_let_in_before()
    {
        await using var scene = await PostgresScene.StartedAsync(Promoting);
        await using var writers = new Writers(scene.Haproxy.ClientPort).Reconnecting(2);
        await writers.MoreAsync(20);

        // As a manager leaves it that was killed between the commit and the promotion.
        var store = scene.Manager.Store;
        var record = (await store.BeginAsync("orders", scene.Manager.Orders.Snapshot.Selection!.Generation, new SwitchoverRequest("db2", "ann", ""), DateTimeOffset.UtcNow, Cancel))!;
        await store.CommitAsync(record, null, DateTimeOffset.UtcNow, Cancel);
        await scene.Manager.EndAsync();
        await writers.StopAsync();
        await scene.Db1.StopAsync();
        scene.Db2.Freeze();
        await scene.Manager.StartAsync();
        await Until.TrueAsync("the trouble to be told", () => scene.Manager.Orders.Snapshot.DatabaseProblem is not null, seconds: 30);
        scene.Manager.Orders.Snapshot.DatabaseProblem!.ShouldStartWith("db2 is selected, and no client is let in before its database is promoted: ");
        (await scene.Haproxy.SendAsync("show servers state db_servers")).ShouldNotContain("db2_" + scene.Db2.Port + " 127.0.0.1 2 0 ");

        scene.Db2.Thaw();

        await Until.TrueAsync("the replica to be promoted", async () => !(await PostgresProbeTests.FactsAsync(scene.Db2)).IsReplica, seconds: 30);
        await using var after = new Writers(scene.Haproxy.ClientPort, first: 10).Reconnecting(1);
        await after.MoreAsync(5);
        await after.StopAsync();
        await writers.AllAreInAsync(scene.Db2);
        await Until.TrueAsync("the journal to have its end", async () => (await scene.Manager.Store.HistoryAsync("orders", 1, Cancel))[0].Result == SwitchoverResult.Succeeded);
        scene.Manager.Orders.Snapshot.DatabaseProblem.ShouldBeNull();
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task A_promotion_that_can_not_be_finished_leaves_an_operator_the_way_back()
    {
        await using var scene = await PostgresScene.StartedAsync(Promoting);
        var store = scene.Manager.Store;
        var record = (await store.BeginAsync("orders", scene.Manager.Orders.Snapshot.Selection!.Generation, new SwitchoverRequest("db2", "ann", ""), DateTimeOffset.UtcNow, Cancel))!;
        await store.CommitAsync(record, null, DateTimeOffset.UtcNow, Cancel);
        await scene.Manager.EndAsync();
        scene.Db2.Freeze();
        await scene.Manager.StartAsync();
        await Until.TrueAsync("the trouble to be told", () => scene.Manager.Orders.Snapshot.DatabaseProblem is not null, seconds: 30);

        var ended = (await scene.Manager.SelectAsync("db1", force: true)).ShouldBeOfType<SwitchoverOutcome.Ended>().Record;

        (ended.From, ended.To, ended.Result).ShouldBe(("db2", "db1", SwitchoverResult.Succeeded), ended.Message);
        scene.Manager.Orders.Snapshot.DatabaseProblem.ShouldBeNull();
        await using var writers = new Writers(scene.Haproxy.ClientPort).Reconnecting(1);
        await writers.MoreAsync(5);
        await writers.StopAsync();
        await writers.AllAreInAsync(scene.Db1);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task A_manager_that_is_killed_at_any_moment_leaves_one_open_primary_that_has_everything()
    {
        await using var db1 = await RealPostgres.StartAsync();
        await using var db2 = await db1.StandbyAsync();
        await using var haproxy = await RealHaproxy.StartAsync("3.2", new RealHaproxyOptions { Companion = true });
        await using var manager = new ManagerProcess(new ManagerConfiguration { Proxies = new Dictionary<string, string> { ["p"] = Scene.Api(haproxy.ApiEndpoint) } }
            .With("orders", new SwitchText("db_servers", ["p"], new Dictionary<string, string> { ["db1"] = db1.HostPort.ToString(), ["db2"] = db2.HostPort.ToString() })
            {
                Initial = "db1",
                Postgres = $"user: dbswitch, password: \"{RealPostgres.Password}\", tls: disable, promote: sql",
            }));
        await manager.StartAsync();
        await manager.HealthyAsync();
        await using var writers = new Writers(haproxy.ClientPort).Reconnecting(3);
        var (present, other) = (db1, db2);
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        var output = TestContext.Current.TestOutputHelper!;
        output.WriteLine($"seed {seed}");
        for (var i = 0; i < 10; i++)
        {
            await writers.MoreAsync(20);
            var api = manager.OverSocket();
            var before = (await manager.RunAsync("status", "--json")).Json[0].GetProperty("selection").GetProperty("generation").GetInt64();
            var selecting = api.PostAsync("/api/v1/switches/orders/switchovers?wait=60s", new StringContent($"{{ \"target\": \"{(other == db1 ? "db1" : "db2")}\" }}", Encoding.UTF8, "application/json"), Cancel);

            // Journalled, and so under way: from then on any moment will do.
            await Until.TrueAsync("the switchover to begin", () => selecting.IsCompleted || manager.Log.Contains($"generation {before + 1}, switchover", StringComparison.Ordinal));
            await Task.Delay(random.Next(0, 400), Cancel);
            await manager.KillAsync();
            var answer = await selecting.ContinueWith(t => t.IsCompletedSuccessfully ? "answered" : "cut off", Cancel, TaskContinuationOptions.None, TaskScheduler.Default);
            await manager.StartAsync();

            await writers.MoreAsync(20);
            var selected = (await manager.RunAsync("status", "--json")).Json[0].GetProperty("selection").GetProperty("target").GetString();
            output.WriteLine($"{selected}: {answer}, {(await manager.RunAsync("history", "--json", "--limit", "1")).Json[0].GetProperty("message").GetString()}");
            var now = selected == "db1" ? db1 : db2;
            var (serving, idle) = (await PostgresProbeTests.FactsAsync(now), await PostgresProbeTests.FactsAsync(now == db1 ? db2 : db1));
            (serving.IsReplica, serving.Closed).ShouldBe((false, false), $"round {i}");
            (idle.IsReplica || idle.Closed).ShouldBeTrue($"round {i}");
            if (now != present)
            {
                await present.RewindAsync(now);
                (present, other) = (other, present);
            }

            await manager.HealthyAsync();
        }

        await writers.StopAsync();
        await writers.AllAreInAsync(present);
        manager.Log.ShouldNotContain(RealPostgres.Password);
        foreach (var command in (string[][])[["status", "--json"], ["targets", "--json"], ["check-config"]])
        {
            var end = await manager.RunAsync(command);
            (end.Output + end.Error).ShouldNotContain(RealPostgres.Password);
        }
    }
}
