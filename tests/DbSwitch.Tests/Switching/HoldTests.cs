using System.Net;
using DbSwitch.Model;
using DbSwitch.Proxies;
using DbSwitch.Storage;
using DbSwitch.Switching.Outcomes;

namespace DbSwitch.Tests.Switching;

/// <summary>New connections are made to wait without a switchover: everybody sees by whom, and it ends by itself.</summary>
public sealed class HoldTests
{
    private static readonly RealHaproxyOptions WithScript = new() { Companion = true, MasterWorker = true };
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(40);

    [Theory, EveryHaproxy]
    public async Task New_connections_wait_open_sessions_go_on_and_a_release_lets_all_go_on(string version)
    {
        await using var scene = await HeldScene.StartAsync(version);
        using var open = new DbClient(scene.Haproxy.ClientPort);
        (await open.AskAsync("before")).Line.ShouldBe("db1 before");

        (await scene.HoldAsync(Long)).ShouldContain("orders: new connections wait until ");
        scene.Manager.Orders.Snapshot.Hold.ShouldNotBeNull().Reason.ShouldBe("a backup");
        var waiting = Enumerable.Range(0, 5).Select(i => DbClient.AskOnceAsync(scene.Haproxy.ClientPort, $"{i}", Long)).ToList();
        await scene.UntilWaitingAsync(5);
        (await open.AskAsync("meanwhile")).Line.ShouldBe("db1 meanwhile");
        await Task.Delay(TimeSpan.FromMilliseconds(1500), TestContext.Current.CancellationToken);
        waiting.ShouldAllBe(w => !w.IsCompleted, "they wait for longer than hold: says, as long as the hold lasts");

        (await scene.ReleaseAsync()).ShouldMatch(@"^orders: released after \d+\.\d s; clients go on to db1\.$");

        (await Task.WhenAll(waiting)).Select(a => a.Line).ShouldBe(Enumerable.Range(0, 5).Select(i => $"db1 {i}"), ignoreOrder: true);
        (await open.AskAsync("after")).Line.ShouldBe("db1 after");
        scene.Manager.Orders.Snapshot.Selection.ShouldNotBeNull().Generation.ShouldBe(1);
        await Until.TrueAsync("the usual hold to be told", () => scene.Script is { Hold: var hold } && hold == scene.Manager.Hold);
    }

