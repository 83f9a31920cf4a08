using System.Text.RegularExpressions;
using DbSwitch.Configuration;
using DbSwitch.Storage;
using DbSwitch.Switching.Outcomes;

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
        await manager.SettledAsync(first);
        await using var writers = new Writers(haproxy.ClientPort).Reconnecting(3);
        await writers.MoreAsync(50);

        await patroni.SwitchoverAsync(first);

        var second = PatroniCluster.Other(first);
        await Until.TrueAsync("clients to follow", () => manager.Orders.Snapshot.Selection!.Target == second, seconds: 60);
        await writers.MoreAsync(50);
        (await patroni.LeaderAsync()).ShouldBe(second);
        manager.Orders.Snapshot.Selection!.By.ShouldBe("dbswitch");
        manager.Orders.Snapshot.Selection.Reason.ShouldStartWith($"{second} is the primary now, and {first} ");
        await writers.MoreAsync(50);

        patroni.KillPostgres(second);

        await Until.TrueAsync("clients to follow", () => manager.Orders.Snapshot.Selection!.Target == first, seconds: 60);
        await writers.MoreAsync(50);
        await writers.StopAsync();
        (await patroni.LeaderAsync()).ShouldBe(first);
        await using var connection = patroni.Connection(first, "app", "orders");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await writers.AllAreInAsync(connection);
    }

    [Fact]
    public async Task Without_its_etcd_nobody_leads_and_without_its_leaders_own_process_two_do_and_clients_stay_until_it_is_certain()
    {
        await using var patroni = await PatroniCluster.StartAsync();
        await using var haproxy = await RealHaproxy.StartAsync("3.2", new RealHaproxyOptions { Companion = true });
        var settings = RealPostgres.Settings with { Promote = Promotion.Follow, User = "watcher" };
        var first = await patroni.LeaderAsync();
        await using var manager = new ManagerUnderTest { Hold = TimeSpan.FromSeconds(10) }.Proxy("p", haproxy.ApiEndpoint).Switch(first, patroni.Target("db1", settings), patroni.Target("db2", settings));
        await manager.StartAsync();
        await manager.SettledAsync(first);

        // None is cancelled that waits for the synchronous replica: PostgreSQL would confirm it, though it is in one place alone.
        await using var writers = new Writers(haproxy.ClientPort, patience: 120).Reconnecting(3);
        await writers.MoreAsync(50);

        // Patroni's leader makes itself a replica, since it can't be certain any more that it is the only one.
        await patroni.KillEtcdAsync();
        await SaidAsync(manager, $"^{first} takes no writes \\(replica .*\\), and no other target is known to lead; clients stay with {first} until one does: look at what promotes ");
        manager.Orders.Snapshot.Selection!.Target.ShouldBe(first);
        await patroni.StartEtcdAsync();
        await Until.TrueAsync("nothing to be wrong any more", () => manager.Orders.Snapshot.DatabaseProblem is null, seconds: 90);
        var leader = await patroni.LeaderAsync();
        await Until.TrueAsync("clients to be with its leader", () => manager.Orders.Snapshot.Selection!.Target == leader, seconds: 60);
        await writers.MoreAsync(50);

        // Nobody renews what the leader holds, and nobody makes its PostgreSQL a replica.
        await patroni.KillPatroniAsync(leader);
        var other = PatroniCluster.Other(leader);
        await SaidAsync(manager, $"^{other} and {leader} are both writable primaries; clients stay with {leader} until it takes no writes any more, or a person says \"dbswitch select {other} --force\"$");
        manager.Orders.Snapshot.Selection!.Target.ShouldBe(leader);

        // The old one waits for the replica that it has lost, and confirms nothing meanwhile; but a Patroni that comes back takes that from it before it makes it a replica: clients first.
        (await manager.SelectAsync(other, force: true)).ShouldBeOfType<SwitchoverOutcome.Ended>().Record.Result.ShouldBe(SwitchoverResult.Succeeded);
        await patroni.StartPatroniAsync(leader);
        await writers.MoreAsync(50);
        await Until.TrueAsync("nothing to be wrong any more", () => manager.Orders.Snapshot.DatabaseProblem is null, seconds: 90);
        await writers.StopAsync();
        (await patroni.LeaderAsync()).ShouldBe(other);
        await using var connection = patroni.Connection(other, "app", "orders");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await writers.AllAreInAsync(connection);
    }

    private static Task SaidAsync(ManagerUnderTest manager, string pattern) =>
        Until.TrueAsync($"it to be said that {pattern}", () => manager.Orders.Snapshot.DatabaseProblem is { } problem && Regex.IsMatch(problem, pattern), seconds: 90);
}
