using DbSwitch.Databases.Redis;
using DbSwitch.Storage;
using DbSwitch.Switching.Outcomes;

namespace DbSwitch.Tests.Databases.Redis;

/// <summary>A switchover that something comes in between: undone or finished, and nobody is left closed or waiting.</summary>
public sealed class RedisTroubleTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_target_that_stops_answering_undoes_it_and_the_old_primary_is_as_it_was()
    {
        await using var scene = await RedisScene.StartedAsync();
        await scene.Db1.AsksForReplicasAsync(1);
        scene.OnceIn(SwitchoverPhase.Database, 1, scene.Db2.Freeze);

        var outcome = (await scene.Manager.SelectAsync("db2")).ShouldBeOfType<SwitchoverOutcome.Ended>();

        outcome.Record.Result.ShouldBe(SwitchoverResult.RolledBack, outcome.Message);
        await OpenAsync(scene, "1");
        scene.Db2.Thaw();
        await Until.TrueAsync("db2 to follow again", async () => await scene.Db2.InfoAsync("master_link_status") == "up");
        await scene.SwitchAsync("db2");
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task An_old_primary_that_stops_answering_when_it_is_to_be_closed_is_open_when_it_goes_on()
    {
        await using var scene = await RedisScene.StartedAsync();
        await scene.Db1.AsksForReplicasAsync(1);
        scene.OnceIn(SwitchoverPhase.Database, 1, scene.Db1.Freeze);

        var outcome = (await scene.Manager.SelectAsync("db2")).ShouldBeOfType<SwitchoverOutcome.Ended>();

        // What it was sent lies before it still, and it will do it when it goes on.
        outcome.Record.Result.ShouldBe(SwitchoverResult.RolledBack, outcome.Message);
        outcome.Message.ShouldContain("it could not be opened to clients again yet");
        scene.Db1.Thaw();
        await Until.TrueAsync("it to be open", async () => await scene.Db1.ConfigAsync("min-replicas-to-write") == "1" && scene.Manager.Orders.Snapshot.DatabaseProblem is null, seconds: 15);
        await OpenAsync(scene, "1");
        await Until.TrueAsync("db2 to follow again", async () => await scene.Db2.InfoAsync("master_link_status") == "up");
        await scene.SwitchAsync("db2");
        await scene.RejoinedAsync(scene.Db1, "1");
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task An_old_primary_that_stops_answering_after_the_commit_keeps_nobody_waiting_and_follows_when_it_goes_on()
    {
        await using var scene = await RedisScene.StartedAsync();
        scene.OnceIn(SwitchoverPhase.Database, 2, scene.Db1.Freeze);

        await scene.SwitchAsync("db2");

        await Until.TrueAsync("it to be said", () => scene.Manager.Orders.Snapshot.Targets["db1"].Probe is { Health: DbSwitch.Databases.Health.Unknown }, seconds: 15);
        scene.Db1.Thaw();
        await scene.RejoinedAsync(scene.Db1);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task A_target_that_dies_after_the_commit_lets_nobody_in_anywhere_and_the_way_back_opens_the_old_primary()
    {
        await using var scene = await RedisScene.StartedAsync();
        scene.OnceIn(SwitchoverPhase.Database, 2, scene.Db2.Freeze);
        var ended = (await scene.Manager.SelectAsync("db2")).ShouldBeOfType<SwitchoverOutcome.Ended>().Record;
        ended.Result.ShouldBe(SwitchoverResult.Partial, ended.Message);
        ended.Message.ShouldContain("no client is let in before its database is promoted (db2 ");
        await scene.Db2.KillAsync();
        (await scene.RefusedAsync("db1")).ShouldEndWith("If db2 is surely dead: dbswitch select db1 --force");

        await scene.SwitchAsync("db1", force: true);

        await OpenAsync(scene, "0");
        await scene.Db2.StartAgainAsync();
        await scene.RejoinedAsync(scene.Db2);
    }

    [Fact]
    public async Task A_replica_that_falls_behind_undoes_it_with_the_number()
    {
        await using var scene = await RedisScene.StartedAsync();

        // It is cut off in the fence, after the guards have looked; something is written there that never arrives.
        scene.OnceIn(SwitchoverPhase.Database, 1, () => Task.Run(async () =>
        {
            await scene.Db2.DoAsync("REPLICAOF", "127.0.0.1", $"{FreePort.Take()}");
            await scene.Db1.DoAsync("SET", "late", new string('x', 5000));
        }).GetAwaiter().GetResult());
        var outcome = (await scene.Manager.SelectAsync("db2")).ShouldBeOfType<SwitchoverOutcome.Ended>();

        outcome.Record.Result.ShouldBe(SwitchoverResult.RolledBack, outcome.Message);
        outcome.Message.ShouldMatch(@"db2 was still [0-9.]+ (kB|bytes) behind what db1 had confirmed, and is not connected to it");
        await OpenAsync(scene, "0");
    }

    [Fact]
    public async Task A_manager_that_dies_while_the_old_primary_is_closed_opens_it_when_it_is_back()
    {
        await using var scene = await RedisScene.StartedAsync();
        scene.OnceIn(SwitchoverPhase.Database, 1, scene.Db2.Freeze);
        var selecting = scene.Manager.SelectAsync("db2");
        await Until.TrueAsync("db1 to be closed", async () => await scene.Db1.ConfigAsync("min-replicas-to-write") is { Length: > 6 });

        // Those that come past the proxies wait, and are refused; nothing that they write is confirmed.
        await using (var past = await scene.Db1.ConnectAsync())
        {
            (await past.TryAskAsync(Cancel, "SET", "past", "1")).ShouldBeOfType<RespValue.Error>().Word.ShouldBe("NOREPLICAS");
        }

        await scene.Manager.EndAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => selecting);
        scene.Db2.Thaw();
        (await scene.Db1.ConfigAsync("min-replicas-to-write")).Length.ShouldBeGreaterThan(6);
        await scene.Manager.StartAsync();

        await Until.TrueAsync("db1 to be open", async () => await scene.Db1.ConfigAsync("min-replicas-to-write") == "0", seconds: 15);
        await OpenAsync(scene, "0");
        await scene.Manager.SettledAsync("db1");
        await scene.SwitchAsync("db2");
        await scene.RejoinedAsync(scene.Db1);
    }

    [Fact]
    public async Task A_manager_that_dies_after_the_commit_promotes_when_it_is_back_and_the_old_primary_follows()
    {
        await using var scene = await RedisScene.StartedAsync();

        // The second time that the databases have their turn is after the commit.
        scene.OnceIn(SwitchoverPhase.Database, 2, scene.Db2.Freeze);
        var selecting = scene.Manager.SelectAsync("db2");
        await Until.TrueAsync("it to be committed", async () => (await scene.Manager.Store.HistoryAsync("orders", 1, Cancel)).SingleOrDefault() is { Committed: true } or { To: "db2" } && scene.Manager.Orders.Snapshot.Selection?.Target == "db2");
        await scene.Manager.EndAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => selecting);
        (await scene.Db1.SayAsync("SET", "past", "1")).ShouldBeOfType<RespValue.Error>().Word.ShouldBe("NOREPLICAS");

        // The pause runs out before it is promoted: nothing is confirmed all the same.
        await scene.Db1.DoAsync("CLIENT", "UNPAUSE");
        (await scene.Db1.SayAsync("SET", "past", "1")).ShouldBeOfType<RespValue.Error>().Word.ShouldBe("NOREPLICAS");
        scene.Db2.Thaw();
        await scene.Manager.StartAsync();

        await Until.TrueAsync("db2 to be promoted", async () => await scene.Db2.StateAsync() == ("master", "0"), seconds: 15);
        await scene.RejoinedAsync(scene.Db1);
        await OpenAsync(scene, "0");
    }

    /// <summary>The steps of a promotion, each the last that the manager comes to; who comes after it knows nothing of it but the journal.</summary>
    [Fact]
    public async Task Whatever_step_is_the_last_the_next_manager_undoes_or_finishes_it()
    {
        await using var db1 = await RealRedis.StartAsync();
        await db1.DoAsync("SET", "k", "v");
        await using var db2 = await RealRedis.StartAsync();
        await db2.FollowAsync(db1);
        await db1.AsksForReplicasAsync(1);
        var by = new DbSwitch.Databases.Closure("m", "orders", 1, 5, "db2", db2.Address);
        RedisPromotion New(bool knowsOld = true) => new(knowsOld ? db1.Target("db1", RedisScene.Promoting) : null, knowsOld ? db1.Address : null, db2.Target("db2", RedisScene.Promoting), db2.Address, false, TimeProvider.System);

        // Prepared, and no more: there is nothing to undo, and undoing does nothing.
        await using (var one = New())
        {
            await one.PrepareAsync(by with { Generation = 0 }, Cancel);
        }

        await UndoAsync(by);
        (await db1.StateAsync()).ShouldBe(("master", "1"));

        // Closed: another switchover's word does not open it, its own does.
        await using (var one = New())
        {
            await one.PrepareAsync(by with { Generation = 0 }, Cancel);
            await one.QuietAsync(by, Cancel);
        }

        (await db1.SayAsync("SET", "k", "w")).ShouldBeOfType<RespValue.Error>().Word.ShouldBe("NOREPLICAS");
        await UndoAsync(by with { Generation = 6 });
        await UndoAsync(by with { Manager = "another" });
        (await db1.SayAsync("SET", "k", "w")).ShouldBeOfType<RespValue.Error>().Word.ShouldBe("NOREPLICAS");
        await UndoAsync(by);
        await UndoAsync(by);
        (await db1.StateAsync()).ShouldBe(("master", "1"));
        (await db1.DoAsync("SET", "k", "w")).ShouldBe(new RespValue.Text("OK"));

        // Closed and committed: who comes after promotes; once more does no harm. The pause runs out after the promotion, and nothing is confirmed there.
        await using (var one = New())
        {
            await one.PrepareAsync(by with { Generation = 0 }, Cancel);
            await one.QuietAsync(by, Cancel);
        }

        for (var i = 0; i < 2; i++)
        {
            await using var next = New(knowsOld: false);
            await next.FinishAsync(by, Cancel);
            (await db2.StateAsync()).ShouldBe(("master", "0"));
        }

        await db1.DoAsync("CLIENT", "UNPAUSE");
        (await db1.SayAsync("SET", "k", "lost")).ShouldBeOfType<RespValue.Error>().Word.ShouldBe("NOREPLICAS");
        (await db2.TextAsync("GET", "k")).ShouldBe("w");

        async Task UndoAsync(DbSwitch.Databases.Closure whose)
        {
            await using var next = New();
            await next.UndoAsync(whose, Cancel);
        }
    }

    [Fact]
    public async Task A_command_that_was_not_answered_is_taken_back_before_anything_else_is_changed()
    {
        await using var db1 = await RealRedis.StartAsync();
        var server = new RedisServer(db1.Target("db1", RedisScene.Promoting));
        await using var lost = await server.OpenToChangeAsync(db1.Address, Cancel);
        db1.Freeze();
        using var deadline = new CancellationTokenSource();
        var closing = lost.AskAsync(deadline.Token, "CONFIG", "SET", "min-replicas-to-write", "1000000");
        await deadline.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => closing);
        db1.Thaw();

        await using var next = await server.OpenToChangeAsync(db1.Address, Cancel);

        (await Should.ThrowAsync<DbSwitch.Databases.DatabaseException>(() => lost.AskAsync(Cancel, "CLIENT", "LIST"))).Message.ShouldContain("had ended");
        var clients = RedisClient.Parse(await next.TextAsync(Cancel, "CLIENT", "LIST"));
        clients.Count(c => c.Name.StartsWith("dbswitch-switchover-", StringComparison.Ordinal)).ShouldBe(1);
    }

    [Fact]
    public async Task A_replica_that_has_copied_from_a_primary_that_was_started_again_is_not_promoted()
    {
        await using var db1 = await RealRedis.StartAsync();
        await db1.DoAsync("SET", "k", "v");
        await using var db2 = await RealRedis.StartAsync();
        await db2.FollowAsync(db1);
        var by = new DbSwitch.Databases.Closure("m", "orders", 1, 5, "db2", db2.Address);
        await using var one = new RedisPromotion(db1.Target("db1", RedisScene.Promoting), db1.Address, db2.Target("db2", RedisScene.Promoting), db2.Address, false, TimeProvider.System);
        await one.PrepareAsync(by with { Generation = 0 }, Cancel);
        await one.QuietAsync(by, Cancel);

        await db1.RestartAsync();
        await Until.TrueAsync("db2 to be empty too", async () => await db2.TextAsync("DBSIZE") == "0", seconds: 20);

        (await Should.ThrowAsync<DbSwitch.Databases.DatabaseException>(() => one.FinishAsync(by, Cancel))).Message.ShouldStartWith("db2 does not have what db1 had confirmed any more (");
        await using var next = new RedisPromotion(null, null, db2.Target("db2", RedisScene.Promoting), db2.Address, false, TimeProvider.System);
        (await Should.ThrowAsync<DbSwitch.Databases.DatabaseException>(() => next.FinishAsync(by, Cancel))).Message.ShouldStartWith("db2 is a replica without data, and is not promoted");
        (await db2.InfoAsync("role")).ShouldBe("slave");
    }

    [Fact]
    public async Task Nobody_is_told_to_copy_a_primary_that_was_started_again_since_it_was_looked_at()
    {
        await using var db2 = await RealRedis.StartAsync();
        await db2.DoAsync("SET", "k", "v");
        await using var db1 = await RealRedis.StartAsync();
        await db1.FollowAsync(db2);
        await db1.DoAsync("REPLICAOF", "127.0.0.1", $"{FreePort.Take()}");
        await using var other = new DbSwitch.Databases.TargetState(db1.Target("db1", RedisScene.Promoting), RedisKind.Instance, TimeProvider.System);
        await using var selected = new DbSwitch.Databases.TargetState(db2.Target("db2", RedisScene.Promoting), RedisKind.Instance, TimeProvider.System);
        await other.AskAsync(db1.Address, true, TimeSpan.FromSeconds(10), Cancel);
        await selected.AskAsync(db2.Address, true, TimeSpan.FromSeconds(10), Cancel);
        var attachment = RedisAttachment.Of(other, selected, TimeProvider.System).ShouldNotBeNull();
        attachment.WhyNot.ShouldBeNull();

        await db2.RestartAsync();

        (await Should.ThrowAsync<DbSwitch.Databases.DatabaseException>(() => attachment.AttachAsync(new DbSwitch.Databases.Closure("m", "orders", 1, 5, "db2", db2.Address), Cancel))).Message
            .ShouldBe("was not told to follow it: db2 is another one than a moment ago");
        (await db1.TextAsync("DBSIZE")).ShouldBe("1");
        await selected.AskAsync(db2.Address, true, TimeSpan.FromSeconds(10), Cancel);
        RedisAttachment.Of(other, selected, TimeProvider.System).ShouldNotBeNull().WhyNot.ShouldBe($"has 1 key, and db2 has none: it would lose them. If that is meant, on it: REPLICAOF 127.0.0.1 {db2.Port}");
    }

    /// <summary>What is selected takes writes, at once.</summary>
    private static async Task OpenAsync(RedisScene scene, string minReplicas)
    {
        var selected = scene.Of(scene.Manager.Orders.Snapshot.Selection!.Target!);
        (await selected.StateAsync()).ShouldBe(("master", minReplicas));
        using var atOnce = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await using var past = await selected.ConnectAsync();

        // Where it wants a replica that is frozen, it says so; it does not wait.
        var answer = await past.TryAskAsync(atOnce.Token, "SET", "open", "1");
        (answer is RespValue.Text || (minReplicas != "0" && answer is RespValue.Error { Word: "NOREPLICAS" })).ShouldBeTrue(answer.ToString());
    }
}
