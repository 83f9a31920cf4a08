using System.Net;
using DbSwitch.Tests.Deploying;
using DbSwitch.Tests.Http;

namespace DbSwitch.Tests.Telemetry;

/// <summary>What <c>/metrics</c> of a real manager says is so.</summary>
public sealed class MetricsTests
{
    private const string Orders = "switch=\"orders\"";
    private const string Proxy = $"{Orders},proxy=\"db-proxy\"";

    [Fact]
    public async Task The_selection_switchovers_sessions_and_drift_are_counted_and_a_proxy_that_is_gone_shows()
    {
        await using var scene = await TcpScene.CompanionStartedAsync();
        var manager = scene.Manager;
        var first = await Scrape.WhenAsync(manager, $"dbswitch_fenced{{{Proxy}}}", 1);
        first[$"dbswitch_selection_info{{{Orders},target=\"backend-db1\"}}"].ShouldBe(1);
        first[$"dbswitch_generation{{{Orders}}}"].ShouldBe(1);
        first[$"dbswitch_switchovers_total{{{Orders},result=\"succeeded\"}}"].ShouldBe(0);
        first[$"dbswitch_drift_repaired_total{{{Proxy}}}"].ShouldBe(0);
        first[$"dbswitch_ready_servers{{{Proxy},target=\"backend-db1\"}}"].ShouldBe(1);
        first[$"dbswitch_ready_servers{{{Proxy},target=\"backend-db2\"}}"].ShouldBe(0);

        // A session that is cut, then one that stays.
        using var cut = new DbClient(scene.Haproxy.ClientPort);
        (await cut.AskAsync("hello")).Line!.ShouldStartWith("db1");
        (await Scrape.WhenAsync(manager, $"dbswitch_sessions{{{Proxy},target=\"backend-db1\"}}", 1))[$"dbswitch_sessions{{{Proxy},target=\"backend-db2\"}}"].ShouldBe(0);
        (await manager.RunAsync("select", "backend-db2")).ShouldBe(0);
        (await manager.RunAsync("select", "backend-db1", "--if-generation", "1")).ShouldBe(1);
        var after = await Scrape.WhenAsync(manager, $"dbswitch_switchovers_total{{{Orders},result=\"succeeded\"}}", 1);
        after[$"dbswitch_switchovers_total{{{Orders},result=\"refused\"}}"].ShouldBe(1);
        after[$"dbswitch_selection_info{{{Orders},target=\"backend-db2\"}}"].ShouldBe(1);
        after[$"dbswitch_selection_info{{{Orders},target=\"backend-db1\"}}"].ShouldBeNull();
        after[$"dbswitch_switchover_sessions_total{{{Orders},end=\"cut\"}}"].ShouldBe(1);
        after[$"dbswitch_switchover_duration_seconds_count{{{Orders},result=\"succeeded\"}}"].ShouldBe(1);
        foreach (var phase in (string[])["guard", "journal", "fence", "activate", "verify"])
        {
            after[$"dbswitch_switchover_phase_duration_seconds_count{{{Orders},phase=\"{phase}\"}}"].ShouldBe(1, phase);
        }

        (await Scrape.WhenAsync(manager, $"dbswitch_fenced{{{Proxy}}}", 1))[$"dbswitch_drift_repaired_total{{{Proxy}}}"].ShouldBe(0, "a switchover is no drift");
        await manager.HealthyAsync();
        await scene.Haproxy.SendAsync($"set server db_servers/{scene.Server2} state maint");
        await Scrape.WhenAsync(manager, $"dbswitch_drift_repaired_total{{{Proxy}}}", 1);

        await scene.Haproxy.KillAsync();
        var down = await Scrape.WhenAsync(manager, $"dbswitch_proxy_up{{{Proxy}}}", 0);
        down[$"dbswitch_sessions{{{Proxy},target=\"backend-db2\"}}"].ShouldBeNull();
        down[$"dbswitch_last_cycle_timestamp_seconds{{{Proxy}}}"]!.Value.ShouldBeLessThan(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1000.0);
        await scene.Haproxy.RestartAsync();
        var back = await Scrape.WhenAsync(manager, $"dbswitch_ready_servers{{{Proxy},target=\"backend-db2\"}}", 1);
        back[$"dbswitch_drift_repaired_total{{{Proxy}}}"].ShouldBe(1, "a restart is no drift");
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Connections_that_wait_and_what_becomes_of_them_are_counted_over_a_restart_of_HAProxy_and_a_reload_of_the_configuration()
    {
        await using var scene = await TcpScene.CompanionStartedAsync();
        var manager = scene.Manager;
        (await manager.RunAsync("hold", "--for", "50s")).ShouldBe(0);
        using var waiting = new DbClient(scene.Haproxy.ClientPort, TimeSpan.FromSeconds(20));
        var answer = waiting.AskAsync("hello");
        var held = await Scrape.WhenAsync(manager, $"dbswitch_waiting_connections{{{Proxy}}}", 1);
        held[$"dbswitch_held{{{Orders}}}"].ShouldBe(1);

        // Who came while the manager was starting waited, too; now all wait until they are let in.
        var (released, dropped) = (EndedAs(held, "released"), EndedAs(held, "dropped"));
        using (var impatient = new DbClient(scene.Haproxy.ClientPort))
        {
            await impatient.ConnectAsync();
            await Scrape.WhenAsync(manager, $"dbswitch_waiting_connections{{{Proxy}}}", 2);
        }

        await Scrape.WhenAsync(manager, HeldAndEnded("dropped"), dropped + 1);
        (await manager.RunAsync("release")).ShouldBe(0);
        (await answer).Line!.ShouldStartWith("db1");
        await Scrape.WhenAsync(manager, HeldAndEnded("released"), released + 1);

        await scene.Haproxy.KillAsync();
        await scene.Haproxy.RestartAsync();
        await Scrape.WhenAsync(manager, $"dbswitch_proxy_up{{{Proxy}}}", 1);
        await Until.TrueAsync("db1 to answer", async () => await scene.AnswersAsync() == "db1");
        manager.Configure(manager.Configuration.With("orders", scene.Orders("db-proxy") with { Grace = "50ms" }));
        manager.HangUp();
        await manager.LoggedAsync("reloaded:");
        var last = await Scrape.WhenAsync(manager, $"dbswitch_fenced{{{Proxy}}}", 1);
        EndedAs(last, "dropped").ShouldBe(dropped + 1);
        EndedAs(last, "released").ShouldBeGreaterThanOrEqualTo(released + 1);

        static string HeldAndEnded(string end) => $"dbswitch_held_connections_total{{{Proxy},end=\"{end}\"}}";
        static double EndedAs(Scrape scrape, string end) => scrape[HeldAndEnded(end)]!.Value;
    }

    [Fact]
    public async Task Who_may_look_may_read_them_and_nobody_else()
    {
        await using var scene = await TcpScene.StartedAsync("everybody: nothing");
        using var client = scene.Manager.OverTcp();

        using var nobody = await client.GetAsync("/metrics", TestContext.Current.CancellationToken);

        nobody.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        var shown = new ShownCommands("metrics.md");
        var token = await scene.Manager.RunAsync(shown.Take("dbswitch token add").Split(' ')[1..]);
        shown.NoneShouldBeLeft();
        client.DefaultRequestHeaders.Authorization = new("Bearer", token.Output.Trim());
        (await Scrape.OfAsync(client))[$"dbswitch_generation{{{Orders}}}"].ShouldBe(1);
    }
}
