using DbSwitch.Proxies;
using DbSwitch.Storage;
using DbSwitch.Switching.Outcomes;
using HaproxyRuntime;

namespace DbSwitch.Tests.Keeping;

/// <summary>Idle sessions are told from busy ones, and never a busy one is taken for idle.</summary>
public sealed class SilenceTests
{
    private readonly Silence _silence = new(TimeProvider.System);

    [Fact]
    public void It_is_what_is_missing_to_the_longest_rest_that_was_seen()
    {
        _silence.Learn([Session(age: 0, client: 1800, server: 2400)]);
        Silent(age: 60, client: 1790, server: 2390).ShouldBe(9);
        Silent(age: 60, client: 1800, server: 2390).ShouldBe(0, "the client has just spoken");
        Silent(age: 60, client: 1790, server: 2400).ShouldBe(0, "the server has");
    }

    [Fact]
    public void Nobody_is_silent_for_longer_than_it_lasts()
    {
        // "timeout tunnel" holds for the first, "timeout client" for one that has said nothing yet.
        _silence.Learn([Session(age: 100, client: 3600, server: 3600)]);
        Silent(age: 0, client: 30, server: 30).ShouldBe(0);
        Silent(age: 3, client: 30, server: 30).ShouldBe(2);
    }

    [Fact]
    public void Without_a_word_on_it_nobody_is_idle()
    {
        Silent(age: 60, client: 10, server: 10).ShouldBe(0);
        _silence.Learn([Session(age: 60, client: 10, server: 10)]);
        Silent(age: 60, client: 10, server: 10).ShouldBe(0);
        _silence.Learn([Session(age: 0, client: 1800, server: 2400)]);
        _silence.Of(Session(60, 10, 10) with { ClientTimeLeft = null }).ShouldBe(TimeSpan.Zero);
        _silence.Of(Session(60, 10, 10) with { Age = null }).ShouldBe(TimeSpan.Zero);
        _silence.Of(Session(60, 10, 10) with { ServerSide = ServerSideState.Connecting }).ShouldBe(TimeSpan.Zero);
        _silence.Of(Session(60, 10, 10) with { Frontend = "other" }).ShouldBe(TimeSpan.Zero);
        _silence.Clear();
        Silent(age: 60, client: 10, server: 10).ShouldBe(0);
    }

    [Theory, EveryHaproxy, Trait("Category", "Slow")]
    public async Task A_switchover_does_not_wait_for_sessions_that_are_idle_and_gives_busy_ones_their_grace(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { Companion = true });
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        await using var manager = await new ManagerUnderTest { Grace = TimeSpan.FromMilliseconds(500) }.Proxy("p", haproxy.ApiEndpoint).Switch("db1", ("db1", db1.HostPort), ("db2", db2.HostPort)).StartAsync();
        await manager.SettledAsync("db1");

        // On a busy machine one may take long for other reasons: with the whole grace in it none of them would be shorter.
        var shortest = TimeSpan.MaxValue;
        for (var i = 0; i < 4 && shortest >= manager.Grace; i++)
        {
            using var idle = await OpenAsync(haproxy);
            await Until.TrueAsync("it to be idle", async () => SessionState.ParseAll(await haproxy.SendAsync("show sess")).Single(s => s.Server is not null && s.Frontend == "db") is { Age: { TotalSeconds: >= 4 } }, seconds: 20);
            shortest = await FenceAsync(manager, i % 2 == 0 ? "db2" : "db1") is var took && took < shortest ? took : shortest;
            (await idle.AskAsync("cut")).Line.ShouldBeNull();
        }

        shortest.ShouldBeLessThan(manager.Grace);

        using var busy = await OpenAsync(haproxy);
        (await FenceAsync(manager, manager.Orders.Snapshot.Selection!.Target == "db1" ? "db2" : "db1")).ShouldBeGreaterThanOrEqualTo(manager.Grace);
    }

    private static async Task<DbClient> OpenAsync(RealHaproxy haproxy)
    {
        var client = new DbClient(haproxy.ClientPort);
        (await client.AskAsync("hello")).Line.ShouldNotBeNull();
        return client;
    }

    private static async Task<TimeSpan> FenceAsync(ManagerUnderTest manager, string target)
    {
        var record = (await manager.SelectAsync(target)).ShouldBeOfType<SwitchoverOutcome.Ended>().Record;
        record.Result.ShouldBe(SwitchoverResult.Succeeded);
        return record.Report!.Phases.Single(p => p.Phase == SwitchoverPhase.Fence).Took;
    }

    private int Silent(int age, int client, int server) => (int)_silence.Of(Session(age, client, server)).TotalSeconds;

    private static SessionState Session(int age, int client, int server) =>
        new("0x1", "127.0.0.1:1", "db", "be", "db1", ServerSideState.Established) { Age = TimeSpan.FromSeconds(age), ClientTimeLeft = TimeSpan.FromSeconds(client), ServerTimeLeft = TimeSpan.FromSeconds(server) };
}
