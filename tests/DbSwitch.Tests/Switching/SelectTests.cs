using DbSwitch.Storage;
using DbSwitch.Switching.Outcomes;

namespace DbSwitch.Tests.Switching;

/// <summary>Selecting, on real proxies: what clients receive is what counts.</summary>
public sealed class SelectTests
{
    [Theory, EveryHaproxy]
    public async Task Clients_of_every_proxy_reach_the_selected_target_and_no_other(string version)
    {
        await using var first = await RealHaproxy.StartAsync(version);
        await using var second = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { TcpApi = true });
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        await using var manager = await new ManagerUnderTest().Proxy("p1", first.ApiEndpoint).Proxy("p2", second.TcpApiEndpoint).Switch(null, ("db1", db1.HostPort), ("db2", db2.HostPort)).StartAsync();

        await manager.SwitchToAsync("db1");
        (await DbClient.AskOnceAsync(first.ClientPort, "a")).ShouldBe(new DbAnswer("db1 a", null));
        (await DbClient.AskOnceAsync(second.ClientPort, "b")).ShouldBe(new DbAnswer("db1 b", null));
        await manager.SwitchToAsync("db2");
        (await DbClient.AskOnceAsync(first.ClientPort, "c")).ShouldBe(new DbAnswer("db2 c", null));
        (await DbClient.AskOnceAsync(second.ClientPort, "d")).ShouldBe(new DbAnswer("db2 d", null));
        await manager.SwitchToAsync(null);
        (await DbClient.AskOnceAsync(first.ClientPort, "e")).Line.ShouldBeNull();
        (await DbClient.AskOnceAsync(second.ClientPort, "f")).Line.ShouldBeNull();
    }

    [Theory, EveryHaproxy]
    public async Task An_open_session_with_the_old_target_is_cut_before_the_new_one_takes_clients(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version);
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint).Switch("db1", ("db1", db1.HostPort), ("db2", db2.HostPort)).StartAsync();
        await manager.SettledAsync("db1");
        using var client = new DbClient(haproxy.ClientPort);
        (await client.AskAsync("before")).Line.ShouldBe("db1 before");

        await manager.SwitchToAsync("db2");

        (await client.AskAsync("after")).Line.ShouldBeNull();
        db1.Requests.ShouldNotContain(r => r.Text == "after");
        manager.Orders.Log.SessionsCut.ShouldBeGreaterThanOrEqualTo(1);
    }

    [Theory, EveryHaproxy]
    public async Task No_answer_of_the_old_target_comes_after_the_first_of_the_new_one(string version)
    {
        await using var first = await RealHaproxy.StartAsync(version);
        await using var second = await RealHaproxy.StartAsync(version);
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        await using var manager = await new ManagerUnderTest { Grace = TimeSpan.FromSeconds(1) }.Proxy("p1", first.ApiEndpoint).Proxy("p2", second.ApiEndpoint).Switch("db1", ("db1", db1.HostPort), ("db2", db2.HostPort)).StartAsync();
        await manager.SettledAsync("db1");

        using var stop = new CancellationTokenSource();
        var loads = new[] { first.ClientPort, second.ClientPort, first.ClientPort, second.ClientPort }.Select(port => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                await DbClient.AskOnceAsync(port, "x");
            }
        })).ToList();
        for (var i = 0; i < 10; i++)
        {
            var (old, next) = i % 2 == 0 ? (db1, db2) : (db2, db1);
            var before = next.Requests.Count;
            await manager.SwitchToAsync(next.Prefix);
            await Until.TrueAsync("the new target to be asked", () => next.Requests.Count > before + 3);
            var firstOfNew = next.Requests.Skip(before).First().At;
            old.Requests.Last().At.ShouldBeLessThan(firstOfNew, $"switch {i}");
        }

        await stop.CancelAsync();
        await Task.WhenAll(loads);
    }

    [Theory, EveryHaproxy]
    public async Task Streams_that_HAProxy_opens_for_itself_do_not_hinder_the_proof(string version)
    {
        // A peer that never answers: HAProxy keeps trying, with streams that have no client and no server.
        using var silent = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions
        {
            Global = ["localpeer here"],
            Sections = ["peers mates", $"    peer here 127.0.0.1:{FreePort.Take()}", $"    peer there {silent.LocalEndpoint}", "backend sticky", "    stick-table type ip size 10 peers mates"],
        });
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint).Switch("db1", ("db1", db1.HostPort), ("db2", db2.HostPort)).StartAsync();
        await manager.SettledAsync("db1");
        await Until.TrueAsync("such a stream", async () => (await haproxy.SendAsync("show sess")).Contains("proto=?", StringComparison.Ordinal), seconds: 15);
        await manager.SwitchToAsync("db2");
        (await DbClient.AskOnceAsync(haproxy.ClientPort, "x")).Line.ShouldBe("db2 x");
    }

    [Fact]
    public async Task Selecting_what_is_selected_is_success_without_a_change()
    {
        await using var haproxy = await RealHaproxy.StartAsync("2.6");
        await using var db1 = new EchoDatabase("db1");
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint).Switch("db1", ("db1", db1.HostPort)).StartAsync();
        await manager.SettledAsync("db1");
        (await manager.SelectAsync("db1")).ShouldBeOfType<SwitchoverOutcome.Unchanged>();
        manager.Orders.Snapshot.Selection!.Generation.ShouldBe(1);
        (await manager.Store.HistoryAsync("orders", 10, TestContext.Current.CancellationToken)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_proxy_that_can_not_be_asked_refuses_the_switch_and_nothing_is_touched()
    {
        await using var living = await RealHaproxy.StartAsync("3.2");
        await using var dying = await RealHaproxy.StartAsync("3.2");
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        await using var manager = await new ManagerUnderTest().Proxy("living", living.ApiEndpoint).Proxy("dying", dying.ApiEndpoint).Switch("db1", ("db1", db1.HostPort), ("db2", db2.HostPort)).StartAsync();
        await manager.SettledAsync("db1");
        await dying.KillAsync();

        var refused = (await manager.SelectAsync("db2")).ShouldBeOfType<SwitchoverOutcome.Refused>();

        refused.Message.ShouldContain("dying: ");
        refused.Message.ShouldStartWith("Refused: ");
        (await DbClient.AskOnceAsync(living.ClientPort, "x")).Line.ShouldBe("db1 x");
        (await manager.Store.HistoryAsync("orders", 10, TestContext.Current.CancellationToken)).ShouldBeEmpty();
    }

    [Theory, EveryHaproxy]
    public async Task A_proxy_that_freezes_in_the_middle_rolls_the_switch_back_and_its_late_commands_do_no_harm(string version)
    {
        await using var first = await RealHaproxy.StartAsync(version);
        await using var frozen = await RealHaproxy.StartAsync(version);
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        await using var manager = await new ManagerUnderTest().Proxy("p1", first.ApiEndpoint).Proxy("frozen", frozen.ApiEndpoint).Switch("db1", ("db1", db1.HostPort), ("db2", db2.HostPort)).StartAsync();
        await manager.SettledAsync("db1");

        // A session that the drain lets live: the freeze falls into the fence.
        using var client = new DbClient(frozen.ClientPort);
        await client.AskAsync("open");
        var selecting = manager.RequestAsync(new SwitchoverRequest("db2", "test", "because"), drain: TimeSpan.FromSeconds(30));
        await Until.TrueAsync("the switchover to be journalled", () => manager.Orders.Snapshot.Running is not null);
        frozen.Freeze();
        var outcome = (await selecting).ShouldBeOfType<SwitchoverOutcome.Ended>();

        outcome.Record.Result.ShouldBe(SwitchoverResult.RolledBack, outcome.Message);
        outcome.Message.ShouldContain("frozen: ");
        manager.Orders.Snapshot.Selection.ShouldBe(manager.Orders.Snapshot.Selection! with { Target = "db1", Generation = 3 });
        (await DbClient.AskOnceAsync(first.ClientPort, "x")).Line.ShouldBe("db1 x");
        frozen.Thaw();
        await manager.SettledAsync("db1");
        (await DbClient.AskOnceAsync(frozen.ClientPort, "y")).Line.ShouldBe("db1 y");
        db2.Requests.ShouldBeEmpty();
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task A_proxy_that_is_down_blocks_a_switchover_unless_its_host_says_so()
    {
        await using var living = await RealHaproxy.StartAsync("3.2");
        await using var dead = await RealHaproxy.StartAsync("3.2");
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        await using var manager = await new ManagerUnderTest().Proxy("p1", living.ApiEndpoint).Proxy("p2", dead.ApiEndpoint).Switch("db1", ("db1", db1.HostPort), ("db2", db2.HostPort)).StartAsync();
        await manager.SettledAsync("db1");
        await dead.KillAsync();
        (await manager.SelectAsync("db2")).ShouldBeOfType<SwitchoverOutcome.Refused>().Message.ShouldContain("p2: ");

        manager.Down.Add("p2");
        await manager.SwitchToAsync("db2");

        (await DbClient.AskOnceAsync(living.ClientPort, "a")).Line.ShouldBe("db2 a");
        manager.Down.Remove("p2");
        await dead.RestartAsync();
        await manager.SettledAsync("db2");
        (await DbClient.AskOnceAsync(dead.ClientPort, "b")).Line.ShouldBe("db2 b");
    }

    [Fact]
    public async Task Of_two_at_once_one_wins_and_the_other_is_told_which()
    {
        await using var haproxy = await RealHaproxy.StartAsync("3.0");
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint).Switch(null, ("db1", db1.HostPort), ("db2", db2.HostPort)).StartAsync();
        await manager.Orders.DecidedAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        var outcomes = await Task.WhenAll(manager.SelectAsync("db1", "ann"), manager.SelectAsync("db2", "bob"));
        outcomes.Count(o => o is SwitchoverOutcome.Ended).ShouldBe(1);
        outcomes.OfType<SwitchoverOutcome.Refused>().ShouldHaveSingleItem().Reason.ShouldBe(RefusalReason.Conflict);
    }

    [Fact]
    public async Task Who_has_read_that_one_has_ended_can_begin_the_next_however_slow_the_machine_is()
    {
        await using var haproxy = await RealHaproxy.StartAsync("3.0");
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint).Switch("db1", ("db1", db1.HostPort), ("db2", db2.HostPort)).StartAsync();
        await manager.SettledAsync("db1");
        Task<SwitchoverOutcome>? next = null;
        manager.Orders.Progressed += (record, _) =>
        {
            if (record.Result != SwitchoverResult.Running && next is null)
            {
                next = Task.Run(() => manager.SelectAsync("db1"), TestContext.Current.CancellationToken);

                // What comes between the words of the end and its very end takes as long as this here.
                Thread.Sleep(300);
            }
        };

        await manager.SwitchToAsync("db2");

        (await next.ShouldNotBeNull()).ShouldBeOfType<SwitchoverOutcome.Ended>().Record.To.ShouldBe("db1");
    }

    [Fact]
    public async Task A_generation_that_has_moved_on_refuses()
    {
        await using var haproxy = await RealHaproxy.StartAsync("3.0");
        await using var db1 = new EchoDatabase("db1");
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint).Switch(null, ("db1", db1.HostPort)).StartAsync();
        await manager.Orders.DecidedAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        (await manager.SelectAsync("db1", ifGeneration: 7)).ShouldBeOfType<SwitchoverOutcome.Refused>().Message.ShouldContain("its generation is 1, not 7");
    }
}
