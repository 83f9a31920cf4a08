using DbSwitch.Configuration;
using DbSwitch.Judging;
using DbSwitch.Model;
using DbSwitch.Proxies;
using DbSwitch.Storage;
using DbSwitch.Switching.Outcomes;

namespace DbSwitch.Tests.Switching;

/// <summary>Nothing that an operator does makes it worse: a refusal touches nothing, and what can't work is not begun.</summary>
public sealed class NeverWorseTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task A_hold_under_a_store_that_is_not_believed_is_refused_and_touches_nothing()
    {
        await using var haproxy = await RealHaproxy.StartAsync("3.0", new RealHaproxyOptions { Companion = true });
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        await using var manager = await ContradictedAsync(haproxy, db1, db2);
        using var open = new DbClient(haproxy.ClientPort);
        (await open.AskAsync("before")).Line.ShouldBe("db2 before");
        ClientExperience.Of(manager.Orders.Snapshot).Sentence.ShouldBe("Clients stay where the proxies send them, until a person decides");

        (await manager.Orders.HoldAsync("ann", "", Soon, CancellationToken.None)).ShouldBeOfType<HoldOutcome.Refused>().Why.Message.ShouldContain("Nothing is changed until a person decides");
        (await manager.Orders.ResumeAsync("ann", CancellationToken.None)).ShouldBeOfType<RequestOutcome.Done>().Message.ShouldBe("orders was not paused. Nothing is changed for clients until a person decides what is selected (dbswitch select).");
        (await manager.Orders.ReleaseAsync("ann", CancellationToken.None)).ShouldBeOfType<HoldOutcome.Done>().Message.ShouldContain("Nothing is changed for clients until a person decides");

        (await open.AskAsync("after")).Line.ShouldBe("db2 after");
        (await DbClient.AskOnceAsync(haproxy.ClientPort, "new")).Line.ShouldBe("db2 new");
        db1.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task An_older_store_moves_nobody_when_its_plain_proxy_answers_late()
    {
        await using var haproxy = await RealHaproxy.StartAsync("3.0");
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        await using var manager = new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint).Switch("db1", ("db1", db1.HostPort), ("db2", db2.HostPort));
        await manager.StartAsync();
        await manager.SettledAsync("db1");
        await manager.EndAsync();
        await Serve(haproxy, db1, db2);
        haproxy.Freeze();
        await manager.StartAsync();

        await Until.TrueAsync("the manager to say for whom it waits", () => manager.Orders.Snapshot.StartProblem?.Contains("waits for p before anything is changed", StringComparison.Ordinal) == true);
        haproxy.Thaw();

        await manager.Orders.DecidedAsync(Soon, TestContext.Current.CancellationToken);
        manager.Orders.Snapshot.NeedsPerson.ShouldNotBeNull().ShouldContain($"its proxies serve another target (p serves db2_{db2.Port}): an old store?");
        (await DbClient.AskOnceAsync(haproxy.ClientPort, "x")).Line.ShouldBe("db2 x");
    }

    [Fact]
    public async Task A_selection_that_a_hook_refuses_leaves_proxies_that_do_not_agree_as_they_are()
    {
        await using var first = await RealHaproxy.StartAsync("3.2");
        await using var second = await RealHaproxy.StartAsync("3.2");
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        await Serve(first, null, db1);
        await Serve(second, null, db2);
        await using var manager = new ManagerUnderTest { Hooks = [new HookConfiguration("change-freeze", "/bin/false", [NoticeEvents.BeforeSwitchover], Soon)] };
        await manager.Proxy("p1", first.ApiEndpoint).Proxy("p2", second.ApiEndpoint).Switch("db1", ("db1", db1.HostPort), ("db2", db2.HostPort)).StartAsync();
        await manager.Orders.DecidedAsync(Soon, TestContext.Current.CancellationToken);

        (await manager.SelectAsync("db2")).ShouldBeOfType<SwitchoverOutcome.Refused>().Message.ShouldContain("the hook change-freeze says no");

        (await DbClient.AskOnceAsync(first.ClientPort, "x")).Line.ShouldBe("db1 x");
        (await DbClient.AskOnceAsync(second.ClientPort, "x")).Line.ShouldBe("db2 x");
        manager.Orders.Snapshot.NeedsPerson.ShouldNotBeNull();
    }

    [Fact]
    public async Task What_the_file_calls_otherwise_is_taken_over_by_its_address_and_nobody_is_cut_off()
    {
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        await using var haproxy = await RealHaproxy.StartAsync("3.0", new RealHaproxyOptions { Backend = [$"server primary {db1.Address}"], MasterWorker = true });
        using var open = new DbClient(haproxy.ClientPort);
        (await open.AskAsync("before")).Line.ShouldBe("db1 before");

        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint, haproxy.MasterSocket).Switch(null, ("db1", db1.HostPort), ("db2", db2.HostPort)).StartAsync();
        await manager.SettledAsync("db1");

        (await open.AskAsync("after")).Line.ShouldBe("db1 after");
        (await DbClient.AskOnceAsync(haproxy.ClientPort, "new")).Line.ShouldBe("db1 new");
        ClientExperience.Of(manager.Orders.Snapshot).ShouldBe(new ClientExperience(ClientState.Served, "Clients go to db1"));
        manager.Orders.Snapshot.TargetOf(((ProxyObservation.Seen)manager.Orders.Snapshot.Latest[0].Observed).Servers.Single(s => s.Name == "primary")).ShouldBe("db1");

        // And away from it, and back.
        (await manager.SelectAsync("db2", force: true)).ShouldBeOfType<SwitchoverOutcome.Ended>().Record.Result.ShouldBe(SwitchoverResult.Succeeded);
        (await open.AskAsync("cut")).Line.ShouldBeNull();
        (await DbClient.AskOnceAsync(haproxy.ClientPort, "moved")).Line.ShouldBe("db2 moved");
        (await manager.SelectAsync("db1", force: true)).ShouldBeOfType<SwitchoverOutcome.Ended>().Record.Result.ShouldBe(SwitchoverResult.Succeeded);
        (await DbClient.AskOnceAsync(haproxy.ClientPort, "back")).Line.ShouldBe("db1 back");
    }

    [Theory, EveryHaproxy]
    public async Task What_can_not_be_fenced_is_not_begun_and_clients_stay_served(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { MasterWorker = true, Companion = true });
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint, haproxy.MasterSocket).Switch("db1", ("db1", db1.HostPort), ("db2", db2.HostPort)).StartAsync();
        await manager.SettledAsync("db1");
        using var open = new DbClient(haproxy.ClientPort);
        (await open.AskAsync("before")).Line.ShouldBe("db1 before");
        var old = haproxy.WorkerPids.Single();
        await haproxy.ReloadAsync();
        await Until.TrueAsync("the new worker to serve", async () => (await DbClient.AskOnceAsync(haproxy.ClientPort, "again")).Line is "db1 again");
        LinuxProcess.Stop(old);
        await Until.TrueAsync("the old worker to be silent", () => manager.Orders.Snapshot.Latest is [{ Observed: ProxyObservation.Seen { OldWorkers: [{ Problem: not null }] } }], seconds: 20);
        try
        {
            (await manager.SelectAsync("db2")).ShouldBeOfType<SwitchoverOutcome.Refused>().Message.ShouldContain($"an old worker (pid {old}), left over from a reload, can't be asked");
            (await manager.Orders.HoldAsync("ann", "", Soon, CancellationToken.None)).ShouldBeOfType<HoldOutcome.Refused>().Why.Message.ShouldContain($"an old worker (pid {old})");
            (await DbClient.AskOnceAsync(haproxy.ClientPort, "still")).Line.ShouldBe("db1 still");
            manager.Orders.Snapshot.Selection!.Generation.ShouldBe(1);
        }
        finally
        {
            LinuxProcess.Signal(old, LinuxProcess.SigCont);
        }

        await manager.SwitchToAsync("db2");
    }

    [Fact]
    public async Task A_generation_that_nobody_reaches_is_refused_by_the_script_and_by_the_store()
    {
        await using var haproxy = await RealHaproxy.StartAsync("3.0", new RealHaproxyOptions { Companion = true });
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint).Switch("db1", ("db1", db1.HostPort), ("db2", db2.HostPort)).StartAsync();
        await manager.SettledAsync("db1");

        (await haproxy.SendAsync("set dbswitch generation db_servers 9223372036854775807")).Trim().ShouldBe("refused: generation 9223372036854775807 is absurd");
        (await haproxy.SendAsync("set dbswitch generation db_servers 2000000000")).Trim().ShouldBe("refused: generation 2000000000 is absurd");

        await manager.SwitchToAsync("db2");
        await Should.ThrowAsync<StoreException>(() => manager.Store.BeginAsync("orders", Generations.Highest, new SwitchoverRequest("db1", "ann", ""), DateTimeOffset.UtcNow, CancellationToken.None));
    }

    [Fact]
    public async Task A_configuration_that_loses_sight_of_a_proxy_is_refused_until_that_was_released()
    {
        await using var first = await RealHaproxy.StartAsync("3.0", new RealHaproxyOptions { TcpApi = true });
        await using var second = await RealHaproxy.StartAsync("3.0");
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        await using var manager = await new ManagerUnderTest().Proxy("p1", first.ApiEndpoint).Proxy("p2", second.ApiEndpoint).Switch("db1", ("db1", db1.HostPort), ("db2", db2.HostPort)).StartAsync();
        await manager.SettledAsync("db1");
        var whole = manager.Configuration;
        var without = whole with { Switches = new Dictionary<string, SwitchConfiguration> { ["orders"] = whole.Switches["orders"] with { Proxies = ["p1"] } } };
        var elsewhere = whole with { Proxies = new Dictionary<string, ProxyConfiguration>(whole.Proxies) { ["p2"] = new ApiProxyConfiguration("p2", first.ApiEndpoint, null) } };
        var sameProcess = whole with { Proxies = new Dictionary<string, ProxyConfiguration>(whole.Proxies) { ["p1"] = new ApiProxyConfiguration("p1", first.TcpApiEndpoint, null) } };

        (await manager.Manager.ReloadAsync(without, CancellationToken.None)).ShouldHaveSingleItem().ShouldStartWith("switches.orders.proxies has no p2 any more: its clients would stay with what it serves now");
        (await manager.Manager.ReloadAsync(elsewhere, CancellationToken.None)).ShouldHaveSingleItem().ShouldContain("it could not be shown that the same HAProxy answers at both");
        (await manager.Manager.ReloadAsync(sameProcess, CancellationToken.None)).ShouldBeEmpty();
        (await manager.Manager.ReloadAsync(whole, CancellationToken.None)).ShouldBeEmpty();
        await manager.SettledAsync("db1");

        var released = (await manager.Orders.ReleaseProxyAsync("p2", "ann", CancellationToken.None)).ShouldBeOfType<RequestOutcome.Done>().Message;
        released.ShouldContain($"once it is out, its clients stay with db1_{db1.Port}, whatever is selected later");
        (await manager.Manager.ReloadAsync(without, CancellationToken.None)).ShouldBeEmpty();
        await Until.TrueAsync("the one that is left to be kept", () => manager.Orders.Snapshot.Latest is [{ Settled: true }]);
        await manager.SwitchToAsync("db2");
        (await DbClient.AskOnceAsync(first.ClientPort, "x")).Line.ShouldBe("db2 x");
        (await DbClient.AskOnceAsync(second.ClientPort, "x")).Line.ShouldBe("db1 x");
    }

    /// <summary>A store that says db1, over a proxy that serves db2 and has no memory of its own.</summary>
    private static async Task<ManagerUnderTest> ContradictedAsync(RealHaproxy haproxy, EchoDatabase db1, EchoDatabase db2)
    {
        var manager = new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint).Switch("db1", ("db1", db1.HostPort), ("db2", db2.HostPort));
        await manager.StartAsync();
        await manager.SettledAsync("db1");
        await manager.EndAsync();
        await Serve(haproxy, db1, db2);
        await manager.StartAsync();
        await manager.Orders.DecidedAsync(Soon, TestContext.Current.CancellationToken);
        manager.Orders.Snapshot.NeedsPerson.ShouldNotBeNull();
        return manager;
    }

    private static async Task Serve(RealHaproxy haproxy, EchoDatabase? instead, EchoDatabase database)
    {
        if (instead is not null)
        {
            await haproxy.SendAsync($"set server db_servers/{instead.Prefix}_{instead.Port} state maint");
        }

        await haproxy.SendAsync($"add server db_servers/{database.Prefix}_{database.Port} {database.Address}");
        await haproxy.SendAsync($"set server db_servers/{database.Prefix}_{database.Port} state ready");
    }
}
