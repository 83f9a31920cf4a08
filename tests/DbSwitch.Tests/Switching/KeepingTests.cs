using System.Diagnostics;
using System.Net;
using DbSwitch.Keeping;
using DbSwitch.Model;
using DbSwitch.Proxies;
using DbSwitch.Switching.Outcomes;
using HaproxyRuntime;

namespace DbSwitch.Tests.Switching;

/// <summary>What the manager keeps, on real proxies, whatever happens to them.</summary>
public sealed class KeepingTests
{
    [Theory, EveryHaproxy]
    public async Task After_a_restart_the_proxy_serves_the_selected_target_again(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version);
        await using var db1 = new EchoDatabase("db1");
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint).Switch("db1", ("db1", db1.HostPort)).StartAsync();
        await manager.SettledAsync("db1");
        await haproxy.KillAsync();
        await Until.TrueAsync("the manager to miss the proxy", () => manager.Orders.Snapshot.Latest[0].Observed is ProxyObservation.Unknown);
        await haproxy.RestartAsync();
        await Until.TrueAsync("an answer", async () => (await DbClient.AskOnceAsync(haproxy.ClientPort, "x")).Line == "db1 x");
    }

    [Theory, EveryHaproxy]
    public async Task After_a_reload_with_an_open_session_the_new_worker_serves_the_selected_target_and_the_old_one_is_let_go(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { MasterWorker = true });
        await using var db1 = new EchoDatabase("db1");
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint).Switch("db1", ("db1", db1.HostPort)).StartAsync();
        await manager.SettledAsync("db1");
        using var open = new DbClient(haproxy.ClientPort);
        (await open.AskAsync("before")).Line.ShouldBe("db1 before");

        await haproxy.ReloadAsync();
        await Until.TrueAsync("an answer through the new worker", async () => (await DbClient.AskOnceAsync(haproxy.ClientPort, "x")).Line == "db1 x");
        (await open.AskAsync("after")).Line.ShouldBe("db1 after");

        // Our own connection must not be what keeps the old worker alive.
        open.Dispose();
        await Until.TrueAsync("the old worker to leave", () => haproxy.WorkerPids.Count == 1);
    }

    [Theory, EveryHaproxy]
    public async Task A_server_that_somebody_adds_is_fenced_within_a_tick_and_reported(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version);
        await using var db1 = new EchoDatabase("db1");
        await using var stranger = new EchoDatabase("stranger");
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint).Switch("db1", ("db1", db1.HostPort)).StartAsync();
        await manager.SettledAsync("db1");

        // In one go: a look between the two would delete it before it takes clients.
        await haproxy.SendAsync($"add server db_servers/stranger {stranger.Address}; set server db_servers/stranger state ready");
        using var client = new DbClient(haproxy.ClientPort);
        await client.AskAsync("through whichever");

        await Until.TrueAsync("the report", () => manager.Log.Lines.Any(l => l.StartsWith("Warning") && l.Contains("stranger put into maintenance") && l.Contains("none of this switch's targets")));
        await Until.TrueAsync("the stranger to be fenced", () => Server(manager, "stranger") is null or { Fenced: true });
        for (var i = 0; i < 10; i++)
        {
            (await DbClient.AskOnceAsync(haproxy.ClientPort, "x")).Line.ShouldBe("db1 x");
        }
    }

    [Theory, EveryHaproxy]
    public async Task Servers_of_the_configuration_file_are_fenced_before_the_selected_one_is_ready_and_pinned_ones_stay_in_maintenance(string version)
    {
        await using var db1 = new EchoDatabase("db1");
        await using var configured = new EchoDatabase("configured");
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { Backend = [$"server fixed {configured.Address}", $"server pinned {configured.Address}", "use-server pinned if { src 10.9.9.9 }"] });
        using var client = new DbClient(haproxy.ClientPort);
        (await client.AskAsync("before")).Line.ShouldBe("configured before");
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint).Switch(null, ("db1", db1.HostPort)).StartAsync();
        await manager.Orders.DecidedAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        manager.Orders.Snapshot.NeedsPerson.ShouldNotBeNull().ShouldContain("fixed");

        // By force: on a slow machine HAProxy has served long enough for them to count as servers that come back by themselves.
        (await manager.SelectAsync("db1", force: true)).Message.ShouldContain("db1 is selected");

        (await client.AskAsync("after")).Line.ShouldBeNull();
        (await DbClient.AskOnceAsync(haproxy.ClientPort, "x")).Line.ShouldBe("db1 x");
        await manager.SettledAsync("db1");
        await Until.TrueAsync("HAProxy to refuse its deletion", () => Server(manager, "pinned")?.Pinned == HaproxyBinary.CapabilitiesOf(version).Can(HaproxyRuntime.HaproxyFeature.DeleteServer), seconds: 10);
        Server(manager, "pinned")!.Fenced.ShouldBeTrue();
        configured.Requests.Count.ShouldBe(1);
    }

    [Theory, EveryHaproxy]
    public async Task A_database_that_comes_back_with_another_address_is_followed_by_fence_change_activate(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version);
        await using var old = new EchoDatabase("old");
        await using var moved = new EchoDatabase("moved", ipv6: true, port: old.Port);
        await using var manager = new ManagerUnderTest();
        manager.Names["db1.test"] = [IPAddress.Loopback];
        await manager.Proxy("p", haproxy.ApiEndpoint).Switch("db1", ("db1", new HostPort("db1.test", old.Port))).StartAsync();
        await manager.SettledAsync("db1");
        (await DbClient.AskOnceAsync(haproxy.ClientPort, "x")).Line.ShouldBe("old x");
        using var open = new DbClient(haproxy.ClientPort);
        await open.AskAsync("open");

        // A present address stays while it is among the answers.
        manager.Names["db1.test"] = [IPAddress.IPv6Loopback, IPAddress.Loopback];
        await manager.Orders.ResolveNamesAsync(TestContext.Current.CancellationToken);
        (await DbClient.AskOnceAsync(haproxy.ClientPort, "y")).Line.ShouldBe("old y");

        manager.Names["db1.test"] = [IPAddress.IPv6Loopback];
        await manager.Orders.ResolveNamesAsync(TestContext.Current.CancellationToken);
        await Until.TrueAsync("the new address to serve", async () => (await DbClient.AskOnceAsync(haproxy.ClientPort, "z")).Line == "moved z");
        (await open.AskAsync("cut")).Line.ShouldBeNull();

        // The last good one stays when the name does not resolve any more.
        manager.Names.Clear();
        await manager.Orders.ResolveNamesAsync(TestContext.Current.CancellationToken);
        (await DbClient.AskOnceAsync(haproxy.ClientPort, "w")).Line.ShouldBe("moved w");
        manager.Orders.Snapshot.Targets["db1"].Address.Problem.ShouldNotBeNull().ShouldContain("does not resolve");
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task A_new_address_is_not_used_anywhere_while_one_proxy_still_serves_the_old_one()
    {
        await using var healthy = await RealHaproxy.StartAsync("3.2");
        await using var frozen = await RealHaproxy.StartAsync("3.2");
        await using var old = new EchoDatabase("old");
        await using var moved = new EchoDatabase("moved", ipv6: true, port: old.Port);
        await using var manager = new ManagerUnderTest();
        manager.Names["db1.test"] = [IPAddress.Loopback];
        await manager.Proxy("healthy", healthy.ApiEndpoint).Proxy("frozen", frozen.ApiEndpoint).Switch("db1", ("db1", new HostPort("db1.test", old.Port))).StartAsync();
        await manager.SettledAsync("db1");
        frozen.Freeze();
        await Until.TrueAsync("the frozen one to be missed", () => manager.Orders.Snapshot.Latest.Any(r => r.Observed is ProxyObservation.Unknown));

        manager.Names["db1.test"] = [IPAddress.IPv6Loopback];
        await manager.Orders.ResolveNamesAsync(TestContext.Current.CancellationToken);
        await Until.TrueAsync("the problem to be told", () => manager.Orders.Snapshot.MoveProblem is not null, seconds: 30);
        manager.Orders.Snapshot.MoveProblem.ShouldNotBeNull().ShouldContain("frozen: ");
        (await DbClient.AskOnceAsync(healthy.ClientPort, "x")).Line.ShouldBe("old x");

        // Nor by the next manager, which finds the new address at its start.
        await manager.EndAsync();
        await manager.StartAsync();
        await Until.TrueAsync("the problem to be told again", () => manager.Orders.Snapshot.MoveProblem is not null, seconds: 30);
        (await DbClient.AskOnceAsync(healthy.ClientPort, "y")).Line.ShouldBe("old y");
        moved.Requests.ShouldBeEmpty();

        frozen.Thaw();
        await Until.TrueAsync("both to serve the new address", async () =>
            (await DbClient.AskOnceAsync(healthy.ClientPort, "z")).Line == "moved z" && (await DbClient.AskOnceAsync(frozen.ClientPort, "z")).Line == "moved z", seconds: 15);
    }

    [Fact]
    public async Task A_dead_and_a_frozen_proxy_delay_no_other()
    {
        await using var healthy = await RealHaproxy.StartAsync("3.2", new RealHaproxyOptions { MasterWorker = true });
        await using var frozen = await RealHaproxy.StartAsync("3.2");
        await using var dead = await RealHaproxy.StartAsync("3.2");
        await using var db1 = new EchoDatabase("db1");
        await using var manager = await new ManagerUnderTest().Proxy("healthy", healthy.ApiEndpoint).Proxy("frozen", frozen.ApiEndpoint).Proxy("dead", dead.ApiEndpoint).Switch("db1", ("db1", db1.HostPort)).StartAsync();
        await manager.SettledAsync("db1");
        frozen.Freeze();
        await dead.KillAsync();
        await Until.TrueAsync("both to be missed", () => manager.Orders.Snapshot.Latest.Count(r => r.Observed is ProxyObservation.Unknown) == 2);

        // The others' timeouts are 2 s each, and would be there each time; what else goes on at the machine is not.
        var took = new List<TimeSpan>();
        for (var reload = 1; reload <= 3; reload++)
        {
            await healthy.ReloadAsync();
            var watch = Stopwatch.StartNew();
            await Until.TrueAsync("an answer through the new worker", async () => (await DbClient.AskOnceAsync(healthy.ClientPort, "x")).Line == "db1 x");
            took.Add(watch.Elapsed);
        }

        took.Min().ShouldBeLessThan(TimeSpan.FromSeconds(1));
        frozen.Thaw();
        await dead.RestartAsync();
        await manager.SettledAsync("db1");
    }

    [Theory, EveryHaproxy]
    public async Task Paused_it_reports_and_changes_nothing_and_resumed_it_puts_back_what_it_keeps(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version);
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint).Switch("db1", ("db1", db1.HostPort), ("db2", db2.HostPort)).StartAsync();
        await manager.SettledAsync("db1");
        var mine = manager.Orders.Snapshot.Latest[0].Goal!.Server!.Name;
        await manager.Orders.PauseAsync(new PauseState("ann", "by hand", DateTimeOffset.UtcNow), TestContext.Current.CancellationToken);

        await haproxy.SendAsync($"set server db_servers/{mine} state maint");
        await Until.TrueAsync("the drift to be reported", () => manager.Orders.Snapshot.Latest[0].Withheld.OfType<Step.MakeReady>().Any(), seconds: 4);
        (await DbClient.AskOnceAsync(haproxy.ClientPort, "x")).Line.ShouldBeNull();
        (await manager.SelectAsync("db2")).Message.ShouldContain("paused by ann (by hand)");

        var said = (await manager.Orders.ResumeAsync("ann", TestContext.Current.CancellationToken)).ShouldBeOfType<RequestOutcome.Done>().PutBack;

        said.ShouldBe([$"p: {mine} made ready"]);
        (await DbClient.AskOnceAsync(haproxy.ClientPort, "y")).Line.ShouldBe("db1 y");
    }

    [Fact]
    public async Task A_pause_survives_the_manager()
    {
        await using var haproxy = await RealHaproxy.StartAsync("2.6");
        await using var db1 = new EchoDatabase("db1");
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint).Switch("db1", ("db1", db1.HostPort)).StartAsync();
        await manager.SettledAsync("db1");
        await manager.Orders.PauseAsync(new PauseState("ann", "", DateTimeOffset.UtcNow), TestContext.Current.CancellationToken);
        await manager.EndAsync();
        await manager.StartAsync();
        manager.Orders.Snapshot.Pause.ShouldNotBeNull().By.ShouldBe("ann");
    }

    [Fact]
    public async Task Several_switches_share_one_proxy_and_are_switched_apart()
    {
        await using var haproxy = await RealHaproxy.StartAsync("3.0", new RealHaproxyOptions { Sections = ["backend other_servers", "    balance roundrobin"] });
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint)
            .Switch("db1", ("db1", db1.HostPort), ("db2", db2.HostPort))
            .Switch("other", "other_servers", "db2", ("db1", db1.HostPort), ("db2", db2.HostPort)).StartAsync();
        await manager.SettledAsync("db1");
        var other = manager.Manager.Switches["other"];
        await Until.TrueAsync("the other to settle", () => other.Snapshot.Selection?.Target == "db2" && other.Snapshot.Latest.All(r => r.Settled));
        await manager.SwitchToAsync("db2");
        other.Snapshot.Selection!.Generation.ShouldBe(1);
        (await DbClient.AskOnceAsync(haproxy.ClientPort, "x")).Line.ShouldBe("db2 x");
    }

    private static ObservedServer? Server(ManagerUnderTest manager, string name) =>
        manager.Orders.Snapshot.Latest[0].Observed is ProxyObservation.Seen seen ? seen.Servers.FirstOrDefault(s => s.Name == name) : throw new InvalidOperationException("not seen");
}
