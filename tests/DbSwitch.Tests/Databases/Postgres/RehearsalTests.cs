using DbSwitch.Configuration;
using DbSwitch.Databases;
using DbSwitch.Databases.Postgres;
using DbSwitch.Storage;
using DbSwitch.Switching.Outcomes;
using Npgsql;

namespace DbSwitch.Tests.Databases.Postgres;

/// <summary>What a switchover that promotes would need, and would lose, is found out beforehand: refused with nothing touched, or said afterwards.</summary>
public sealed class RehearsalTests
{
    private static readonly PostgresDatabase Promoting = RealPostgres.Settings with { Promote = Promotion.Self };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_in_unlogged_tables_refuses_and_who_may_lose_it_is_told_what_was_lost()
    {
        await using var scene = await PostgresScene.StartedAsync(Promoting with { LoseUnlogged = true });
        await scene.Db1.ExecuteAsync("CREATE UNLOGGED TABLE nothing (number int PRIMARY KEY); CREATE UNLOGGED TABLE sessions (number int)", "app", "orders");
        (await WhyAsync(scene, Promoting)).ShouldBeNull("they are empty");
        await scene.Db1.ExecuteAsync("INSERT INTO sessions SELECT generate_series(1, 1000)", "app", "orders");
        (await WhyAsync(scene, Promoting)).ShouldNotBeNull().ShouldMatch(@"^what db1 has in unlogged tables \(database orders: [0-9.]+ kB in 1 table or index\) would not be on db2: no replica has it$");
        (await WhyAsync(scene, Promoting with { LoseUnlogged = true })).ShouldBeNull();
        (await WhyAsync(scene, RealPostgres.Settings)).ShouldBe("db2 is a replica, and \"promote: none\" leaves it one");

        var record = await scene.SwitchAsync("db2");

        record.Report!.Notes[0].ShouldMatch(@"^What db1 had in unlogged tables \(database orders: .*\) is not on db2: these tables are empty there$");
        (await scene.Db2.ScalarAsync<long>("SELECT count(*) FROM sessions", "app", "orders")).ShouldBe(0);
    }

    [Fact]
    public async Task A_logical_slot_that_the_next_primary_does_not_have_is_told()
    {
        await using var scene = await PostgresScene.StartedAsync(Promoting);
        await scene.Db1.StopAsync();
        await scene.Db1.SetAsync("wal_level = logical");
        await scene.Db1.StartServerAsync();
        await scene.Db2.StreamsAsync();
        await scene.Db1.ExecuteAsync("SELECT pg_create_logical_replication_slot('feed', 'test_decoding')", "postgres", "orders");
        await Until.TrueAsync("the guards to pass", async () => await WhyAsync(scene, Promoting) is null);

        (await scene.SwitchAsync("db2")).Report!.Notes.ShouldContain("Logical replication from db1 stops: its slot feed is not on db2, and whoever reads there must be set up anew from db2");
    }

    [Fact]
    public async Task Commits_that_would_wait_for_nobody_who_is_there_refuse_and_who_forces_hears_that_they_wait()
    {
        await using var scene = await PostgresScene.StartedAsync(Promoting);
        foreach (var (names, isLacking) in ((string, bool)[])[("db1", true), ("*", true), ("FIRST 1 (db1, db3)", true), ("", false)])
        {
            await scene.Db2.SetAsync($"synchronous_standby_names = '{names}'");
            await Until.TrueAsync("it to be in force", async () => await scene.Db2.ScalarAsync<string>("SHOW synchronous_standby_names") == names);
            (await WhyAsync(scene, Promoting)).ShouldBe(isLacking ? $"commits on db2 would wait for replicas that do not stream from it: synchronous_standby_names is '{names}', and none of those does" : null);
        }

        // From its start on: what a reload says reaches all of its processes in their own time.
        await scene.Db2.StopAsync();
        await scene.Db2.SetAsync("synchronous_standby_names = 'db1'");
        await scene.Db2.StartServerAsync();
        await scene.Db2.StreamsAsync();
        await Until.TrueAsync("nothing else to refuse", async () => (await WhyAsync(scene, Promoting))?.StartsWith("commits on db2 would wait", StringComparison.Ordinal) == true);
        (await scene.Manager.SelectAsync("db2")).ShouldBeOfType<SwitchoverOutcome.Refused>().Message.ShouldEndWith("On db2: ALTER SYSTEM SET synchronous_standby_names = ''; SELECT pg_reload_conf(); (set it back when its replica streams)");
        await using var writers = new Writers(scene.Haproxy.ClientPort).Reconnecting(1);

        var ended = (await scene.Manager.SelectAsync("db2", force: true)).ShouldBeOfType<SwitchoverOutcome.Ended>().Record;

        ended.Result.ShouldBe(SwitchoverResult.Succeeded, ended.Message);
        ended.Report!.Notes.Any(n => n.StartsWith("! Every commit on db2 waits: synchronous_standby_names asks for replicas", StringComparison.Ordinal)).ShouldBeTrue(string.Join('\n', ended.Report.Notes));
        (await PostgresProbeTests.FactsAsync(scene.Db2)).WhyCommitsWait.ShouldBe("wait for replicas that do not stream from it: synchronous_standby_names is 'db1', and none of those does");

        // What it says to type is what helps.
        await scene.Db2.SetAsync("synchronous_standby_names = ''");
        await writers.MoreAsync(5);
        (await PostgresProbeTests.FactsAsync(scene.Db2)).WhyCommitsWait.ShouldBeNull();
    }

