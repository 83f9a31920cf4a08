using DbSwitch.Configuration;
using DbSwitch.Databases.Postgres;
using DbSwitch.Storage;
using DbSwitch.Switching.Outcomes;
using DbSwitch.Tests.Databases.Postgres;
using Npgsql;

namespace DbSwitch.Tests.Gates;

/// <summary>Switchovers with a real PgBouncer before the proxies: open sessions wait there, and go on.</summary>
public sealed class GateTests
{
    private static readonly PostgresDatabase Promoting = RealPostgres.Settings with { Promote = Promotion.Self };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Open_sessions_survive_three_switchovers_that_promote_without_one_failed_statement()
    {
        await using var pool = new RealPgBouncer();
        await using var scene = await PostgresScene.StartedAsync(Promoting, gates: pool.Gate);
        await pool.StartAsync(scene.Haproxy.ClientPort);
        await using var writers = new Writers(pool.Port, password: RealPgBouncer.Password).Keeping(4).Reconnecting(2);
        await using var direct = new Writers(scene.Haproxy.ClientPort, first: 100).Reconnecting(1);
        var (present, other) = (scene.Db1, scene.Db2);
        for (var i = 0; i < 3; i++)
        {
            await writers.MoreAsync(50);
            var record = await scene.SwitchAsync(scene.NameOf(other));
            record.Report!.Phases.Select(p => p.Phase).ShouldContain(SwitchoverPhase.Pause);
            TestContext.Current.TestOutputHelper?.WriteLine($"{record.Message} {string.Join(", ", record.Report!.Phases.Select(p => $"{p.Phase} {p.Took.TotalMilliseconds:0}"))}");
            (await pool.IsPausedAsync()).ShouldBeFalse();
            await present.RewindAsync(other);
            (present, other) = (other, present);
        }

        await writers.MoreAsync(50);
        await writers.StopAsync();
        await direct.StopAsync();
        writers.FailedStatements.ShouldBeEmpty();
        writers.FailedConnections.ShouldBeEmpty(scene.BrokenSessions);
        direct.FailedConnections.ShouldBeEmpty();
        await writers.AllAreInAsync(present);
        await direct.AllAreInAsync(present);
    }

    [Fact]
    public async Task One_that_somebody_has_paused_as_a_whole_refuses_with_nothing_touched()
    {
        await using var pool = new RealPgBouncer();
        await using var scene = await PostgresScene.StartedAsync(Promoting, gates: pool.Gate);
        await pool.StartAsync(scene.Haproxy.ClientPort);
        await using var direct = new Writers(scene.Haproxy.ClientPort, first: 100).Keeping(1);
        await direct.MoreAsync(5);
        await pool.CommandAsync("PAUSE");

        (await scene.Manager.SelectAsync("db2")).ShouldBeOfType<SwitchoverOutcome.Refused>().Message.ShouldStartWith("Refused: gate pool is paused as a whole by somebody (PAUSE without a database): end that first");

        await direct.MoreAsync(5);
        direct.FailedStatements.ShouldBeEmpty();
        await pool.CommandAsync("RESUME");
        (await scene.SwitchAsync("db2")).To.ShouldBe("db2");
    }

    [Fact]
    public async Task A_transaction_that_takes_longer_than_pause_undoes_it_and_everybody_goes_on()
    {
        await using var pool = new RealPgBouncer();
        await using var scene = await PostgresScene.StartedAsync(Promoting, gates: pool.Gate with { Pause = TimeSpan.FromSeconds(3) });
        await pool.StartAsync(scene.Haproxy.ClientPort);
        await using var writers = new Writers(pool.Port, password: RealPgBouncer.Password).Keeping(2);
        await writers.MoreAsync(20);
        await using var slow = await OpenTransactionAsync(pool);

        var ended = (await scene.Manager.SelectAsync("db2")).ShouldBeOfType<SwitchoverOutcome.Ended>().Record;

        (ended.Result, ended.Message).ShouldBe((SwitchoverResult.RolledBack, "orders: rolled back, clients stay with db1: gate pool has not paused within 3 s: 1 transaction is still open."));
        await CommitAsync(slow);
        await writers.MoreAsync(20);
        await writers.StopAsync();
        writers.FailedStatements.ShouldBeEmpty();
        (await pool.IsPausedAsync()).ShouldBeFalse();
        await scene.SwitchAsync("db2");
    }

    [Fact]
    public async Task Where_it_is_asked_for_a_transaction_that_takes_too_long_is_cut_off_and_new_clients_come_in_at_once()
    {
        await using var pool = new RealPgBouncer();
        await using var scene = await PostgresScene.StartedAsync(Promoting, gates: pool.Gate with { Pause = TimeSpan.FromMilliseconds(300), Kill = true });
        await pool.StartAsync(scene.Haproxy.ClientPort, "server_login_retry = 1");
        await using var slow = await OpenTransactionAsync(pool);
        await using var writers = new Writers(pool.Port, password: RealPgBouncer.Password).Reconnecting(2);
        await writers.MoreAsync(20);

        await scene.SwitchAsync("db2");

        await Should.ThrowAsync<NpgsqlException>(() => CommitAsync(slow));
        await writers.MoreAsync(20);
        await writers.StopAsync();
        await writers.AllAreInAsync(scene.Db2);
    }

