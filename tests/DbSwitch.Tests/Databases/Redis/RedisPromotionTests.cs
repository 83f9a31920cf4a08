using DbSwitch.Databases.Redis;
using DbSwitch.Storage;

namespace DbSwitch.Tests.Databases.Redis;

/// <summary>Switchovers that promote, on real servers.</summary>
public sealed class RedisPromotionTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(RedisBinary.All), MemberType = typeof(RedisBinary))]
    public async Task A_switchover_promotes_and_the_old_primary_follows_without_a_whole_copy_and_both_keep_their_roles(string name)
    {
        await using var scene = await RedisScene.StartedAsync(name: name);
        var before = await scene.Db2.FullSyncsAsync();
        await using var past = await scene.Db1.ConnectAsync();

        var record = await scene.SwitchAsync("db2");

        record.Report!.Phases.Select(p => p.Phase).ShouldContain(SwitchoverPhase.Database);
        record.Report.Notes.ShouldBeEmpty();
        (await scene.Db2.StateAsync()).ShouldBe(("master", "0"));
        await scene.RejoinedAsync(scene.Db1);
        (await scene.Db2.FullSyncsAsync()).ShouldBe(before);
        await Should.ThrowAsync<DbSwitch.Databases.DatabaseException>(() => past.AskAsync(Cancel, "GET", "key:1"));
        await using (var client = await RealRedis.OpenAsync(scene.Haproxy.ClientPort))
        {
            (await client.AskAsync(Cancel, "SET", "after", "switch")).ShouldBe(new RespValue.Text("OK"));
        }

        // Neither needs anybody to tell it what it is.
        await scene.Db2.RestartAsync();
        (await scene.Db2.InfoAsync("role")).ShouldBe("master");
        await scene.Db1.RestartAsync();
        (await scene.Db1.StateAsync()).ShouldBe(("slave", "0"));
    }

    [Theory]
    [InlineData("redis-7", "redis-8")]
    [InlineData("redis-7", "valkey-8")]
    [Trait("Category", "Slow")]
    public async Task A_newer_server_takes_over_the_old_one_follows_and_that_is_said(string older, string newer)
    {
        await using var scene = await RedisScene.StartedAsync(name: older, nextName: newer);

        var record = await scene.SwitchAsync("db2");

        record.Report!.Notes.ShouldHaveSingleItem().ShouldMatch(@"^db2 is \w+ [0-9.]+, and db1 is Redis [0-9.]+: db1 follows as long as it needs no whole copy");
        await scene.RejoinedAsync(scene.Db1);
    }

    [Fact]
    public async Task Where_a_primary_wants_a_replica_for_each_write_clients_are_let_in_when_it_has_one()
    {
        await using var scene = await RedisScene.StartedAsync();
        await scene.Db2.DoAsync("CONFIG", "SET", "min-replicas-to-write", "1");
        await scene.Db1.AsksForReplicasAsync(1);

        foreach (var target in (string[])["db2", "db1"])
        {
            (await scene.SwitchAsync(target)).Report!.Notes.ShouldBeEmpty();
            await using (var client = await RealRedis.OpenAsync(scene.Haproxy.ClientPort))
            {
                (await client.AskAsync(Cancel, "SET", "after", target)).ShouldBe(new RespValue.Text("OK"));
            }

            await scene.RejoinedAsync(target == "db1" ? scene.Db2 : scene.Db1, "1");
        }
    }

    [Fact]
    public async Task Servers_that_log_in_to_each_other_as_a_user_follow_each_other_there_and_back()
    {
        await using var scene = await RedisScene.StartedAsync(more: ["user repl on >secret +psync +replconf +ping", "masteruser repl", "masterauth secret"]);

        await scene.SwitchAsync("db2");
        await scene.RejoinedAsync(scene.Db1);
        await scene.SwitchAsync("db1");
        await scene.RejoinedAsync(scene.Db2);
    }

    [Fact]
    public async Task Without_a_configuration_file_it_switches_and_says_what_a_restart_forgets()
    {
        await using var scene = await RedisScene.StartedAsync(file: false);
        scene.Manager.Orders.Snapshot.Targets["db2"].Guards.Single(g => g.Name == "config-file").Words.ShouldBe("db1 has no configuration file: when it is started again it is a primary until it is made a replica again");

        (await scene.SwitchAsync("db2")).Report!.Notes.ShouldBeEmpty();
        await scene.RejoinedAsync(scene.Db1);
        (await scene.SwitchAsync("db1")).Report!.Notes.ShouldHaveSingleItem().ShouldStartWith("db1 does not keep its role over a restart: CONFIG REWRITE is refused (");
    }

    [Fact]
    public async Task A_further_replica_is_pointed_to_the_new_primary_and_can_be_selected_next()
    {
        await using var third = await RealRedis.StartAsync();
        await using var scene = await RedisScene.StartedAsync(third: third);
        await scene.SwitchAsync("db2");
        var copies = await scene.Db2.FullSyncsAsync();

        await FollowsAsync(third, scene.Db2);
        await FollowsAsync(scene.Db1, scene.Db2);
        (await scene.Db2.FullSyncsAsync()).ShouldBe(copies);

        await scene.SwitchAsync("db3");
        await FollowsAsync(scene.Db1, third);
        await FollowsAsync(scene.Db2, third);

        static Task FollowsAsync(RealRedis replica, RealRedis primary) => Until.TrueAsync($"{replica.Port} to follow {primary.Port}",
            async () => await replica.StateAsync() == ("slave", "0") && await replica.InfoAsync("master_port") == $"{primary.Port}" && await replica.InfoAsync("master_link_status") == "up", seconds: 20);
    }

    [Fact]
    public async Task With_the_old_primary_gone_only_force_promotes_and_what_only_it_has_is_not_thrown_away()
    {
        await using var scene = await RedisScene.StartedAsync(more: ["appendonly yes", "appendfsync always"]);
        await Until.TrueAsync("the manager to have seen it", () => scene.Manager.Orders.Snapshot.Targets["db1"].Probe?.Facts is RedisFacts { Keys: 10 });
        await scene.Db1.KillAsync();
        (await scene.RefusedAsync("db2")).ShouldMatch($@"^Refused: db1 is down \(refuses connections at 127\.0\.0\.1:{scene.Db1.Port}\), so lost writes can't be ruled out( \(last known lag [0-9]+ bytes, [0-9.]+ s ago\))?\. If db1 is surely dead: dbswitch select db2 --force$");

        var ended = await scene.SwitchAsync("db2", force: true);

        ended.Waivers.ShouldStartWith("forced although db1 is down");
        ended.Report!.Notes.ShouldHaveSingleItem().ShouldStartWith($"db1 refuses connections at 127.0.0.1:{scene.Db1.Port}, so it was not closed");

        // It is back as a primary, with its data, and what it has nobody knows.
        await scene.Db1.StartAgainAsync();
        await scene.Db1.DoAsync("SET", "only", "here");
        await Until.TrueAsync("a person to be told", () => scene.Manager.Orders.Snapshot.ReplicaProblem is not null, seconds: 15);
        scene.Manager.Orders.Snapshot.ReplicaProblem.ShouldBe($"db1 does not follow db2: db1 is a primary, and may have confirmed writes that db2 does not have (11 keys). To give those up, on it: REPLICAOF 127.0.0.1 {scene.Db2.Port}");
        (await scene.Db1.StateAsync()).ShouldBe(("master", "0"));
        (await scene.RefusedAsync("db1")).ShouldContain("db1 is a primary with a history of its own");
        (await scene.RefusedAsync("db1", force: true)).ShouldContain("what db2 has written since would be lost");

        await scene.Db1.DoAsync("REPLICAOF", "127.0.0.1", $"{scene.Db2.Port}");
        await Until.TrueAsync("it to be told no more", () => scene.Manager.Orders.Snapshot.ReplicaProblem is null, seconds: 15);
    }

    [Fact]
    public async Task An_old_primary_that_comes_back_with_nothing_follows_by_itself()
    {
        await using var scene = await RedisScene.StartedAsync();
        await scene.Db1.KillAsync();
        await scene.SwitchAsync("db2", force: true);

        await scene.Db1.StartAgainAsync();

        await scene.RejoinedAsync(scene.Db1);
        (await scene.Db1.TextAsync("DBSIZE")).ShouldBe("10");
    }

    [Fact]
    public async Task A_replica_that_forgot_its_role_and_wrote_nothing_since_follows_by_itself_again()
    {
        await using var scene = await RedisScene.StartedAsync(keepsRole: false);
        await scene.Db2.KillAsync();
        await scene.Db2.StartAgainAsync();
        (await scene.Db2.TextAsync("DBSIZE")).ShouldBe("10");

        await scene.RejoinedAsync(scene.Db2);
    }

    [Fact]
    public async Task A_server_that_another_switch_has_closed_is_left_alone_by_word_and_by_force()
    {
        await using var scene = await RedisScene.StartedAsync();
        var mark = RedisMark.Of(new DbSwitch.Databases.Closure("another manager", "orders", 1, 7, "db2", null), 0).Value;
        await scene.Db1.DoAsync("CONFIG", "SET", "min-replicas-to-write", mark);

        (await scene.RefusedAsync("db2")).ShouldContain($"db1 is closed to writes by a switchover of dbswitch already (min-replicas-to-write is {mark}). If none is under way, on db1: CONFIG SET min-replicas-to-write 0");
        (await scene.RefusedAsync("db2", force: true)).ShouldStartWith($"Refused: db1 is closed to writes by a switchover of another switch or manager (min-replicas-to-write is {mark}); select what it was to go to");
        (await scene.Db1.ConfigAsync("min-replicas-to-write")).ShouldBe(mark);
    }
}
