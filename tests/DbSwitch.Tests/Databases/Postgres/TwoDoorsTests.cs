using DbSwitch.Configuration;
using DbSwitch.Databases;
using DbSwitch.Databases.Postgres;
using DbSwitch.Doctoring;
using DbSwitch.Storage;
using DbSwitch.Switching.Outcomes;
using Npgsql;

namespace DbSwitch.Tests.Databases.Postgres;

/// <summary>Two managers over one pair of databases, each with a switch of the same name: what one has closed, the other never opens.</summary>
public sealed class TwoDoorsTests
{
    private static readonly PostgresDatabase Promoting = RealPostgres.Settings with { Promote = Promotion.Self };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_another_manager_has_closed_stays_closed_and_is_told_with_who_did_it_and_what_took_its_place()
    {
        await using var scene = await PostgresScene.StartedAsync(Promoting);
        await using var haproxy = await RealHaproxy.StartAsync("3.2", new RealHaproxyOptions { Companion = true });
        await using var other = await OtherAsync(scene, haproxy);

        await scene.SwitchAsync("db2");

        await Until.TrueAsync("the other manager to say it", () => other.Orders.Snapshot.DatabaseProblem is not null);
        other.Orders.Snapshot.DatabaseProblem!.ShouldMatch($@"^db1 is selected, and closed to clients by dbswitch \(switch orders, generation \d+, manager {scene.Manager.Store.Identity}\), since db2 \(127\.0\.0\.1:{scene.Db2.Port}\) was to take its place: ");
        await Until.TrueAsync("its duties to have looked once more", async () => (await other.Orders.ForeseeAsync(new SwitchoverRequest("db2", "test", ""), null, null, Cancel)) is SwitchoverOutcome.Foreseen);
        (await PostgresProbeTests.FactsAsync(scene.Db1)).ClosedBy!.Manager.ShouldBe(scene.Manager.Store.Identity);

        // Its clients follow by an ordinary command: the other switchover has made quiet what has to be.
        (await other.SelectAsync("db2")).ShouldBeOfType<SwitchoverOutcome.Ended>().Record.Result.ShouldBe(SwitchoverResult.Succeeded);
        other.Orders.Snapshot.DatabaseProblem.ShouldBeNull();
        await using var writers = new Writers(haproxy.ClientPort).Reconnecting(1);
        await writers.MoreAsync(5);
        await writers.StopAsync();
        await writers.AllAreInAsync(scene.Db2);
    }

    [Fact]
    public async Task While_another_one_is_at_work_on_it_a_switchover_is_refused_untouched()
    {
        await using var scene = await PostgresScene.StartedAsync(Promoting);
        await using var haproxy = await RealHaproxy.StartAsync("3.2", new RealHaproxyOptions { Companion = true });
        await using var other = await OtherAsync(scene, haproxy);
        await using var session = await new PostgresServer(scene.Db1.Target("db1", Promoting)).OpenAsync(new(System.Net.IPAddress.Loopback, scene.Db1.Port), Cancel);
        var theirs = new PostgresNote(new Closure(scene.Manager.Store.Identity, "orders", 1, 2, "db2", new(System.Net.IPAddress.Loopback, scene.Db2.Port)), 1, Claimed: false);
        await PostgresDoors.CloseAsync(session, theirs, Cancel);

        foreach (var force in (bool[])[false, true])
        {
            (await other.SelectAsync("db2", force: force)).ShouldBeOfType<SwitchoverOutcome.Refused>().Message.ShouldContain($"db1 is closed to clients by dbswitch (switch orders, generation 2, manager {scene.Manager.Store.Identity}), since db2 (127.0.0.1:{scene.Db2.Port}) was to take its place");
        }

        // Nor does the server itself let it.
        await Should.ThrowAsync<DatabaseException>(() => PostgresDoors.CloseAsync(session, theirs with { By = theirs.By with { Manager = "another" } }, Cancel));
        (await PostgresDoors.NoteAsync(session, Cancel)).ShouldBe(theirs);
        await PostgresDoors.OpenAsync(session, theirs with { By = theirs.By with { Generation = 3 } }, Cancel);
        (await PostgresDoors.NoteAsync(session, Cancel)).ShouldBe(theirs);
        await PostgresDoors.OpenAsync(session, theirs, Cancel);
        (await PostgresDoors.NoteAsync(session, Cancel)).ShouldBeNull();
    }

