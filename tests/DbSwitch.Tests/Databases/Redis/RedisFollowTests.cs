using DbSwitch.Configuration;
using DbSwitch.Storage;

namespace DbSwitch.Tests.Databases.Redis;

/// <summary>Where Sentinel promotes, clients go after what both servers say of themselves.</summary>
[Trait("Category", "Slow")]
public sealed class RedisFollowTests
{
    private static readonly DbSwitch.Databases.Redis.RedisDatabase Following = RealRedis.Settings with { Promote = Promotion.Follow };

    [Fact]
    public async Task Clients_follow_a_failover_and_a_promotion_by_hand()
    {
        await using var scene = await RedisScene.StartedAsync(Following);
        await using var sentinel = await RealRedis.SentinelAsync(scene.Db1);
        await Until.TrueAsync("Sentinel to know the replica", async () => (await sentinel.TextAsync("INFO")).Contains("slaves=1", StringComparison.Ordinal), seconds: 30);

        await scene.Db1.KillAsync();

        await Until.TrueAsync("clients to have followed", async () => (await scene.Manager.Store.HistoryAsync("orders", 1, TestContext.Current.CancellationToken)).SingleOrDefault() is { To: "db2", Result: not SwitchoverResult.Running }, seconds: 90);
        var record = (await scene.Manager.Store.HistoryAsync("orders", 1, TestContext.Current.CancellationToken)).Single();
        (record.By, record.Result).ShouldBe(("dbswitch", SwitchoverResult.Succeeded));
        record.Reason.ShouldStartWith("db2 is the primary now, and db1 refuses connections");

        // It is back, Sentinel makes a replica of it, and a person has it promoted again.
        await scene.Db1.StartAgainAsync();
        await Until.TrueAsync("Sentinel to make a replica of it", async () => await scene.Db1.InfoAsync("master_link_status") == "up", seconds: 90);
        await Until.TrueAsync("Sentinel to do it", async () => await sentinel.SayAsync("SENTINEL", "FAILOVER", "orders") is DbSwitch.Databases.Redis.RespValue.Text, seconds: 90);
        await Until.TrueAsync("clients to follow", () => scene.Manager.Orders.Snapshot.Selection?.Target == "db1", seconds: 90);
        await scene.Manager.SettledAsync("db1");
    }

    [Fact]
    public async Task Nobody_follows_to_a_primary_that_was_not_promoted_from_the_selected_one()
    {
        await using var scene = await RedisScene.StartedAsync(Following);
        await scene.Db2.DoAsync("REPLICAOF", "NO", "ONE");
        await Until.TrueAsync("two primaries to be said", () => scene.Manager.Orders.Snapshot.DatabaseProblem is not null, seconds: 15);
        scene.Manager.Orders.Snapshot.DatabaseProblem.ShouldNotBeNull().ShouldMatch("db2 and db1 are both writable primaries|nothing proves that it was promoted after db1");
        scene.Manager.Orders.Snapshot.Selection!.Target.ShouldBe("db1");
    }
}
