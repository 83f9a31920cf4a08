using DbSwitch.Configuration;
using DbSwitch.Databases;
using DbSwitch.Databases.Postgres;
using DbSwitch.Switching.Outcomes;

namespace DbSwitch.Tests.Databases.Postgres;

/// <summary><c>promote: follow</c>: somebody else promotes, and clients follow when it is proven that they may.</summary>
public sealed class FollowTests
{
    private static readonly PostgresFacts Primary = new("7", "15", false, 1, 100, false, false);
    private static readonly Probe Hangs = new(Health.Unknown, "has not answered at 10.0.0.1:5432 within 2 s", default, default);
    private static readonly Probe Refuses = new(Health.Unhealthy, "refuses connections at 10.0.0.1:5432", default, default);

    [Fact]
    public void Clients_follow_to_the_one_primary_that_succeeds_one_which_takes_no_writes()
    {
        var promoted = Primary with { Timeline = 2 };
        Decide(Seen(Primary), Primary, Seen(Primary with { IsReplica = true })).ShouldBeOfType<FollowAnswer.Stay>();
        Decide(Refuses, Primary, Seen(promoted)).ShouldBeOfType<FollowAnswer.Go>().Target.ShouldBe("db2");
        var rejoined = Primary with { IsReplica = true, Timeline = 2 };
        Decide(Seen(rejoined), rejoined, Seen(promoted)).ShouldBeOfType<FollowAnswer.Go>().Target.ShouldBe("db2");
        Decide(Seen(Primary with { ReadOnly = true }), Primary, Seen(promoted)).ShouldBeOfType<FollowAnswer.Go>();
    }

    [Fact]
    public void What_is_not_proven_is_left_to_a_person()
    {
        var promoted = Primary with { Timeline = 2 };
        Asks(Decide(Hangs, Primary, Seen(promoted)), "db2 is the primary now, and whether db1 still takes writes is not known (has not answered at 10.0.0.1:5432 within 2 s)");
        Asks(Decide(Seen(Primary), Primary, Seen(promoted)), "db2 and db1 are both writable primaries");
        Asks(Decide(Refuses, Primary, Seen(Primary)), "db2 is a writable primary, and nothing proves that it was promoted after db1");
        Asks(Decide(Refuses, null, Seen(promoted)), "nothing proves that it was promoted after db1");
        Asks(Decide(Refuses, Primary, Seen(promoted with { SystemIdentifier = "8" })), "nothing proves that it was promoted after db1");
        Asks(Decide(Refuses, Primary, Seen(promoted), Seen(promoted)), "db2 and db3 are all writable primaries");
    }

    [Fact]
    public void Where_nobody_leads_clients_stay_and_it_is_said()
    {
        var replica = Primary with { IsReplica = true };
        var end = ", and no other target is known to lead; clients stay with db1 until one does: look at what promotes (Patroni and its etcd, repmgr, Sentinel, a person)";
        Decide(Seen(replica), Primary, Seen(replica)).ShouldBeOfType<FollowAnswer.NobodyLeads>().Why.ShouldBe("db1 takes no writes (replica that does not stream, timeline 1, PostgreSQL 15)" + end);
        Decide(Refuses, Primary, Hangs).ShouldBeOfType<FollowAnswer.NobodyLeads>().Why.ShouldBe("db1 refuses connections at 10.0.0.1:5432" + end);

        // One that does not answer may lead.
        Decide(Hangs, Primary, Seen(replica)).ShouldBeOfType<FollowAnswer.Stay>();
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Clients_follow_a_primary_that_somebody_else_promoted_and_lose_nothing_in_a_planned_one()
    {
        await using var scene = await PostgresScene.StartedAsync(RealPostgres.Settings with { Promote = Promotion.Follow, User = "watcher" });
        await using var writers = new Writers(scene.Haproxy.ClientPort).Reconnecting(2);
        await writers.MoreAsync(20);
        (await scene.Manager.SelectAsync("db2")).ShouldBeOfType<SwitchoverOutcome.Refused>().Message.ShouldContain("db2 is a replica, and \"promote: follow\" leaves promoting to others");

        // As a person does it: stopped cleanly, the replica promoted.
        await scene.Db1.StopAsync();
        await scene.Db2.ExecuteAsync("SELECT pg_promote()");

        await Until.TrueAsync("clients to follow", () => scene.Manager.Orders.Snapshot.Selection!.Target == "db2", seconds: 15);
        await writers.MoreAsync(20);
        await writers.StopAsync();
        await writers.AllAreInAsync(scene.Db2);
        scene.Manager.Orders.Snapshot.Selection!.By.ShouldBe("dbswitch");
        scene.Manager.Orders.Snapshot.Selection.Reason.ShouldStartWith($"db2 is the primary now, and db1 refuses connections at 127.0.0.1:{scene.Db1.Port} (primary, writable, timeline 2");

        // Back again: the old one is frozen this time, which proves nothing.
        await scene.Db1.RewindAsync(scene.Db2);
        scene.Db2.Freeze();
        await scene.Db1.ExecuteAsync("SELECT pg_promote()");
        await Until.TrueAsync("it to be said", () => scene.Manager.Orders.Snapshot.DatabaseProblem?.StartsWith("db1 is the primary now, and whether db2 still takes writes is not known (has not answered", StringComparison.Ordinal) == true, seconds: 15);
        scene.Manager.Orders.Snapshot.Selection!.Target.ShouldBe("db2");
        scene.Db2.Thaw();
        await Until.TrueAsync("both to be said", () => scene.Manager.Orders.Snapshot.DatabaseProblem?.StartsWith("db1 and db2 are both writable primaries", StringComparison.Ordinal) == true, seconds: 15);
    }

    private static void Asks(FollowAnswer answer, string why) => answer.ShouldBeOfType<FollowAnswer.AskPerson>().Why.ShouldContain(why);

    private static Probe Seen(PostgresFacts facts) => new(Health.Healthy, null, default, default) { Facts = facts };

    private static FollowAnswer Decide(Probe selected, PostgresFacts? known, params Probe[] others) =>
        FollowRules.Decide(new FollowedTarget("db1", selected, known), [.. others.Select((o, i) => new FollowedTarget($"db{i + 2}", o, o.Facts))]);
}
