using DbSwitch.Storage;
using DbSwitch.Switching.Outcomes;

namespace DbSwitch.Tests.Switching;

/// <summary>What an operator can say that the manager can't prove, and time that he gives the old target.</summary>
public sealed class WaiverTests
{
    [Theory, EveryHaproxy]
    [Trait("Category", "Slow")]
    public async Task Without_a_proxy_that_can_t_be_asked_the_others_are_switched_and_it_follows_when_it_is_back(string version)
    {
        await using var first = await RealHaproxy.StartAsync(version);
        await using var second = await RealHaproxy.StartAsync(version);
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        await using var manager = await new ManagerUnderTest().Proxy("p1", first.ApiEndpoint).Proxy("p2", second.ApiEndpoint).Switch("db1", ("db1", db1.HostPort), ("db2", db2.HostPort)).StartAsync();
        await manager.SettledAsync("db1");
        second.Freeze();
        (await manager.SelectAsync("db2")).ShouldBeOfType<SwitchoverOutcome.Refused>().Message.ShouldStartWith("Refused: p2: ");

        var record = (await manager.RequestAsync(Without("p2"))).ShouldBeOfType<SwitchoverOutcome.Ended>().Record;

        record.Result.ShouldBe(SwitchoverResult.Succeeded);
        record.Message.ShouldContain("; without p2, at the operator's request; ");
        (await manager.Store.FindAsync("orders", record.Id, CancellationToken.None)).ShouldNotBeNull().Waivers.ShouldBe("without p2, at the operator's request");
        (await DbClient.AskOnceAsync(first.ClientPort, "on")).Line.ShouldBe("db2 on");
        second.Thaw();
        await Until.TrueAsync("the other to follow", () => manager.Orders.Snapshot.Latest.All(r => r.Settled));
        (await DbClient.AskOnceAsync(second.ClientPort, "too")).Line.ShouldBe("db2 too");
    }

    [Fact]
    public async Task It_must_be_a_proxy_of_the_switch_and_not_all_of_them()
    {
        await using var haproxy = await RealHaproxy.StartAsync("3.0");
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        await using var manager = await new ManagerUnderTest().Proxy("p1", haproxy.ApiEndpoint).Switch("db1", ("db1", db1.HostPort), ("db2", db2.HostPort)).StartAsync();
        await manager.SettledAsync("db1");

        (await manager.RequestAsync(Without("p2"))).Message.ShouldBe("orders has no proxy p2 to do without; its proxies are p1.");
        (await manager.RequestAsync(Without("p1"))).Message.ShouldBe("Refused: without all of its proxies there is nothing to switch.");
    }

    [Fact]
    public async Task The_time_to_settle_is_waited_after_the_proof_and_before_anybody_is_let_in()
    {
        await using var haproxy = await RealHaproxy.StartAsync("3.0", new RealHaproxyOptions { Companion = true });
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        await using var manager = await new ManagerUnderTest { Settle = TimeSpan.FromSeconds(1) }.Proxy("p", haproxy.ApiEndpoint).Switch("db1", ("db1", db1.HostPort), ("db2", db2.HostPort)).StartAsync();
        await manager.SettledAsync("db1");
        using var open = new DbClient(haproxy.ClientPort);
        (await open.AskAsync("before")).Line.ShouldBe("db1 before");
        var began = DateTimeOffset.UtcNow;

        var switching = manager.SelectAsync("db2");
        await Until.TrueAsync("the open session to be cut", async () => (await open.AskAsync("on")).Line is null);
        var next = await DbClient.AskOnceAsync(haproxy.ClientPort, "next", TimeSpan.FromSeconds(10));

        next.Line.ShouldBe("db2 next");
        var last = db1.Requests.Last().At;
        (db2.Requests.Single().At - last).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(1));
        (db2.Requests.Single().At - began).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(1));
        (await switching).ShouldBeOfType<SwitchoverOutcome.Ended>().Record.Report.ShouldNotBeNull().Phases.Single(p => p.Phase == SwitchoverPhase.Settle).Took.ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task While_it_settles_it_can_be_aborted()
    {
        await using var haproxy = await RealHaproxy.StartAsync("3.0", new RealHaproxyOptions { Companion = true });
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        await using var manager = await new ManagerUnderTest { Settle = TimeSpan.FromSeconds(20) }.Proxy("p", haproxy.ApiEndpoint).Switch("db1", ("db1", db1.HostPort), ("db2", db2.HostPort)).StartAsync();
        await manager.SettledAsync("db1");
        var switching = manager.SelectAsync("db2");
        await Until.TrueAsync("the fence", () => manager.Orders.Snapshot.Latest is [{ Fenced: true, Goal.MayBeReady: false }]);

        await manager.Orders.AbortAsync(manager.Orders.Snapshot.Running!.Id, "me", CancellationToken.None);

        (await switching).Message.ShouldStartWith("orders: rolled back, clients stay with db1: aborted by me.");
        (await DbClient.AskOnceAsync(haproxy.ClientPort, "on")).Line.ShouldBe("db1 on");
    }

    private static SwitchoverRequest Without(string proxy) => new("db2", "test", "") { Without = [proxy] };
}
