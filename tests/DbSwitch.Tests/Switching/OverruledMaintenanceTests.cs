using DbSwitch.Doctoring;
using DbSwitch.Judging;
using DbSwitch.Storage;
using DbSwitch.Switching.Outcomes;

namespace DbSwitch.Tests.Switching;

/// <summary>What haproxy.cfg can say that overrules maintenance: agents and persistence. A switchover beside it is refused; forced, no client reaches the database that it left, or it is told.</summary>
public sealed class OverruledMaintenanceTests
{
    private const int Clients = 150;

    [Theory, EveryHaproxy]
    public async Task An_agent_that_says_ready_refuses_and_forced_brings_nobody_back(string version)
    {
        await using var agent = new ReadyAgent();
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        var old = $"db1_{db1.Port}";
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { Backend = [$"server {old} {db1.Address} agent-check agent-port {agent.Port} agent-inter 20ms"] });
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint).Switch("db1", ("db1", db1.HostPort), ("db2", db2.HostPort)).StartAsync();
        await manager.SettledAsync("db1");

        var refused = (await manager.SelectAsync("db2")).ShouldBeOfType<SwitchoverOutcome.Refused>();
        refused.Message.ShouldBe($"Refused: p has an agent check for {old}, and an agent that says \"ready\" takes its server out of maintenance after each start and reload. In haproxy.cfg, delete agent-check from the servers of backend db_servers and from default-server, then reload HAProxy.");
        (await Doctor.LookAsync(manager.Manager, TimeProvider.System, TestContext.Current.CancellationToken)).ShouldContain(f => f.Level == FindingLevel.Error && f.What.StartsWith($"p has an agent check for {old}", StringComparison.Ordinal));

        // Somebody switches the agent on again, as after a reload.
        await haproxy.SendAsync($"enable agent db_servers/{old}");
        var forced = await manager.SelectAsync("db2", force: true);
        forced.ShouldBeOfType<SwitchoverOutcome.Ended>(forced.Message).Record.Result.ShouldBe(SwitchoverResult.Succeeded, forced.Message);
        for (var i = 0; i < Clients; i++)
        {
            (await DbClient.AskOnceAsync(haproxy.ClientPort, "x")).Line.ShouldBe("db2 x");
        }
    }

    [Theory, EveryHaproxy]
    public async Task An_agent_of_the_selected_server_that_says_down_is_switched_off_and_clients_are_served(string version)
    {
        await using var agent = new ReadyAgent { Says = "down" };
        await using var db1 = new EchoDatabase("db1");
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { Backend = [$"server mine {db1.Address} agent-check agent-port {agent.Port} agent-inter 20ms"] });
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint).Switch("db1", ("db1", db1.HostPort)).StartAsync();
        await manager.SettledAsync("db1");
        await Until.TrueAsync("an answer", async () => (await DbClient.AskOnceAsync(haproxy.ClientPort, "x")).Line == "db1 x");
    }

    [Theory]
    [InlineData("2.6", "stick-table type ip size 100 expire 30m", "stick on src", "db_servers")]
    [InlineData("3.0", "stick-table type ip size 100 expire 30m", "stick on src", "db_servers")]
    [InlineData("3.2", "stick-table type ip size 100 expire 30m", "stick on src", "db_servers")]
    [InlineData("3.0", "stick on src table elsewhere", "stick store-request src table elsewhere", "elsewhere")]
    public async Task Clients_that_stick_to_a_server_refuse(string version, string first, string second, string table)
    {
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { Defaults = ["option persist"], Backend = [first, second], Sections = ["backend elsewhere", "    stick-table type ip size 100 expire 30m"] });
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint).Switch("db1", ("db1", db1.HostPort), ("db2", db2.HostPort)).StartAsync();
        await manager.SettledAsync("db1");
        (await DbClient.AskOnceAsync(haproxy.ClientPort, "x")).Line.ShouldBe("db1 x");

        (await manager.SelectAsync("db2")).ShouldBeOfType<SwitchoverOutcome.Refused>().Message.ShouldBe(
            $"Refused: p has a stick table ({table}) that leads clients to servers of backend db_servers, with \"option persist\" or \"force-persist\" even to one in maintenance. In haproxy.cfg, delete the \"stick\" lines of backend db_servers (it has one server at a time), then reload HAProxy.");
        (await Doctor.LookAsync(manager.Manager, TimeProvider.System, TestContext.Current.CancellationToken)).ShouldContain(f => f.Level == FindingLevel.Error && f.What.StartsWith($"a stick table ({table}) leads clients", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_stick_table_that_only_counts_refuses_nothing()
    {
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        await using var haproxy = await RealHaproxy.StartAsync("3.2", new RealHaproxyOptions { Frontend = ["stick-table type ip size 100 expire 30m store conn_cnt", "tcp-request connection track-sc0 src"] });
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint).Switch("db1", ("db1", db1.HostPort), ("db2", db2.HostPort)).StartAsync();
        await manager.SettledAsync("db1");
        (await DbClient.AskOnceAsync(haproxy.ClientPort, "x")).Line.ShouldBe("db1 x");
        await manager.SwitchToAsync("db2");
    }

    // No Runtime API tells of "use-server" and "option persist": that clients get there is seen.
    [Theory, EveryHaproxy]
    public async Task Who_reaches_a_fenced_server_all_the_same_is_counted_told_and_refuses_the_next_switchover(string version)
    {
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        var old = $"db1_{db1.Port}";
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { Backend = ["option persist", $"use-server {old} if {{ src 127.0.0.1 }}", $"server {old} {db1.Address}"] });
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint).Switch("db1", ("db1", db1.HostPort), ("db2", db2.HostPort)).StartAsync();
        await manager.SettledAsync("db1");
        await manager.SwitchToAsync("db2");

        await Until.TrueAsync("a client of db1 to be told of", async () =>
        {
            // Cut by the keeper, where it comes upon one.
            (await DbClient.AskOnceAsync(haproxy.ClientPort, "x")).Line.ShouldBeOneOf("db1 x", null);
            return manager.Orders.Snapshot.Latest[0].Notice?.Contains($"reached {old} although it was in maintenance", StringComparison.Ordinal) == true;
        });

        SwitchJudge.FindingsOf(manager.Orders.Snapshot, _ => null).ShouldContain(f => f.Sentence.Contains("although it was in maintenance", StringComparison.Ordinal));
        (await manager.SelectAsync("db1")).ShouldBeOfType<SwitchoverOutcome.Refused>().Message.ShouldContain($"reached {old} although it was in maintenance");

        // What is put right in haproxy.cfg is right in the next process.
        await haproxy.RestartAsync(new RealHaproxyOptions());
        await manager.SettledAsync("db2");
        await manager.SwitchToAsync("db1");
    }
}