    [Theory]
    [InlineData("", null)]
    [InlineData("two", null)]
    [InlineData("TWO", null)]
    [InlineData("2 (two, three)", "wait for replicas that do not stream from it: synchronous_standby_names is '2 (two, three)', and 1 of the 2 that are needed does")]
    [InlineData("ANY 1 (three, \"two\")", null)]
    [InlineData("first 1 (*)", null)]
    [InlineData("three, four", "wait for replicas that do not stream from it: synchronous_standby_names is 'three, four', and none of those does")]
    public void Every_way_to_name_them_is_understood(string names, string? why)
    {
        var facts = new PostgresFacts("7", "15", false, 1, 100, false, true) { SynchronousNames = names, Standbys = [new PostgresStandby("10.0.0.2", "streaming", null) { Name = "two" }, new PostgresStandby("10.0.0.3", "catchup", null) { Name = "three" }] };
        PostgresSynchronous.WhyCommitsWait(facts).ShouldBe(why);
        PostgresSynchronous.WhyCommitsWait(facts with { SynchronousCommit = "local" }).ShouldBeNull();
    }

    [Fact]
    public async Task A_database_that_a_drop_has_left_half_done_hinders_nothing()
    {
        await using var scene = await PostgresScene.StartedAsync(Promoting);
        await scene.Db1.ExecuteAsync("CREATE DATABASE half");
        await scene.Db1.ExecuteAsync("UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'half'");
        await scene.SwitchAsync("db2");
    }

    [Fact]
    public async Task What_can_not_be_closed_refuses_with_nothing_touched()
    {
        await using var scene = await PostgresScene.StartedAsync(Promoting);
        await using var writers = new Writers(scene.Haproxy.ClientPort).Keeping(1);
        await writers.MoreAsync(5);
        await using var holder = scene.Db1.Connection();
        await holder.OpenAsync(Cancel);
        await using var alter = new NpgsqlCommand("BEGIN; ALTER DATABASE orders CONNECTION LIMIT 50", holder);
        await alter.ExecuteNonQueryAsync(Cancel);

        var refused = (await scene.Manager.SelectAsync("db2")).ShouldBeOfType<SwitchoverOutcome.Refused>();

        refused.Message.ShouldStartWith("Refused: db1 can't be closed to clients: it says: canceling statement due to lock timeout (55P03)");
        refused.Guards.Single(g => g.Name == "rehearsal").Verdict.ShouldBe(GuardVerdict.Failed);
        await writers.MoreAsync(5);
        await writers.StopAsync();
        writers.FailedStatements.ShouldBeEmpty("nothing was touched");
        (await PostgresProbeTests.FactsAsync(scene.Db1)).Closed.ShouldBeFalse();
    }

