using DbSwitch.Proxies;
using DbSwitch.Storage;

namespace DbSwitch.Tests.Switching;

/// <summary>How a switch comes to its selection: an empty store never moves clients, and an unfinished switchover is undone or finished.</summary>
public sealed class StartingTests
{
    [Theory, EveryHaproxy]
    public async Task An_empty_store_takes_over_what_every_proxy_serves_whatever_initial_says(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version);
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        await haproxy.SendAsync($"add server db_servers/db2_{db2.Port} {db2.Address}");
        await haproxy.SendAsync($"set server db_servers/db2_{db2.Port} state ready");
        using var open = new DbClient(haproxy.ClientPort);
        await open.AskAsync("before");
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint).Switch("db1", ("db1", db1.HostPort), ("db2", db2.HostPort)).StartAsync();
        await manager.SettledAsync("db2");
        (await open.AskAsync("after")).Line.ShouldBe("db2 after");
    }

    [Fact]
    public async Task An_empty_store_with_proxies_that_do_not_agree_asks_a_person_and_changes_nothing()
    {
        await using var first = await RealHaproxy.StartAsync("3.2");
        await using var second = await RealHaproxy.StartAsync("3.2");
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        foreach (var (haproxy, db) in new[] { (first, db1), (second, db2) })
        {
            await haproxy.SendAsync($"add server db_servers/{db.Prefix}_{db.Port} {db.Address}");
            await haproxy.SendAsync($"set server db_servers/{db.Prefix}_{db.Port} state ready");
        }

        await using var manager = await new ManagerUnderTest().Proxy("p1", first.ApiEndpoint).Proxy("p2", second.ApiEndpoint).Switch("db1", ("db1", db1.HostPort), ("db2", db2.HostPort)).StartAsync();
        await manager.Orders.DecidedAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);

        manager.Orders.Snapshot.NeedsPerson.ShouldNotBeNull().ShouldContain($"p1 serves db1_{db1.Port}; p2 serves db2_{db2.Port}");
        (await DbClient.AskOnceAsync(first.ClientPort, "x")).Line.ShouldBe("db1 x");
        (await DbClient.AskOnceAsync(second.ClientPort, "x")).Line.ShouldBe("db2 x");

        (await manager.SelectAsync("db2")).Message.ShouldContain("db2 is selected");
        (await DbClient.AskOnceAsync(first.ClientPort, "y")).Line.ShouldBe("db2 y");
    }

    [Fact]
    public async Task While_a_proxy_is_missing_an_empty_store_decides_nothing()
    {
        await using var first = await RealHaproxy.StartAsync("3.0");
        await using var late = await RealHaproxy.StartAsync("3.0");
        await late.KillAsync();
        await using var db1 = new EchoDatabase("db1");
        await using var manager = await new ManagerUnderTest().Proxy("p1", first.ApiEndpoint).Proxy("late", late.ApiEndpoint).Switch("db1", ("db1", db1.HostPort)).StartAsync();
        await Until.TrueAsync("the first to be seen", () => manager.Orders.Snapshot.Latest.Any(r => r.Observed is ProxyObservation.Seen));
        manager.Orders.Snapshot.Selection.ShouldBeNull();
        (await manager.SelectAsync("db1")).Message.ShouldContain("not known yet (late: ");
        await late.RestartAsync();
        await manager.SettledAsync("db1");
    }

    [Theory, EveryHaproxy]
    public async Task A_switchover_that_was_not_committed_when_the_manager_ended_is_undone(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version);
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint).Switch("db1", ("db1", db1.HostPort), ("db2", db2.HostPort)).StartAsync();
        await manager.SettledAsync("db1");

        // Killed after the old server was put into maintenance.
        await manager.Store.BeginAsync("orders", 1, new SwitchoverRequest("db2", "ann", ""), DateTimeOffset.UtcNow, TestContext.Current.CancellationToken);
        await manager.EndAsync();
        await haproxy.SendAsync($"set server db_servers/db1_{db1.Port} state maint");
        await manager.StartAsync();

        await manager.SettledAsync("db1");
        (await DbClient.AskOnceAsync(haproxy.ClientPort, "x")).Line.ShouldBe("db1 x");
        manager.Orders.Snapshot.Selection!.Generation.ShouldBe(3);
        var record = (await manager.Store.HistoryAsync("orders", 1, TestContext.Current.CancellationToken)).ShouldHaveSingleItem();
        (record.Result, record.To).ShouldBe((SwitchoverResult.RolledBack, "db2"));
        await manager.SwitchToAsync("db2");
    }

    [Theory, EveryHaproxy]
    public async Task A_switchover_that_was_committed_when_the_manager_ended_is_finished(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version);
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint).Switch("db1", ("db1", db1.HostPort), ("db2", db2.HostPort)).StartAsync();
        await manager.SettledAsync("db1");
        var record = await manager.Store.BeginAsync("orders", 1, new SwitchoverRequest("db2", "ann", ""), DateTimeOffset.UtcNow, TestContext.Current.CancellationToken);
        await manager.Store.CommitAsync(record!, null, DateTimeOffset.UtcNow, TestContext.Current.CancellationToken);
        await manager.EndAsync();

        await manager.StartAsync();

        await manager.SettledAsync("db2");
        (await DbClient.AskOnceAsync(haproxy.ClientPort, "x")).Line.ShouldBe("db2 x");
        await Until.TrueAsync("its end to be noted", async () => (await manager.Store.FindAsync("orders", record!.Id, default))!.Result == SwitchoverResult.Succeeded);
    }

    [Fact]
    public async Task A_configuration_that_lacks_the_selected_target_is_refused_at_the_start()
    {
        await using var haproxy = await RealHaproxy.StartAsync("2.6");
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint).Switch("db1", ("db1", db1.HostPort)).StartAsync();
        await manager.SettledAsync("db1");
        await manager.EndAsync();
        manager.Switch(null, ("db2", db2.HostPort));
        var refused = await Should.ThrowAsync<Managing.ManagerException>(manager.StartAsync);
        refused.Message.ShouldContain("has no target db1, which is the one that is selected");
        (await DbClient.AskOnceAsync(haproxy.ClientPort, "x")).Line.ShouldBe("db1 x");
    }
}
