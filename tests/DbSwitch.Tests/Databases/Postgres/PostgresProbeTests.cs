using System.Net;
using System.Net.Sockets;
using DbSwitch.Configuration;
using DbSwitch.Databases;
using DbSwitch.Databases.Postgres;

namespace DbSwitch.Tests.Databases.Postgres;

/// <summary>What a PostgreSQL server is known to be, asked of real ones.</summary>
public sealed class PostgresProbeTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_primary_and_its_replica_are_told_apart_with_all_that_matters()
    {
        await using var primary = await RealPostgres.StartAsync();
        await using var standby = await primary.StandbyAsync();
        await using var open = primary.Connection("app", "orders");
        await open.OpenAsync(Cancel);
        await using var begin = new Npgsql.NpgsqlCommand("BEGIN; SELECT 1", open);
        await begin.ExecuteNonQueryAsync(Cancel);
        await primary.ExecuteAsync("BEGIN; INSERT INTO written VALUES (1, 1); PREPARE TRANSACTION 'left'", "app", "orders");

        var (first, second) = (await FactsAsync(primary), await FactsAsync(standby));

        (first.IsReplica, first.ReadOnly, first.Closed, first.Superuser, first.Timeline, first.PreparedTransactions).ShouldBe((false, false, false, true, 1, 1));
        first.OldestTransaction!.Value.ShouldBeGreaterThan(TimeSpan.Zero);
        first.Clients.ShouldBeGreaterThanOrEqualTo(1);
        first.Version.ShouldStartWith((await primary.ScalarAsync<string>("SHOW server_version")).Split(' ')[0]);
        first.Standbys.ShouldHaveSingleItem().ShouldBe(new PostgresStandby("127.0.0.1", "streaming", null) { Name = "walreceiver" });
        first.Summary.ShouldStartWith("primary, writable, timeline 1, PostgreSQL ");

        (second.IsReplica, second.SystemIdentifier, second.Timeline, second.ReplayPaused).ShouldBe((true, first.SystemIdentifier, 1, false));
        (second.Upstream!.Host, second.Upstream.Port, second.Upstream.Streaming).ShouldBe(("127.0.0.1", primary.Port, true));
        second.Upstream.For.ShouldBeGreaterThan(TimeSpan.Zero);
        second.ReplayDelay.ShouldNotBeNull();
        await Until.TrueAsync("the replica to have caught up", async () => (await FactsAsync(standby)).BehindOf(first) == 0);
        second.Summary.ShouldStartWith($"replica of 127.0.0.1:{primary.Port}, streaming, timeline 1, PostgreSQL ");
    }

    [Fact]
    public async Task A_member_of_pg_monitor_is_told_all_of_it_and_who_is_none_hears_what_to_grant()
    {
        await using var primary = await RealPostgres.StartAsync();
        await using var standby = await primary.StandbyAsync();
        var facts = await FactsAsync(standby, RealPostgres.Settings with { User = "watcher" });
        (facts.Superuser, facts.Upstream!.Port, facts.SystemIdentifier).ShouldBe((false, primary.Port, (await FactsAsync(primary)).SystemIdentifier));

        var nobody = await AskAsync(standby, RealPostgres.Settings with { User = "nobody" });
        (nobody.Health, nobody.Reason).ShouldBe((Health.Unknown, "does not tell role nobody what it needs to know; run there: GRANT pg_monitor TO nobody"));
    }

    [Fact]
    public async Task What_hinders_is_said_in_words_and_never_with_the_password()
    {
        await using var server = await RealPostgres.StartAsync();
        await Expect(RealPostgres.Settings with { Password = null }, Health.Unknown, "asks for a password, and the configuration has none for role dbswitch (\"password_file\" of its switch's \"postgres\")");
        await Expect(RealPostgres.Settings with { Password = new Secret("wrong one") }, Health.Unknown, "does not accept the password of role dbswitch (\"password\" of its switch's \"postgres\")");
        await Expect(RealPostgres.Settings with { Database = "nowhere" }, Health.Unknown, "has no database nowhere (\"database\" of its switch's \"postgres\")");
        await Expect(RealPostgres.Settings with { Tls = DatabaseTls.Require }, Health.Unknown, "offers no TLS (\"tls: disable\" does without, where the network can be trusted)");
        await server.StopAsync();
        await Expect(RealPostgres.Settings, Health.Unhealthy, $"refuses connections at 127.0.0.1:{server.Port}");
        RealPostgres.Settings.ToString().ShouldNotContain(RealPostgres.Password);

        async Task Expect(PostgresDatabase settings, Health health, string reason)
        {
            var answer = await AskAsync(server, settings);
            (answer.Health, answer.Reason).ShouldBe((health, reason));
        }
    }

    [Fact]
    public async Task What_is_no_PostgreSQL_is_not_taken_for_one()
    {
        await using var echo = new EchoDatabase("echo");
        var state = new TargetState(new TargetConfiguration("db", echo.HostPort) { Database = RealPostgres.Settings }, PostgresKind.Instance, TimeProvider.System);
        var probe = await state.AskAsync(new IPEndPoint(IPAddress.Loopback, echo.Port), true, TimeSpan.FromSeconds(1), Cancel);
        probe.Health.ShouldBe(Health.Unknown);
        using var closing = new TcpListener(IPAddress.Loopback, 0);
        closing.Start();
        var accepting = Task.Run(async () => { using var client = await closing.AcceptSocketAsync(Cancel); await client.ReceiveAsync(new byte[1], Cancel); }, Cancel);
        var address = (IPEndPoint)closing.LocalEndpoint;
        (await state.AskAsync(address, true, TimeSpan.FromSeconds(2), Cancel)).Reason.ShouldBe($"closed the connection without an answer: is it PostgreSQL that listens at {address}?");
        await accepting;
    }

    [Fact]
    public async Task A_server_that_hangs_is_unknown_when_the_deadline_has_passed_and_known_again_when_it_goes_on()
    {
        await using var server = await RealPostgres.StartAsync();
        await using var state = new TargetState(server.Target("db"), PostgresKind.Instance, TimeProvider.System);
        var address = new IPEndPoint(IPAddress.Loopback, server.Port);
        (await state.AskAsync(address, false, TimeSpan.FromSeconds(5), Cancel)).Health.ShouldBe(Health.Healthy);
        server.Freeze();
        foreach (var fresh in (bool[])[false, true, false])
        {
            var hung = await state.AskAsync(address, fresh, TimeSpan.FromMilliseconds(300), Cancel);
            (hung.Health, hung.Reason).ShouldBe((Health.Unknown, $"has not answered at 127.0.0.1:{server.Port} within 0.3 s"));
            hung.Took.ShouldBeLessThan(TimeSpan.FromSeconds(5), "it is not the driver's own patience of 15 s");
        }

        server.Thaw();
        (await state.AskAsync(address, false, TimeSpan.FromSeconds(5), Cancel)).Health.ShouldBe(Health.Healthy);
    }

    internal static async Task<PostgresFacts> FactsAsync(RealPostgres server, PostgresDatabase? settings = null)
    {
        var probe = await AskAsync(server, settings);
        probe.Health.ShouldBe(Health.Healthy, probe.Reason);
        return probe.Facts.ShouldBeOfType<PostgresFacts>();
    }

    private static async Task<Probe> AskAsync(RealPostgres server, PostgresDatabase? settings)
    {
        await using var state = new TargetState(server.Target("db", settings), PostgresKind.Instance, TimeProvider.System);
        return await state.AskAsync(new IPEndPoint(IPAddress.Loopback, server.Port), true, TimeSpan.FromSeconds(10), Cancel);
    }
}
