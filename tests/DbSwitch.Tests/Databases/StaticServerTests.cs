using DbSwitch.Switching.Outcomes;

namespace DbSwitch.Tests.Databases;

/// <summary>Servers of haproxy.cfg that take clients by themselves after each start: a switchover beside them is refused.</summary>
public sealed class StaticServerTests
{
    [Theory, EveryHaproxy]
    public async Task A_server_that_came_up_by_itself_when_HAProxy_was_started_again_refuses_until_it_is_disabled(string version)
    {
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { Backend = [$"server old {db2.Address}"] });
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint).Switch(null, ("db1", db1.HostPort), ("db2", db2.HostPort)).StartAsync();
        await Until.TrueAsync("the switch to know its proxy", () => manager.Orders.Snapshot.Latest is [{ Observed: DbSwitch.Proxies.ProxyObservation.Seen }]);
        var pid = Pid(manager);
        await haproxy.RestartAsync();
        await Until.TrueAsync("the new process to be seen", () => Pid(manager) is { } now && now != pid);
        await Until.TrueAsync("its servers to be known", async () => (await manager.SelectAsync("db1")).Message.Contains("take clients by themselves", StringComparison.Ordinal));

        (await manager.SelectAsync("db1")).ShouldBeOfType<SwitchoverOutcome.Refused>().Message.ShouldBe(
            "Refused: servers of HAProxy's configuration file take clients by themselves after each start and reload (old in that of p). In haproxy.cfg, write \"disabled\" behind them or delete them, then reload HAProxy.");
        (await manager.SelectAsync("db1", force: true)).ShouldBeOfType<SwitchoverOutcome.Ended>().Record.Waivers.ShouldStartWith("forced although servers of HAProxy's configuration file take clients by themselves");
    }

    [Theory, EveryHaproxy]
    public async Task A_disabled_one_and_the_way_back_to_the_front_do_not(string version)
    {
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { Companion = true, Backend = [$"server old {db2.Address} disabled"] });
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint).Switch("db1", ("db1", db1.HostPort), ("db2", db2.HostPort)).StartAsync();
        await manager.SettledAsync("db1");
        var pid = Pid(manager);
        await haproxy.RestartAsync();
        await Until.TrueAsync("the new process to be seen", () => Pid(manager) is { } now && now != pid);
        await manager.SettledAsync("db1");
        await manager.SwitchToAsync("db2");
    }

    private static int? Pid(ManagerUnderTest manager) => (manager.Orders.Snapshot.Latest is [{ Observed: DbSwitch.Proxies.ProxyObservation.Seen seen }] ? seen : null)?.Process.Pid;
}
