using DbSwitch.Judging;

namespace DbSwitch.Tests.Switching;

/// <summary>What somebody can set by hand so that clients are not served although the selected server is not in maintenance: it is put back, or said.</summary>
public sealed class SetByHandTests
{
    [Theory, EveryHaproxy]
    public async Task A_weight_of_0_and_a_server_set_down_or_stopping_are_put_back(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version);
        await using var db1 = new EchoDatabase("db1");
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint).Switch("db1", ("db1", db1.HostPort)).StartAsync();
        await manager.SettledAsync("db1");
        foreach (var (what, step) in ((string, string)[])[("weight 0", "given its weight back"), ("health down", "set up again"), ("health stopping", "set up again"), ("state drain", "made ready")])
        {
            (await haproxy.SendAsync($"set server db_servers/db1_{db1.Port} {what}")).Trim().ShouldBe("", what);

            await Until.TrueAsync($"an answer after {what}", async () => (await DbClient.AskOnceAsync(haproxy.ClientPort, "x")).Line == "db1 x");
            await Until.TrueAsync($"{what} to be told", () => manager.Log.Lines.Any(l => l.Contains(step, StringComparison.Ordinal)));
            await manager.SettledAsync("db1");
        }
    }

    [Fact]
    public async Task A_server_of_haproxy_cfg_with_a_health_check_is_the_check_s()
    {
        await using var db1 = new EchoDatabase("db1");
        await using var haproxy = await RealHaproxy.StartAsync("3.0", new RealHaproxyOptions { Backend = [$"server mine {db1.Address} check inter 10s fastinter 10s downinter 10s rise 1"] });
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint).Switch("db1", ("db1", db1.HostPort)).StartAsync();
        await manager.SettledAsync("db1");
        await haproxy.SendAsync("set server db_servers/mine health down");

        await Until.TrueAsync("it to be said", () => manager.Orders.Snapshot.Latest[0].Notice == "HAProxy's health check says that mine is down, so clients are refused");
    }

    [Theory, EveryHaproxy]
    public async Task A_full_server_is_said_with_what_to_type(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version);
        await using var db1 = new EchoDatabase("db1");
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint).Switch("db1", ("db1", db1.HostPort)).StartAsync();
        await manager.SettledAsync("db1");
        var mine = $"db1_{db1.Port}";
        await haproxy.SendAsync($"set maxconn server db_servers/{mine} 1");
        using var client = new DbClient(haproxy.ClientPort);
        (await client.AskAsync("x")).Line.ShouldBe("db1 x");

        await SaidAsync(manager, $"{mine} is full (1 of 1 sessions), so new clients wait. The manager does not change a server's maxconn. To lift it: dbswitch pause, dbswitch api set maxconn server db_servers/{mine} 0, dbswitch resume");
        await haproxy.SendAsync($"set maxconn server db_servers/{mine} 0");
        await SaidAsync(manager, null);
    }

    [Theory, EveryHaproxy]
    public async Task A_frontend_that_is_disabled_is_said_with_what_to_type(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version);
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint).Switch("db1", ("db1", db1.HostPort), ("db2", db2.HostPort)).StartAsync();
        await manager.SettledAsync("db1");
        await haproxy.SendAsync("disable frontend db");

        await manager.SwitchToAsync("db2");

        await SaidAsync(manager, "frontend db is disabled, so its clients are refused. The manager does not touch frontends. To enable it: dbswitch pause, dbswitch api enable frontend db, dbswitch resume");
        await haproxy.SendAsync("enable frontend db");
        await SaidAsync(manager, null);
    }

    [Theory, EveryHaproxy]
    public async Task A_full_frontend_is_said_and_one_that_no_client_of_the_switch_comes_by_is_not(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { Frontend = ["maxconn 1"], Sections = ["frontend another", $"    bind 127.0.0.1:{FreePort.Take()}"] });
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint).Switch("db1", ("db1", db1.HostPort), ("db2", db2.HostPort)).StartAsync();
        await manager.SettledAsync("db1");
        using (var client = new DbClient(haproxy.ClientPort))
        {
            (await client.AskAsync("x")).Line.ShouldBe("db1 x");
            await SaidAsync(manager, "frontend db is full (1 of 1 connections), so new clients wait or are refused. Raise its maxconn in haproxy.cfg, and reload HAProxy");

            // Its session is looked at here, so that it is known by which frontend clients come.
            await manager.SwitchToAsync("db2");
        }

        await haproxy.SendAsync("disable frontend another");
        await SaidAsync(manager, null);
    }

    [Theory]
    [InlineData("2.6", "number")]
    [InlineData("3.0", "number")]
    [InlineData("3.2", "number")]
    [InlineData("3.2", "string")]
    public async Task A_Runtime_API_that_marks_each_message_with_its_severity_is_understood(string version, string severity)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { SeverityOutput = severity, Companion = true, MasterWorker = true });
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        (await haproxy.SendAsync("show cli level")).ShouldStartWith("[");
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint, haproxy.MasterSocket).Switch("db1", ("db1", db1.HostPort), ("db2", db2.HostPort)).StartAsync();
        await manager.SettledAsync("db1");
        await manager.SwitchToAsync("db2");
        (await DbClient.AskOnceAsync(haproxy.ClientPort, "x")).Line.ShouldBe("db2 x");
    }

    [Fact]
    public async Task The_load_of_a_server_that_haproxy_cfg_calls_otherwise_is_its_target_s()
    {
        await using var db1 = new EchoDatabase("db1");
        await using var haproxy = await RealHaproxy.StartAsync("3.0", new RealHaproxyOptions { Backend = [$"server theirs {db1.Address}"] });
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint).Switch("db1", ("db1", db1.HostPort)).StartAsync();
        await manager.SettledAsync("db1");
        using var client = new DbClient(haproxy.ClientPort);
        (await client.AskAsync("x")).Line.ShouldBe("db1 x");

        await manager.Orders.ReadLoadAsync();

        manager.Orders.Load.ShouldHaveSingleItem().Sessions.ShouldBe(1);
    }

    [Fact]
    public async Task Of_a_name_with_two_addresses_the_one_that_answers_is_used()
    {
        await using var haproxy = await RealHaproxy.StartAsync("3.0");
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        var manager = new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint).Switch("db2", ("db1", new HaproxyRuntime.HostPort("db1.test", db1.Port)), ("db2", db2.HostPort));
        manager.Names["db1.test"] = [System.Net.IPAddress.IPv6Loopback, System.Net.IPAddress.Loopback];
        await using var started = await manager.StartAsync();
        await manager.SettledAsync("db2");

        await manager.SwitchToAsync("db1");

        (await DbClient.AskOnceAsync(haproxy.ClientPort, "x")).Line.ShouldBe("db1 x");
        manager.Orders.Snapshot.Targets["db1"].Address.Address!.Address.ShouldBe(System.Net.IPAddress.Loopback);
        manager.Log.Lines.ShouldContain(l => l.Contains($"db1.test has several addresses; [::1]:{db1.Port} does not accept connections, so 127.0.0.1:{db1.Port} is used", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_address_in_use_is_left_for_the_other_family_s_when_it_answers_no_more()
    {
        await using var haproxy = await RealHaproxy.StartAsync("3.0");
        await using var four = new EchoDatabase("four");
        var six = new EchoDatabase("six", ipv6: true, port: four.Port);
        var manager = new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint).Switch("db1", ("db1", new HaproxyRuntime.HostPort("db1.test", four.Port)));
        manager.Names["db1.test"] = [System.Net.IPAddress.IPv6Loopback, System.Net.IPAddress.Loopback];
        await using var started = await manager.StartAsync();
        await manager.SettledAsync("db1");
        (await DbClient.AskOnceAsync(haproxy.ClientPort, "x")).Line.ShouldBe("six x");

        await six.DisposeAsync();

        await Until.TrueAsync("an answer", async () => (await DbClient.AskOnceAsync(haproxy.ClientPort, "x")).Line == "four x", seconds: 20);
    }

    private static async Task SaidAsync(ManagerUnderTest manager, string? notice)
    {
        await Until.TrueAsync($"\"{notice ?? "nothing"}\" to be said", () => manager.Orders.Snapshot.Latest[0] is { } latest && latest.Notice == notice);
        SwitchJudge.FindingsOf(manager.Orders.Snapshot, _ => null).Where(f => f.IsOfProxy).Select(f => f.Sentence).ShouldBe(notice is null ? (string[])[] : [$"p: {notice}"]);
    }
}
