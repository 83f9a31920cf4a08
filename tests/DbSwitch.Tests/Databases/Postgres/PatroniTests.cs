using DbSwitch.Configuration;
using DbSwitch.Tests.Switching;

namespace DbSwitch.Tests.Databases.Postgres;

/// <summary><c>promote: follow</c> after a real Patroni: clients go where it has its leader.</summary>
[Trait("Category", "Slow")]
public sealed class PatroniTests
{
    [Fact]
    public async Task Clients_follow_its_switchover_and_the_kill_of_its_leader_and_no_confirmed_write_is_lost()
    {
        await using var patroni = await PatroniCluster.StartAsync();
        await using var haproxy = await RealHaproxy.StartAsync("3.2", new RealHaproxyOptions { Companion = true });
        var settings = RealPostgres.Settings with { Promote = Promotion.Follow, User = "watcher" };
        var first = await patroni.LeaderAsync();
        await using var manager = new ManagerUnderTest { Hold = TimeSpan.FromSeconds(10) }.Proxy("p", haproxy.ApiEndpoint).Switch(first, patroni.Target("db1", settings), patroni.Target("db2", settings));
        await manager.StartAsync();
        await SelectTests.SettledAsync(manager, first);
        await using var writers = new Writers(haproxy.ClientPort).Reconnecting(3);
        await writers.MoreAsync(50);

        await patroni.SwitchoverAsync(first);

        var second = PatroniCluster.Other(first);
        await Until.TrueAsync("clients to follow", () => manager.Orders.Selection!.Target == second, seconds: 60);
        await writers.MoreAsync(50);
        (await patroni.LeaderAsync()).ShouldBe(second);
        manager.Orders.Selection!.By.ShouldBe("dbswitch");
        manager.Orders.Selection.Reason.ShouldStartWith($"{second} is the primary now, and {first} ");
        await writers.MoreAsync(50);

        patroni.KillPostgres(second);

        await Until.TrueAsync("clients to follow", () => manager.Orders.Selection!.Target == first, seconds: 60);
        await writers.MoreAsync(50);
        await writers.StopAsync();
        (await patroni.LeaderAsync()).ShouldBe(first);
        await using var connection = patroni.Connection(first, "app", "orders");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await writers.AllAreInAsync(connection);
    }
}
