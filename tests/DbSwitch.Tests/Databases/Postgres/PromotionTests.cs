using System.Globalization;
using DbSwitch.Configuration;
using DbSwitch.Databases.Postgres;
using DbSwitch.Storage;
using DbSwitch.Switching.Outcomes;
using Npgsql;

namespace DbSwitch.Tests.Databases.Postgres;

/// <summary>Switchovers that promote, on real servers and under real clients: whatever was confirmed is there afterwards, and no new connection fails.</summary>
public sealed class PromotionTests
{
    private static readonly PostgresDatabase Promoting = RealPostgres.Settings with { Promote = Promotion.Self };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("2.6")]
    [InlineData("3.0")]
    [InlineData("3.2")]
    public async Task A_planned_switchover_promotes_loses_nothing_and_leaves_the_old_one_closed(string version)
    {
        await using var scene = await PostgresScene.StartedAsync(Promoting, version);
        await using var writers = new Writers(scene.Haproxy.ClientPort).Reconnecting(4).Keeping(2);
        await writers.MoreAsync(50);

        var record = await scene.SwitchAsync("db2");
        await writers.MoreAsync(50);
        await writers.StopAsync();

        writers.FailedConnections.ShouldBeEmpty(scene.BrokenSessions);
        writers.FailedStatements.Count.ShouldBeLessThanOrEqualTo(writers.Sessions);
        await writers.AllAreInAsync(scene.Db2);
        record.Report!.Phases.Select(p => p.Phase).ShouldContain(SwitchoverPhase.Database);
        record.Report.Notes.ShouldHaveSingleItem().ShouldContain("pg_rewind");

        var old = await PostgresProbeTests.FactsAsync(scene.Db1);
        (old.IsReplica, old.Closed, old.Timeline).ShouldBe((false, true, 1));
        var promoted = await PostgresProbeTests.FactsAsync(scene.Db2);
        (promoted.IsReplica, promoted.Closed, promoted.ReadOnly, promoted.Timeline).ShouldBe((false, false, false, 2));

        // Not through a proxy: it stays closed for who comes past them, as whom ever, also after a restart.
        await scene.Db1.StopAsync();
        await scene.Db1.StartServerAsync();
        foreach (var (user, database) in ((string, string)[])[("app", "orders"), ("postgres", "orders"), ("app", "postgres")])
        {
            (await Should.ThrowAsync<PostgresException>(() => scene.Db1.ExecuteAsync("SELECT 1", user, database))).SqlState.ShouldBeOneOf("55000", "53300");
        }

        (await scene.Manager.SelectAsync("db1")).ShouldBeOfType<SwitchoverOutcome.Refused>().Message.ShouldContain("db1 has diverged from db2 (timelines 1 and 2): rewind it");
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Back_and_forth_under_load_with_a_rewind_in_between_nothing_is_lost()
    {
        await using var scene = await PostgresScene.StartedAsync(Promoting);
        await using var writers = new Writers(scene.Haproxy.ClientPort).Reconnecting(4).Keeping(2);
        var (present, other) = (scene.Db1, scene.Db2);
        var switches = int.Parse(Environment.GetEnvironmentVariable("DBSWITCH_PROMOTIONS") ?? "6", CultureInfo.InvariantCulture);
        for (var i = 0; i < switches; i++)
        {
            await writers.MoreAsync(50);
            var record = await scene.SwitchAsync(scene.NameOf(other));
            TestContext.Current.TestOutputHelper?.WriteLine($"{record.Message} {string.Join(", ", record.Report!.Phases.Select(p => $"{p.Phase} {p.Took.TotalMilliseconds:0}"))}");
            await present.RewindAsync(other);
            (present, other) = (other, present);
        }

        await writers.MoreAsync(50);
        await writers.StopAsync();
        writers.FailedConnections.ShouldBeEmpty(scene.BrokenSessions);
        writers.FailedStatements.Count.ShouldBeLessThanOrEqualTo(writers.Sessions * switches);
        await writers.AllAreInAsync(present);
        (await PostgresProbeTests.FactsAsync(present)).Timeline.ShouldBe(switches + 1);
    }

    [Fact]
    public async Task A_statement_that_was_delivered_and_a_session_that_says_read_write_do_not_outlive_the_old_primary()
    {
        await using var scene = await PostgresScene.StartedAsync(Promoting);

        // Delivered, and still to be committed long after no client reaches the database any more (the grace of a scene is a second); and one that comes past the proxy.
        await using var through = scene.Db1.Connection("app", "orders", scene.Haproxy.ClientPort);
        await through.OpenAsync(Cancel);
        await using var slow = new NpgsqlCommand("SELECT pg_sleep(60); INSERT INTO written VALUES (100, 1)", through);
        var delivered = Should.ThrowAsync<NpgsqlException>(() => slow.ExecuteNonQueryAsync(Cancel));
        await using var past = scene.Db1.Connection("app", "orders");
        await past.OpenAsync(Cancel);
        await using var begin = new NpgsqlCommand("BEGIN READ WRITE; INSERT INTO written VALUES (100, 2)", past);
        await begin.ExecuteNonQueryAsync(Cancel);

        await scene.SwitchAsync("db2");

        await delivered;
        await using var commit = new NpgsqlCommand("COMMIT", past);
        await Should.ThrowAsync<NpgsqlException>(() => commit.ExecuteNonQueryAsync(Cancel));
        await Until.TrueAsync("nothing of it to be left", async () => await scene.Db1.ScalarAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'") == 0);
        foreach (var server in (RealPostgres[])[scene.Db1, scene.Db2])
        {
            (await CountAsync(server)).ShouldBe(0);
        }
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task What_can_not_be_proven_in_time_is_undone_and_the_old_primary_serves_on()
    {
        await using var scene = await PostgresScene.StartedAsync(Promoting);
        await using var writers = new Writers(scene.Haproxy.ClientPort).Reconnecting(2);
        await writers.MoreAsync(20);

        // It receives and does not replay any more: what is written from then on never arrives.
        scene.FreezeReplayInFence();
        var outcome = (await scene.Manager.SelectAsync("db2")).ShouldBeOfType<SwitchoverOutcome.Ended>();

        outcome.Record.Result.ShouldBe(SwitchoverResult.RolledBack, outcome.Message);

        // On a machine that is slow enough the databases' own answers come too late to say how far.
        outcome.Message.ShouldMatch(@"rolled back, clients stay with db1: (db2 was still .* behind what db1 had confirmed|the databases did not answer in time)\.");
        await writers.MoreAsync(20);
        await writers.StopAsync();
        writers.FailedConnections.ShouldBeEmpty(scene.BrokenSessions);
        await writers.AllAreInAsync(scene.Db1);
        (await PostgresProbeTests.FactsAsync(scene.Db1)).Closed.ShouldBeFalse();
        scene.Db2.Thaw();
        await Until.TrueAsync("the replica to be as open as its primary", async () => !(await PostgresProbeTests.FactsAsync(scene.Db2)).Closed);
        (await scene.SwitchAsync("db2")).Result.ShouldBe(SwitchoverResult.Succeeded);
    }

    [Fact]
    public async Task With_the_old_primary_gone_only_force_promotes_and_says_what_was_not_made_sure()
    {
        await using var scene = await PostgresScene.StartedAsync(Promoting);
        await using var writers = new Writers(scene.Haproxy.ClientPort).Reconnecting(2);
        await writers.MoreAsync(20);
        await writers.StopAsync();
        var last = await PostgresProbeTests.FactsAsync(scene.Db1);
        await Until.TrueAsync("the replica to have all of it", async () => (await PostgresProbeTests.FactsAsync(scene.Db2)).BehindOf(last) == 0);
        await scene.Db1.KillAsync();
        (await scene.Manager.SelectAsync("db2")).ShouldBeOfType<SwitchoverOutcome.Refused>().Message
            .ShouldMatch($@"^Refused: db1 is down \(refuses connections at 127\.0\.0\.1:{scene.Db1.Port}\), so lost commits can't be ruled out \(last known lag 0 bytes, [0-9.]+ s ago\)\. If db1 is surely dead: dbswitch select db2 --force$");

        var ended = (await scene.Manager.SelectAsync("db2", force: true)).ShouldBeOfType<SwitchoverOutcome.Ended>().Record;

        ended.Result.ShouldBe(SwitchoverResult.Succeeded, ended.Message);
        ended.Waivers.ShouldStartWith("forced although db1 is down");
        ended.Report!.Notes.ShouldHaveSingleItem().ShouldStartWith($"db1 refuses connections at 127.0.0.1:{scene.Db1.Port}, so it was not made quiet");
        (await PostgresProbeTests.FactsAsync(scene.Db2)).Timeline.ShouldBe(2);
        await writers.AllAreInAsync(scene.Db2);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task An_old_primary_that_hangs_refuses_and_force_takes_a_second_and_not_more()
    {
        await using var scene = await PostgresScene.StartedAsync(Promoting);
        scene.Db1.Freeze();
        (await scene.Manager.SelectAsync("db2")).ShouldBeOfType<SwitchoverOutcome.Refused>().Message.ShouldContain("db1 has not answered at 127.0.0.1");

        var ended = (await scene.Manager.SelectAsync("db2", force: true)).ShouldBeOfType<SwitchoverOutcome.Ended>().Record;

        ended.Result.ShouldBe(SwitchoverResult.Succeeded, ended.Message);
        ended.Report!.Notes.ShouldHaveSingleItem().ShouldStartWith($"db1 has not answered at 127.0.0.1:{scene.Db1.Port} within 0.5 s, so it was not made quiet");
        await using var writers = new Writers(scene.Haproxy.ClientPort).Reconnecting(1);
        await writers.MoreAsync(5);
        await writers.StopAsync();
        await writers.AllAreInAsync(scene.Db2);
    }

    /// <summary>Rows of the writer 100. One that is closed is looked at as it stands, which only a superuser of its maintenance database may.</summary>
    private static async Task<long> CountAsync(RealPostgres server)
    {
        var closed = (await PostgresProbeTests.FactsAsync(server)).Closed;
        if (closed)
        {
            await server.ExecuteAsync("ALTER DATABASE orders ALLOW_CONNECTIONS true");
        }

        return await server.ScalarAsync<long>("SELECT count(*) FROM written WHERE writer = 100", "postgres", "orders");
    }
}