    [Fact]
    public async Task It_ends_by_itself()
    {
        await using var scene = await HeldScene.StartAsync("3.0", hold: 10);
        await scene.HoldAsync(TimeSpan.FromSeconds(2));

        (await DbClient.AskOnceAsync(scene.Haproxy.ClientPort, "patient", Long)).Line.ShouldBe("db1 patient");

        scene.Manager.Orders.Snapshot.Hold.ShouldBeNull();
        await Until.TrueAsync("its end to be logged", () => scene.Manager.Log.Lines.Any(l => l.Contains("released by dbswitch (its time has passed) after ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_manager_that_is_started_again_goes_on_with_it_and_ends_it()
    {
        await using var scene = await HeldScene.StartAsync("3.0", hold: 10);
        await scene.HoldAsync(TimeSpan.FromSeconds(6));
        var waiting = DbClient.AskOnceAsync(scene.Haproxy.ClientPort, "patient", Long);
        await scene.UntilWaitingAsync(1);

        await scene.Manager.EndAsync();
        await scene.Manager.StartAsync();
        await Until.TrueAsync("the proxy to be kept so", () => scene.Manager.Orders.Snapshot.Latest is [{ Settled: true, Goal.Held: true }]);
        waiting.IsCompleted.ShouldBeFalse();

        (await waiting).Line.ShouldBe("db1 patient");
        await Until.TrueAsync("its end", () => scene.Manager.Orders.Snapshot.Hold is null);
    }

    [Fact]
    public async Task A_manager_that_comes_too_late_lets_them_go_on_at_once()
    {
        await using var scene = await HeldScene.StartAsync("3.0", hold: 10);
        await scene.HoldAsync(TimeSpan.FromSeconds(1));
        await scene.Manager.EndAsync();
        await Task.Delay(TimeSpan.FromSeconds(1.2), TestContext.Current.CancellationToken);
        var waiting = DbClient.AskOnceAsync(scene.Haproxy.ClientPort, "patient", Long);

        await scene.Manager.StartAsync();

        (await waiting).Line.ShouldBe("db1 patient");
        scene.Manager.Orders.Snapshot.Hold.ShouldBeNull();
        await Until.TrueAsync("the store to forget it", async () => (await scene.Manager.Store.LoadAsync("orders", CancellationToken.None)).Hold is null);
    }

    [Theory, EveryHaproxy]
    public async Task A_proxy_that_restarts_or_reloads_meanwhile_holds_too(string version)
    {
        await using var scene = await HeldScene.StartAsync(version);
        await scene.HoldAsync(Long);
        var before = DbClient.AskOnceAsync(scene.Haproxy.ClientPort, "before the reload", Long);
        await scene.UntilWaitingAsync(1);

        await scene.Haproxy.ReloadAsync();
        await Until.TrueAsync("the new worker to be kept so", () => scene.Manager.Orders.Snapshot.Latest is [{ Settled: true, Goal.Held: true }]);
        await Task.Delay(TimeSpan.FromMilliseconds(1500), TestContext.Current.CancellationToken);
        before.IsCompleted.ShouldBeFalse("what it was promised holds in the new worker too");
        (await scene.ReleaseAsync()).ShouldContain("clients go on to db1");
        (await before).Line.ShouldBe("db1 before the reload");

        await scene.HoldAsync(Long);
        await scene.Haproxy.RestartAsync();
        var after = DbClient.AskOnceAsync(scene.Haproxy.ClientPort, "after the restart", Long);
        await scene.UntilWaitingAsync(1);
        await scene.ReleaseAsync();
        (await after).Line.ShouldBe("db1 after the restart");
    }

    [Fact]
    public async Task A_selection_ends_it()
    {
        await using var scene = await HeldScene.StartAsync("3.0", hold: 10);
        await scene.HoldAsync(Long);
        var waiting = DbClient.AskOnceAsync(scene.Haproxy.ClientPort, "patient", Long);
        await scene.UntilWaitingAsync(1);
        (await scene.Manager.SelectAsync("db1")).Message.ShouldContain("New connections wait: it is held by me until ");
        (await scene.Manager.Orders.ForeseeAsync(new SwitchoverRequest("db2", "test", ""), null, null, CancellationToken.None)).ShouldBeOfType<SwitchoverOutcome.Foreseen>().Details.ShouldContain("orders: it would end the hold of me");

        await scene.Manager.SwitchToAsync("db2");

        (await waiting).Line.ShouldBe("db2 patient");
        scene.Manager.Orders.Snapshot.Hold.ShouldBeNull();
        scene.Db1.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_database_that_comes_back_at_another_address_is_reached_there_and_not_where_it_was()
    {
        await using var haproxy = await RealHaproxy.StartAsync("3.0", WithScript);
        await using var before = new EchoDatabase("before");
        await using var after = new EchoDatabase("after", ipv6: true, port: before.Port);
        var manager = new ManagerUnderTest { Hold = TimeSpan.FromSeconds(1) };
        manager.Names["db"] = [IPAddress.Loopback];
        await using var running = await manager.Proxy("p", haproxy.ApiEndpoint).Switch("db", ("db", new HaproxyRuntime.HostPort("db", before.Port))).StartAsync();
        await manager.SettledAsync("db");
        (await manager.Orders.HoldAsync("me", "a restart", Long, CancellationToken.None)).ShouldBeOfType<HoldOutcome.Done>();
        var waiting = DbClient.AskOnceAsync(haproxy.ClientPort, "patient", Long);

        manager.Names["db"] = [IPAddress.IPv6Loopback];
        await Until.TrueAsync("the new address to be known", () => manager.Orders.Snapshot.Targets["db"].Address.Address?.Address.Equals(IPAddress.IPv6Loopback) == true, 20);
        waiting.IsCompleted.ShouldBeFalse();
        (await manager.Orders.ReleaseAsync("me", CancellationToken.None)).ShouldBeOfType<HoldOutcome.Done>();

        (await waiting).Line.ShouldBe("after patient");
        before.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_can_t_be_held_is_refused_and_clients_go_on()
    {
        await using var scene = await HeldScene.StartAsync("3.0");
        (await scene.HoldAsync(TimeSpan.FromSeconds(59.5))).ShouldBe(
            "Refused: a connection would have to wait for up to 60500ms (the hold 59500ms, and hold: 1s), and p lets none wait for longer than 1m. Take less, or raise inspect-delay and the last number of dbswitch-hold in its haproxy.cfg.");
        await scene.HoldAsync(Long);
        (await scene.HoldAsync(Long)).ShouldMatch("^Refused: new connections wait already, held by me until .* \\(a backup\\); end that first \\(dbswitch release\\)\\.$");
        (await scene.Manager.Orders.PauseAsync(new PauseState("me", "", DateTimeOffset.UtcNow), CancellationToken.None)).ShouldBeOfType<RequestOutcome.Refused>().Why.Message.ShouldStartWith("Refused: new connections wait, held by me until ");
        await scene.ReleaseAsync();
        (await scene.ReleaseAsync()).ShouldBe("orders was not held; nothing was done. Clients go to db1.");
        (await scene.Manager.Orders.PauseAsync(new PauseState("me", "", DateTimeOffset.UtcNow), CancellationToken.None)).ShouldBeOfType<RequestOutcome.Done>();
        (await scene.HoldAsync(Long)).ShouldStartWith("Refused: orders is paused by me; resume it first");
        await scene.Manager.Orders.ResumeAsync("me", CancellationToken.None);
        (await DbClient.AskOnceAsync(scene.Haproxy.ClientPort, "on")).Line.ShouldBe("db1 on");
        await scene.Manager.SwitchToAsync(null);
        (await scene.HoldAsync(Long)).ShouldStartWith("Refused: no target is selected");
    }

    [Fact]
    public async Task Without_the_script_in_every_proxy_nobody_is_held()
    {
        await using var with = await RealHaproxy.StartAsync("3.0", WithScript);
        await using var without = await RealHaproxy.StartAsync("3.0");
        await using var db1 = new EchoDatabase("db1");
        await using var manager = await new ManagerUnderTest().Proxy("p1", with.ApiEndpoint).Proxy("p2", without.ApiEndpoint).Switch("db1", ("db1", db1.HostPort)).StartAsync();
        await manager.SettledAsync("db1");

        (await manager.Orders.HoldAsync("me", "", Long, CancellationToken.None)).ShouldBeOfType<HoldOutcome.Refused>().Why.Message.ShouldBe(
            "Refused: p2 has no companion script, so new connections would be closed instead of waiting; load deploy/dbswitch.lua (docs/companion.md).");

        (await DbClient.AskOnceAsync(with.ClientPort, "on")).Line.ShouldBe("db1 on");
    }

    [Theory, EveryHaproxy]
    public async Task Who_waited_through_a_drain_longer_than_the_hold_is_served(string version)
    {
        await using var scene = await HeldScene.StartAsync(version, hold: 3);
        using var open = new DbClient(scene.Haproxy.ClientPort);
        (await open.AskAsync("before")).Line.ShouldBe("db1 before");
        var switching = scene.Manager.RequestAsync(new SwitchoverRequest("db2", "test", ""), TimeSpan.FromSeconds(5));
        await Until.TrueAsync("the fence", () => scene.Manager.Orders.Snapshot.Latest is [{ Goal.MayBeReady: false, Observed: ProxyObservation.Seen { Servers: var servers } }] && servers.All(s => !s.MayTakeClients));
        var waiting = Enumerable.Range(0, 50).Select(i => DbClient.AskOnceAsync(scene.Haproxy.ClientPort, $"{i}", Long)).ToList();

        (await switching).ShouldBeOfType<SwitchoverOutcome.Ended>().Record.Result.ShouldBe(SwitchoverResult.Succeeded);

        (await Task.WhenAll(waiting)).Select(a => a.Line).ShouldBe(Enumerable.Range(0, 50).Select(i => $"db2 {i}"), ignoreOrder: true);
    }

    /// <summary>db1 selected on one proxy with the script, whose connections may wait for a second, or longer.</summary>
    private sealed class HeldScene : IAsyncDisposable
    {
        private HeldScene(RealHaproxy haproxy, EchoDatabase db1, EchoDatabase db2, ManagerUnderTest manager) => (Haproxy, Db1, Db2, Manager) = (haproxy, db1, db2, manager);

        public RealHaproxy Haproxy { get; }

        public EchoDatabase Db1 { get; }

        public EchoDatabase Db2 { get; }

        public ManagerUnderTest Manager { get; }

        public DbSwitch.Proxies.Companion? Script => Manager.Orders.Snapshot.Latest is [{ Observed: ProxyObservation.Seen seen }] ? seen.Companion : null;

        /// <param name="hold">In seconds. What haproxy.cfg allows is short where longer waits are to be by the manager's word alone.</param>
        public static async Task<HeldScene> StartAsync(string version, int hold = 1)
        {
            var haproxy = await RealHaproxy.StartAsync(version, WithScript with { Hold = TimeSpan.FromSeconds(hold) });
            var (db1, db2) = (new EchoDatabase("db1"), new EchoDatabase("db2"));
            var manager = await new ManagerUnderTest { Hold = TimeSpan.FromSeconds(hold) }.Proxy("p", haproxy.ApiEndpoint).Switch("db1", ("db1", db1.HostPort), ("db2", db2.HostPort)).StartAsync();
            await manager.SettledAsync("db1");
            return new HeldScene(haproxy, db1, db2, manager);
        }

        public async Task<string> HoldAsync(TimeSpan time) => Said(await Manager.Orders.HoldAsync("me", "a backup", time, CancellationToken.None));

        public async Task<string> ReleaseAsync() => Said(await Manager.Orders.ReleaseAsync("me", CancellationToken.None));

        public Task UntilWaitingAsync(int count) => Until.TrueAsync($"{count} to wait", () => Script?.Waiting == count);

        public async ValueTask DisposeAsync()
        {
            await Manager.DisposeAsync();
            await Haproxy.DisposeAsync();
            await Db1.DisposeAsync();
            await Db2.DisposeAsync();
        }

        private static string Said(HoldOutcome outcome) => outcome switch
        {
            HoldOutcome.Done done => done.Message,
            HoldOutcome.Refused refused => refused.Why.Message,
            _ => throw new InvalidOperationException(),
        };
    }
}
