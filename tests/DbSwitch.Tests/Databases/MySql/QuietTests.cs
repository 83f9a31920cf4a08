using System.Diagnostics;
using System.Net;
using DbSwitch.Databases;
using DbSwitch.Databases.MySql;
using MySqlConnector;

namespace DbSwitch.Tests.Databases.MySql;

/// <summary>What the proof rests on: a server that is closed commits nothing for anybody, whatever was open, and is as before when that is undone.</summary>
public sealed class QuietTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(InstalledMySql.Maria10)]
    [InlineData(InstalledMySql.Maria11)]
    [InlineData(InstalledMySql.MySql)]
    public async Task While_it_is_closed_nobody_commits_and_undone_it_is_as_before(string product)
    {
        await using var primary = await RealMySql.StartAsync(product, "--event-scheduler=ON");
        await using var replica = await primary.ReplicaAsync();
        await primary.ExecuteAsync("CREATE DEFINER = 'admin'@'%' PROCEDURE orders.put(n int) SQL SECURITY DEFINER INSERT INTO orders.written VALUES (70, n)");
        await primary.ExecuteAsync("CREATE DEFINER = 'admin'@'%' EVENT orders.tick ON SCHEDULE EVERY 1 SECOND DO INSERT INTO orders.written VALUES (71, (SELECT COALESCE(MAX(o.number), 0) + 1 FROM orders.written o WHERE o.writer = 71))");
        await Until.TrueAsync("the event to run", async () => await primary.ScalarAsync("SELECT COUNT(*) FROM orders.written WHERE writer = 71") != "0");
        await using var open = await primary.OpenAsync("app", "orders");
        await DoAsync(open, "BEGIN; INSERT INTO written VALUES (72, 1)");
        await using var xa = await primary.OpenAsync("app", "orders");
        await DoAsync(xa, "XA START 'x'; INSERT INTO written VALUES (73, 1); XA END 'x'");
        await using var promotion = PromotionOf(primary, replica);
        await promotion.PrepareAsync(By, Cancel);

        await promotion.QuietAsync(By, Cancel);

        var position = await PositionAsync(primary);
        foreach (var (connection, sql) in ((MySqlConnection, string)[])[(open, "COMMIT"), (xa, "XA PREPARE 'x'")])
        {
            await Should.ThrowAsync<MySqlException>(() => DoAsync(connection, sql));
        }

        // As an application, as an administrator, through a procedure of such: new sessions, past the proxies.
        foreach (var (user, sql) in ((string, string)[])[("app", "INSERT INTO orders.written VALUES (74, 1)"), ("admin", "INSERT INTO orders.written VALUES (75, 1)"), ("app", "CALL orders.put(1)"), ("admin", "CREATE TABLE orders.more (a int)")])
        {
            await Should.ThrowAsync<MySqlException>(() => primary.ExecuteAsync($"SET SESSION lock_wait_timeout = 1{(primary.IsMariaDb ? ", max_statement_time = 1" : "")}; {sql}", user), $"{user}: {sql}");
        }

        (await PositionAsync(primary)).ShouldBe(position);
        (await AskAsync(primary, replica)).ClosedBy.ShouldNotBeNull().Who.ShouldBe("dbswitch (switch orders, generation 2, manager m1)");
        (await ReadAsync(primary, "SELECT COUNT(*) FROM orders.written WHERE writer IN (70, 72, 73, 74, 75)")).ShouldBe("0");

        // Somebody else's word opens nothing.
        await using (var another = PromotionOf(primary, replica))
        {
            await another.UndoAsync(By with { Manager = "m2" }, Cancel);
            (await AskAsync(primary, replica)).Closed.ShouldBeTrue();
        }

        await promotion.UndoAsync(By, Cancel);

        (await AskAsync(primary, replica)).ShouldSatisfyAllConditions(f => f.Closed.ShouldBeFalse(), f => f.TakesWrites.ShouldBe(true));
        await primary.ExecuteAsync("INSERT INTO orders.written VALUES (74, 1); CALL orders.put(2)", "app", "orders");
        var ticks = await primary.ScalarAsync("SELECT COUNT(*) FROM orders.written WHERE writer = 71");
        await Until.TrueAsync("the event to run again", async () => await primary.ScalarAsync("SELECT COUNT(*) FROM orders.written WHERE writer = 71") != ticks);
        if (!primary.IsMariaDb)
        {
            // Not set for the next start either.
            (await primary.ScalarAsync("SELECT COUNT(*) FROM performance_schema.persisted_variables")).ShouldBe("0");
        }
    }

    [Theory]
    [InlineData(InstalledMySql.Maria11)]
    [InlineData(InstalledMySql.MySql)]
    public async Task What_would_hold_it_up_is_ended_in_time(string product)
    {
        await using var primary = await RealMySql.StartAsync(product);
        await using var replica = await primary.ReplicaAsync();
        await primary.ExecuteAsync("INSERT INTO orders.written VALUES (1, 1)");
        await using var writing = await primary.OpenAsync("app", "orders");
        await using var locking = await primary.OpenAsync("app", "orders");
        await using var reading = await primary.OpenAsync("app", "orders");
        await DoAsync(locking, "CREATE TABLE other (a int); LOCK TABLES other WRITE");
        var holding = Task.WhenAll(Should.ThrowAsync<MySqlException>(() => DoAsync(writing, "INSERT INTO written SELECT 80 + SLEEP(60), 1")), Should.ThrowAsync<MySqlException>(() => DoAsync(reading, "SELECT a.number, SLEEP(60) FROM written a")));
        await Until.TrueAsync("both to run", async () => await primary.ScalarAsync("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE INFO LIKE '%SLEEP(60)%' AND ID <> CONNECTION_ID()") == "2");
        await using var promotion = PromotionOf(primary, replica);
        await promotion.PrepareAsync(By, Cancel);

        // As long as a switchover has for it.
        using var timer = new CancellationTokenSource(TimeSpan.FromSeconds(3));

        await promotion.QuietAsync(By, timer.Token);

        await promotion.UndoAsync(By, Cancel);
        await primary.ExecuteAsync("INSERT INTO orders.written VALUES (85, 1)", "app", "orders");
        await holding;
    }

    [Theory]
    [InlineData(InstalledMySql.Maria11)]
    [InlineData(InstalledMySql.MySql)]
    public async Task What_nobody_has_decided_and_a_replica_that_stands_still_are_not_passed_over_and_it_is_undone(string product)
    {
        await using var primary = await RealMySql.StartAsync(product);
        await using var replica = await primary.ReplicaAsync();
        await primary.ExecuteAsync("XA START 'left'; INSERT INTO written VALUES (51, 1); XA END 'left'; XA PREPARE 'left'", "app", "orders");
        await using (var promotion = PromotionOf(primary, replica))
        {
            await promotion.PrepareAsync(By, Cancel);
            (await Should.ThrowAsync<DatabaseException>(() => promotion.QuietAsync(By, Cancel))).Message.ShouldBe("db1 has 1 prepared transaction that nobody has decided (XA RECOVER)");
            await promotion.UndoAsync(By, Cancel);
        }

        await primary.ExecuteAsync("XA ROLLBACK 'left'", "app", "orders");

        await using var again = PromotionOf(primary, replica);
        await again.PrepareAsync(By, Cancel);
        replica.Freeze();
        using var timer = new CancellationTokenSource(TimeSpan.FromSeconds(1.5));
        (await Should.ThrowAsync<DatabaseException>(() => again.QuietAsync(By, timer.Token))).Message.ShouldBe("db2 still lacked what db1 had confirmed");
        replica.Thaw();
        await again.UndoAsync(By, Cancel);
        await primary.ExecuteAsync("INSERT INTO orders.written VALUES (82, 1)", "app", "orders");
    }

    [Fact]
    public async Task A_commit_that_waits_for_a_replica_that_does_not_answer_has_it_undone_in_time()
    {
        await using var primary = await RealMySql.StartAsync(InstalledMySql.MySql, "--plugin-load-add=semisync_source.so", "--rpl-semi-sync-source-enabled=ON", "--rpl-semi-sync-source-timeout=60000");
        await using var replica = await primary.ReplicaAsync(options: ["--plugin-load-add=semisync_replica.so", "--rpl-semi-sync-replica-enabled=ON"]);
        await Until.TrueAsync("commits to wait for the replica", async () => await primary.ScalarAsync("SELECT VARIABLE_VALUE FROM performance_schema.global_status WHERE VARIABLE_NAME = 'Rpl_semi_sync_source_clients'") == "1");
        await using var promotion = PromotionOf(primary, replica);
        (await promotion.RehearseAsync(By, Cancel)).ShouldAllBe(g => g.Verdict == GuardVerdict.Passed);
        await promotion.PrepareAsync(By, Cancel);
        replica.Freeze();
        var waiting = primary.ExecuteAsync("INSERT INTO orders.written VALUES (86, 1)", "app");
        await Until.TrueAsync("a commit to wait", async () => await primary.ScalarAsync("SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE STATE LIKE '%semi-sync%'") == "1");
        using var timer = new CancellationTokenSource(TimeSpan.FromSeconds(3));
        var watch = Stopwatch.StartNew();

        await Should.ThrowAsync<DatabaseException>(() => promotion.QuietAsync(By, timer.Token));
        await promotion.UndoAsync(By, Cancel);

        // Long before the commit would have given up.
        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(15));
        replica.Thaw();
        await waiting;
        await primary.ExecuteAsync("INSERT INTO orders.written VALUES (86, 2)", "app");
    }

    private static Closure By { get; } = new("m1", "orders", 1, 2, "db2", new IPEndPoint(IPAddress.Loopback, 3306));

    private static MySqlPromotion PromotionOf(RealMySql primary, RealMySql replica) => new(
        primary.Target("db1", MySqlScene.Promoting), new IPEndPoint(IPAddress.Loopback, primary.Port), replica.Target("db2", MySqlScene.Promoting), new IPEndPoint(IPAddress.Loopback, replica.Port), false, TimeProvider.System);

    private static Task<string> PositionAsync(RealMySql server) => ReadAsync(server, server.IsMariaDb ? "SELECT @@global.gtid_binlog_state" : "SELECT @@global.gtid_executed");

    private static Task<string> ReadAsync(RealMySql server, string sql) => server.ScalarAsync(sql);

    private static async Task<MySqlFacts> AskAsync(RealMySql server, RealMySql replica)
    {
        await using var state = new TargetState(server.Target("db1", MySqlScene.Promoting), MySqlKind.Instance, TimeProvider.System);
        var probe = await state.AskAsync(new IPEndPoint(IPAddress.Loopback, server.Port), true, TimeSpan.FromSeconds(10), Cancel);
        return probe.Facts.ShouldBeOfType<MySqlFacts>(probe.Reason);
    }

    private static async Task DoAsync(MySqlConnection connection, string sql)
    {
        await using var command = new MySqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Cancel);
    }
}
