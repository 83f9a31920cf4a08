using DbSwitch.Model;
using DbSwitch.Proxies;
using DbSwitch.Switching.Rules;
using static DbSwitch.Tests.Keeping.Some;

namespace DbSwitch.Tests.Switching;

public sealed class AdoptionTests
{
    private static readonly Dictionary<string, ServerSpec> Targets = new() { ["db1"] = Db1, ["db2"] = Db2 };

    [Fact]
    public void Initial_applies_when_no_proxy_serves_anything() => Decide("db1", Seen("3.2"), Seen("3.2", Fenced(Db2))).ShouldBe(("db1", null));

    [Fact]
    public void Without_initial_none_is_selected_when_no_proxy_serves_anything() => Decide(null, Seen("3.2")).ShouldBe((null, null));

    [Fact]
    public void What_every_proxy_serves_is_taken_over_whatever_initial_says() => Decide("db1", Seen("3.2", Ready(Db2)), Seen("3.2", Ready(Db2), Fenced(Db1))).ShouldBe(("db2", null));

    [Fact]
    public void A_proxy_that_serves_nothing_beside_one_that_serves_something_asks_a_person() =>
        Decide("db1", Seen("3.2", Ready(Db2)), Seen("3.2")).ShouldBe((null, "p0 serves db2_8311; p1 serves nothing"));

    [Fact]
    public void Two_ready_servers_in_one_proxy_ask_a_person() =>
        Decide("db1", Seen("3.2", Ready(Db1), Ready(Db2))).ShouldBe((null, "p0 serves db1_8310 and db2_8311"));

    [Fact]
    public void A_session_that_lives_on_with_a_server_in_maintenance_counts_as_served() =>
        Decide("db1", Seen("3.2", Maintained(Db2, TimeSpan.Zero, HaproxyRuntime.ServerSideState.Established))).ShouldBe(("db2", null));

    [Fact]
    public void A_server_is_known_by_its_address_whatever_haproxy_cfg_calls_it() =>
        Decide("db2", Seen("3.2", Ready(new ServerSpec("primary", Db1.Address)))).ShouldBe(("db1", null));

    [Fact]
    public void A_ready_server_that_is_no_target_asks_a_person() =>
        Decide("db1", Seen("3.2", Ready(new ServerSpec("stranger", new System.Net.IPEndPoint(Db1.Address.Address, 1))))).ShouldBe((null, "p0 serves stranger"));

    [Fact]
    public void A_ready_server_of_a_target_s_name_at_no_target_s_address_asks_a_person() =>
        Decide("db1", Seen("3.2", Ready(Db1 with { Address = new System.Net.IPEndPoint(Db1.Address.Address, 1) }))).ShouldBe((null, "p0 serves db1_8310"));

    [Theory, EveryHaproxy]
    public async Task A_backup_server_that_nobody_is_with_serves_nobody(string version)
    {
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { Backend = [$"server first {db1.Address}", $"server second {db2.Address} backup"] });
        using var open = new DbClient(haproxy.ClientPort);
        (await open.AskAsync("before")).Line.ShouldBe("db1 before");

        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint).Switch(null, ("db1", db1.HostPort), ("db2", db2.HostPort)).StartAsync();
        await manager.SettledAsync("db1");

        (await open.AskAsync("after")).Line.ShouldBe("db1 after");

        // In maintenance, or deleted where that is safe.
        (await haproxy.SendAsync("show servers state db_servers")).Split('\n').Where(l => l.Contains(" second ", StringComparison.Ordinal)).ShouldAllBe(l => l.Split(' ')[6] == "1");
    }

    [Fact]
    public async Task A_backup_server_that_clients_are_with_serves_them_and_a_person_is_asked()
    {
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        await using var haproxy = await RealHaproxy.StartAsync("3.0", new RealHaproxyOptions { Backend = [$"server first {db1.Address}", $"server second {db2.Address} backup"] });
        await haproxy.SendAsync("set server db_servers/first state maint");
        using var open = new DbClient(haproxy.ClientPort);
        (await open.AskAsync("before")).Line.ShouldBe("db2 before");
        await haproxy.SendAsync("set server db_servers/first state ready");

        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint).Switch(null, ("db1", db1.HostPort), ("db2", db2.HostPort)).StartAsync();
        await manager.Orders.DecidedAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);

        manager.Orders.Snapshot.NeedsPerson.ShouldNotBeNull().ShouldContain("p serves first and second");
        (await open.AskAsync("after")).Line.ShouldBe("db2 after");
    }

    private static (string? Target, string? Situation) Decide(string? initial, params ProxyObservation.Seen[] proxies) =>
        Adoption.Decide(proxies.Select((p, i) => ($"p{i}", p)).ToDictionary(p => p.Item1, p => p.p), Targets, initial) switch
        {
            AdoptionAnswer.Take take => (take.Target, null),
            AdoptionAnswer.AskPerson ask => (null, ask.Situation),
            _ => throw new InvalidOperationException(),
        };
}