    [Fact]
    public async Task A_manager_that_ends_while_clients_wait_lets_them_go_on_when_it_is_back()
    {
        await using var pool = new RealPgBouncer();
        await using var scene = await PostgresScene.StartedAsync(Promoting, gates: pool.Gate with { Pause = TimeSpan.FromSeconds(60) });
        await pool.StartAsync(scene.Haproxy.ClientPort, "query_wait_timeout = 0");
        await using var writers = new Writers(pool.Port, password: RealPgBouncer.Password).Keeping(2);
        await writers.MoreAsync(20);
        await using var slow = await OpenTransactionAsync(pool);
        var selecting = scene.Manager.SelectAsync("db2");
        await Until.TrueAsync("clients to wait", pool.IsPausedAsync);
        await scene.Manager.EndAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => selecting);
        (await pool.IsPausedAsync()).ShouldBeTrue();

        await scene.Manager.StartAsync();

        await Until.TrueAsync("clients to go on", async () => !await pool.IsPausedAsync());
        await CommitAsync(slow);
        await writers.MoreAsync(20);
        await writers.StopAsync();
        writers.FailedStatements.ShouldBeEmpty();
        scene.Manager.Orders.Snapshot.Selection!.Target.ShouldBe("db1");
    }

    [Fact]
    public async Task One_that_is_killed_while_its_clients_wait_and_comes_back_lets_nobody_past_the_fence()
    {
        await using var pool = new RealPgBouncer();
        await using var scene = await PostgresScene.StartedAsync(Promoting, gates: pool.Gate);
        await pool.StartAsync(scene.Haproxy.ClientPort);
        await using var writers = new Writers(pool.Port, password: RealPgBouncer.Password).Reconnecting(2);
        await writers.MoreAsync(20);
        scene.FreezeReplayInFence();
        var selecting = scene.Manager.SelectAsync("db2");
        await Until.TrueAsync("the old primary to be closed", async () => (await PostgresProbeTests.FactsAsync(scene.Db1)).Closed);
        await pool.KillAsync();
        await pool.StartAgainAsync();
        scene.Db2.Thaw();

        // Its own slowness may have it taken back: either way one database serves, and has everything.
        var ended = (await selecting).ShouldBeOfType<SwitchoverOutcome.Ended>().Record;

        await writers.MoreAsync(20);
        await writers.StopAsync();
        await writers.AllAreInAsync(ended.Result == SwitchoverResult.Succeeded ? scene.Db2 : scene.Db1);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task One_that_hangs_refuses_and_whoever_forces_goes_on_without_it_and_it_is_resumed_when_it_is_back()
    {
        await using var pool = new RealPgBouncer();
        await using var scene = await PostgresScene.StartedAsync(Promoting, gates: pool.Gate);
        await pool.StartAsync(scene.Haproxy.ClientPort);
        await using var writers = new Writers(pool.Port, password: RealPgBouncer.Password).Keeping(2);
        await writers.MoreAsync(20);
        pool.Freeze();
        (await scene.Manager.SelectAsync("db2")).ShouldBeOfType<SwitchoverOutcome.Refused>().Message.ShouldContain($"gate pool has not answered at 127.0.0.1:{pool.Port} within 2 s");

        var forced = (await scene.Manager.SelectAsync("db2", force: true)).ShouldBeOfType<SwitchoverOutcome.Ended>().Record;

        forced.Result.ShouldBe(SwitchoverResult.Succeeded, forced.Message);
        forced.Report!.Notes.ShouldContain($"gate pool has not answered at 127.0.0.1:{pool.Port} within 0.5 s, so transactions that came through it may have been cut off");
        forced.Report.Notes.ShouldContain(n => n.StartsWith("Clients may still wait in a gate; still retrying: gate pool has not answered", StringComparison.Ordinal));

        // What it was sent meanwhile it does now: pausing too.
        pool.Thaw();
        await writers.MoreAsync(20);
        await Until.TrueAsync("it to be open", async () => !await pool.IsPausedAsync());
        await writers.StopAsync();
        await writers.AllAreInAsync(scene.Db2);
    }

    [Fact]
    public async Task One_that_was_paused_by_hand_stays_so_only_while_the_switch_is_paused()
    {
        await using var pool = new RealPgBouncer();
        await using var scene = await PostgresScene.StartedAsync(RealPostgres.Settings, gates: pool.Gate);
        await pool.StartAsync(scene.Haproxy.ClientPort);
        await using var gate = new DbSwitch.Gates.Gate(pool.Gate, TimeProvider.System);
        await scene.Manager.Orders.PauseAsync(new DbSwitch.Model.PauseState("ann", "by hand", DateTimeOffset.UtcNow), Cancel);
        await gate.PauseAsync(TimeSpan.FromSeconds(5), Cancel);
        await Until.TrueAsync("the manager to see it", () => scene.Manager.Orders.Snapshot.Gates["pool"]?.Facts?.Paused == true);
        var seen = scene.Manager.Orders.Snapshot.Gates["pool"];
        await Until.TrueAsync("the manager to look again", () => !ReferenceEquals(scene.Manager.Orders.Snapshot.Gates["pool"], seen));
        (await pool.IsPausedAsync()).ShouldBeTrue();

        await scene.Manager.Orders.ResumeAsync("ann", Cancel);

        await Until.TrueAsync("it to be open", async () => !await pool.IsPausedAsync());
    }

    private static async Task<NpgsqlConnection> OpenTransactionAsync(RealPgBouncer pool)
    {
        var connection = pool.Connection();
        await connection.OpenAsync(Cancel);
        await using var begin = new NpgsqlCommand("BEGIN; INSERT INTO written VALUES (500, 1)", connection);
        await begin.ExecuteNonQueryAsync(Cancel);
        return connection;
    }

    private static async Task CommitAsync(NpgsqlConnection connection)
    {
        await using var commit = new NpgsqlCommand("COMMIT", connection);
        await commit.ExecuteNonQueryAsync(Cancel);
    }
}
