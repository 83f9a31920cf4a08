using DbSwitch.Databases;
using DbSwitch.Databases.Redis;

namespace DbSwitch.Tests.Databases.Redis;

/// <summary>Who is made to follow, and who is not because something would be lost.</summary>
public sealed class RedisAttachmentTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_old_primary_is_not_made_to_follow_one_that_was_started_again_from_an_older_snapshot()
    {
        await using var db1 = await RealRedis.StartAsync();
        await db1.DoAsync("SET", "k", "v");
        await using var db2 = await RealRedis.StartAsync();
        await db2.FollowAsync(db1);
        await db1.DoAsync("SET", "later", "than the snapshot");
        var by = By(db2);
        await using (var promotion = new RedisPromotion(db1.Target("db1", RedisScene.Promoting), db1.Address, db2.Target("db2", RedisScene.Promoting), db2.Address, false, TimeProvider.System))
        {
            await promotion.PrepareAsync(by with { Generation = 0 }, Cancel);
            await promotion.QuietAsync(by, Cancel);
        }

        // Committed; and before it is promoted it has forgotten its role, and what came since its copy.
        await db2.RestartAsync();
        (await db2.TextAsync("DBSIZE")).ShouldBe("1");
        await db2.DoAsync("SET", "from a client", "1");
        var attachment = await SeenAsync(db1, db2);

        attachment.WhyNot.ShouldBe($"is closed to writes by a switchover, and nothing proves that db2 has all that it has (2 keys). To go back to it, and lose what db2 was sent since: dbswitch select --none, then dbswitch select db1 --force. To give up what it has, on it: REPLICAOF 127.0.0.1 {db2.Port}");
        (await Should.ThrowAsync<DatabaseException>(() => attachment.AttachAsync(by, Cancel))).Message.ShouldBe(attachment.WhyNot);
        (await db1.InfoAsync("role")).ShouldBe("master");
        (await db1.TextAsync("DBSIZE")).ShouldBe("2");
    }

    [Fact]
    public async Task One_that_has_writes_of_its_own_by_now_is_neither_closed_nor_made_to_follow()
    {
        await using var db2 = await RealRedis.StartAsync();
        await db2.DoAsync("SET", "k", "v");
        await using var db1 = await RealRedis.StartAsync();
        await db1.FollowAsync(db2);
        await db1.DoAsync("REPLICAOF", "127.0.0.1", $"{FreePort.Take()}");
        var attachment = await SeenAsync(db1, db2);
        attachment.WhyNot.ShouldBeNull();
        await db1.DoAsync("REPLICAOF", "NO", "ONE");
        await using var client = await db1.ConnectAsync();
        await client.AskAsync(Cancel, "SET", "only", "here");

        (await Should.ThrowAsync<DatabaseException>(() => attachment.AttachAsync(By(db2), Cancel))).Message.ShouldStartWith("is a primary, and may have confirmed writes that db2 does not have (2 keys)");
        (await client.AskAsync(Cancel, "SET", "only", "here")).ShouldBe(new RespValue.Text("OK"));
        (await db1.StateAsync()).ShouldBe(("master", "0"));

        // Not even where a manager that died in the middle of it has left its mark there.
        await db1.DoAsync("CONFIG", "SET", "min-replicas-to-write", RedisMark.Of(By(db2), 0).Value);
        (await Should.ThrowAsync<DatabaseException>(() => attachment.AttachAsync(By(db2), Cancel))).Message.ShouldStartWith("is closed to writes by a switchover, and nothing proves that db2 has all that it has (2 keys)");
        (await db1.TextAsync("DBSIZE")).ShouldBe("2");
    }

    [Fact]
    public async Task A_replica_that_has_more_than_the_promoted_one_is_left_to_a_person()
    {
        await using var db1 = await RealRedis.StartAsync();
        await db1.DoAsync("SET", "k", "v");
        await using var db2 = await RealRedis.StartAsync();
        await using var db3 = await RealRedis.StartAsync();
        await db2.FollowAsync(db1);
        await db3.FollowAsync(db1);
        await db2.DoAsync("REPLICAOF", "127.0.0.1", $"{FreePort.Take()}");
        await db1.DoAsync("SET", "late", new string('x', 5000));
        await Until.TrueAsync("db3 to have it", async () => await db3.TextAsync("DBSIZE") == "2");
        await db1.KillAsync();
        await db2.DoAsync("REPLICAOF", "NO", "ONE");

        var attachment = await SeenAsync(db3, db2, "db3");

        attachment.WhyNot.ShouldNotBeNull().ShouldMatch($@"^is a replica that has [0-9.]+ (kB|bytes) more than db2 had when it was promoted \(2 keys\), and these may be confirmed writes\. To give those up, on it: REPLICAOF 127\.0\.0\.1 {db2.Port}$");
        (await Should.ThrowAsync<DatabaseException>(() => attachment.AttachAsync(By(db2), Cancel))).Message.ShouldBe(attachment.WhyNot);
        (await db3.TextAsync("DBSIZE")).ShouldBe("2");
    }

    [Fact]
    public async Task A_replica_that_does_not_reach_its_primary_is_said_for_as_long_as_it_is_so()
    {
        await using var db2 = await RealRedis.StartAsync();
        await using var db1 = await RealRedis.StartAsync();
        await db1.DoAsync("CONFIG", "SET", "masteruser", "nobody");
        await db1.DoAsync("CONFIG", "SET", "masterauth", "wrong");
        await db1.DoAsync("REPLICAOF", "127.0.0.1", $"{db2.Port}");

        await Until.TrueAsync("it to be said", async () => (await TrySeeAsync(db1, db2, "db1"))?.WhyNot == $"follows 127.0.0.1:{db2.Port}, and does not reach it: its log says why (masterauth, masteruser, tls-replication, the network)", seconds: 20);

        await db1.DoAsync("CONFIG", "SET", "masteruser", "");
        await db1.DoAsync("CONFIG", "SET", "masterauth", "");
        await Until.TrueAsync("it to be said no more", async () => await TrySeeAsync(db1, db2, "db1") is null, seconds: 20);
    }

    private static Closure By(RealRedis selected) => new("m", "orders", 1, 5, "db2", selected.Address);

    private static async Task<RedisAttachment> SeenAsync(RealRedis other, RealRedis selected, string name = "db1") => (await TrySeeAsync(other, selected, name)).ShouldNotBeNull();

    private static async Task<RedisAttachment?> TrySeeAsync(RealRedis other, RealRedis selected, string name)
    {
        await using var one = new TargetState(other.Target(name, RedisScene.Promoting), RedisKind.Instance, TimeProvider.System);
        await using var two = new TargetState(selected.Target("db2", RedisScene.Promoting), RedisKind.Instance, TimeProvider.System);
        await one.AskAsync(other.Address, true, TimeSpan.FromSeconds(10), Cancel);
        await two.AskAsync(selected.Address, true, TimeSpan.FromSeconds(10), Cancel);
        return RedisAttachment.Of(one, two, TimeProvider.System);
    }
}