    [Fact]
    public async Task Back_to_the_old_primary_would_lose_what_the_new_one_has_confirmed_and_no_force_does_that()
    {
        await using var scene = await PostgresScene.StartedAsync(Promoting);
        await scene.SwitchAsync("db2");
        await using var writers = new Writers(scene.Haproxy.ClientPort).Reconnecting(1);
        await writers.MoreAsync(5);

        (await scene.Manager.SelectAsync("db1", force: true)).ShouldBeOfType<SwitchoverOutcome.Refused>().Message
            .ShouldContain("db1 is a primary on timeline 1, and db2 is one on timeline 2: db1 was not promoted from it, and what db2 has confirmed since would be lost");

        await writers.MoreAsync(5);
        await writers.StopAsync();
        writers.FailedStatements.ShouldBeEmpty();
        await writers.AllAreInAsync(scene.Db2);

        // By two commands that say it, it is done: from none nothing is compared.
        await scene.Manager.SwitchToAsync(null);
        (await scene.Manager.SelectAsync("db1")).ShouldBeOfType<SwitchoverOutcome.Refused>().Message.ShouldContain("db1 is closed to clients by dbswitch (switch orders, generation");
        (await scene.Manager.SelectAsync("db1", force: true)).ShouldBeOfType<SwitchoverOutcome.Ended>().Record.Result.ShouldBe(SwitchoverResult.Succeeded);
        (await PostgresProbeTests.FactsAsync(scene.Db1)).Closed.ShouldBeFalse();
    }

    [Fact]
    public async Task What_was_not_promoted_from_the_old_primary_is_not_let_in_however_often_it_is_tried()
    {
        await using var scene = await PostgresScene.StartedAsync(Promoting);
        var by = new Closure(scene.Manager.Store.Identity, "orders", 1, 7, "db1", null);
        await using (var session = await new PostgresServer(scene.Db1.Target("db1", Promoting)).OpenAsync(new(System.Net.IPAddress.Loopback, scene.Db1.Port), Cancel))
        {
            await PostgresDoors.CloseAsync(session, new PostgresNote(by, 1, Claimed: false), Cancel);
        }

        // Each by a promotion that knows nothing of the one before, as after a restart.
        for (var i = 0; i < 3; i++)
        {
            await using var promotion = new PostgresPromotion(null, null, scene.Db1.Target("db1", Promoting), new(System.Net.IPAddress.Loopback, scene.Db1.Port), force: false, TimeProvider.System);
            (await Should.ThrowAsync<DatabaseException>(() => promotion.FinishAsync(by, Cancel))).Message.ShouldBe("db1 is a primary on timeline 1, like the one whose place it was to take: it was not promoted from it");
        }

        (await Should.ThrowAsync<PostgresException>(() => scene.Db1.ExecuteAsync("SELECT 1", "app", "orders"))).SqlState.ShouldBeOneOf("55000", "53300");
    }

    [Fact]
    public async Task Doctor_knows_two_switches_that_promote_in_one_cluster_whatever_they_call_it()
    {
        await using var scene = await PostgresScene.StartedAsync(Promoting);
        var told = await PostgresProbeTests.FactsAsync(scene.Db1);

        var finding = ClusterChecks.Check([("orders", "db1", told), ("orders", "db2", await PostgresProbeTests.FactsAsync(scene.Db2)), ("reports", "main", told)]).ShouldHaveSingleItem();

        (finding.Level, finding.Where).ShouldBe((FindingLevel.Error, "reports"));
        finding.What.ShouldBe("main is of one cluster with orders/db1, and both switches promote: when one of them moves its clients, the other's get no answer");
        ClusterChecks.Check([("orders", "db1", told), ("reports", "main", told with { SystemIdentifier = "8" })]).ShouldBeEmpty();
    }

    private static async Task<ManagerUnderTest> OtherAsync(PostgresScene scene, RealHaproxy haproxy)
    {
        var other = new ManagerUnderTest { Hold = TimeSpan.FromSeconds(10), Grace = TimeSpan.FromSeconds(1) }.Proxy("p", haproxy.ApiEndpoint).Switch("db1", scene.Db1.Target("db1", Promoting), scene.Db2.Target("db2", Promoting));
        await other.StartAsync();
        await other.SettledAsync("db1");
        return other;
    }
}