    [Fact]
    public async Task A_replay_that_a_query_holds_refuses_with_nothing_touched()
    {
        await using var scene = await PostgresScene.StartedAsync(Promoting);
        await scene.Db2.SetAsync("max_standby_streaming_delay = -1");
        await scene.Db1.ExecuteAsync("INSERT INTO written SELECT 50, i FROM generate_series(1, 100) i", "app", "orders");
        await Until.TrueAsync("the replica to have it", async () => await scene.Db2.ScalarAsync<long>("SELECT count(*) FROM written WHERE writer = 50", "app", "orders") == 100);
        await using var reader = scene.Db2.Connection("app", "orders");
        await reader.OpenAsync(Cancel);
        await using var query = new NpgsqlCommand("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM written", reader);
        await query.ExecuteNonQueryAsync(Cancel);
        await scene.Db1.ExecuteAsync("DELETE FROM written WHERE writer = 50", "app", "orders");
        await scene.Db1.ExecuteAsync("VACUUM written", "app", "orders");

        var refused = (await scene.Manager.SelectAsync("db2")).ShouldBeOfType<SwitchoverOutcome.Refused>();

        refused.Message.ShouldMatch(@"^Refused: db2 has received what db1 wrote and not replayed it within 3 s, and a switchover has no more time \(.* behind\): a query on it may hold the replay \(max_standby_streaming_delay\)\. On db2: SELECT pid");
        (await PostgresProbeTests.FactsAsync(scene.Db1)).Closed.ShouldBeFalse();
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task A_replica_that_streams_through_the_proxy_is_told_so_when_the_fence_has_cut_it_off()
    {
        await using var db1 = await RealPostgres.StartAsync();
        await using var haproxy = await RealHaproxy.StartAsync("3.2", new RealHaproxyOptions { Companion = true });
        var server = $"db_servers/backend_db1_{db1.Port}";
        await haproxy.SendAsync($"add server {server} 127.0.0.1:{db1.Port}");
        await haproxy.SendAsync($"set server {server} state ready");
        await using var db2 = await db1.StandbyAsync(through: haproxy.ClientPort);
        await using var manager = new ManagerUnderTest { Hold = TimeSpan.FromSeconds(10) }.Proxy("p", haproxy.ApiEndpoint).Switch("db1", db1.Target("db1", Promoting), db2.Target("db2", Promoting));
        await manager.StartAsync();
        await manager.SettledAsync("db1");

        var ended = (await manager.SelectAsync("db2")).ShouldBeOfType<SwitchoverOutcome.Ended>().Record;

        ended.Result.ShouldBe(SwitchoverResult.RolledBack, ended.Message);
        ended.Message.ShouldMatch($@"db2 was still .* behind what db1 had confirmed, and streams no more since clients were fenced: if its primary_conninfo leads through a proxy, let it name db1 itself \(127\.0\.0\.1:{db1.Port}\)\.$");
    }

    [Fact]
    public async Task Transactions_that_do_not_say_how_old_they_are_refuse()
    {
        await using var scene = await PostgresScene.StartedAsync(Promoting);
        await scene.Db1.ExecuteAsync("ALTER DATABASE orders SET track_activities = off");
        await using var idle = scene.Db1.Connection("app", "orders");
        await idle.OpenAsync(Cancel);
        (await WhyAsync(scene, Promoting)).ShouldBeNull("it is in no transaction");
        await using var begin = new NpgsqlCommand("BEGIN; SELECT count(*) FROM written", idle);
        await begin.ExecuteNonQueryAsync(Cancel);

        (await WhyAsync(scene, Promoting)).ShouldBe("db1 does not say how old 1 of its open transactions is (track_activities is off for it)");
    }

    [Fact]
    public async Task No_force_begins_what_its_role_may_not_end()
    {
        await using var scene = await PostgresScene.StartedAsync(Promoting with { User = "watcher" });
        await scene.Db1.KillAsync();

        (await scene.Manager.SelectAsync("db2", force: true)).ShouldBeOfType<SwitchoverOutcome.Refused>().Message.ShouldBe(
            "Refused: can't promote db2: role watcher may not call pg_promote, and no client would be let in anywhere. On the primary: ALTER ROLE watcher SUPERUSER; where there is none any more, promote db2 by hand, then: dbswitch select db2 --force.");

        // What it says to do is what helps.
        await scene.Db2.ExecuteAsync("SELECT pg_promote()");
        var ended = (await scene.Manager.SelectAsync("db2", force: true)).ShouldBeOfType<SwitchoverOutcome.Ended>().Record;
        ended.Result.ShouldBe(SwitchoverResult.Succeeded, ended.Message);
    }

    private static async Task<string?> WhyAsync(PostgresScene scene, PostgresDatabase settings) => GuardRules.Failures(await PostgresGuardTests.AskAsync(scene.Db2, scene.Db1, settings));
}
