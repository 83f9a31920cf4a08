using System.Net;
using DbSwitch.Configuration;
using DbSwitch.Databases;
using DbSwitch.Databases.Kinds;
using DbSwitch.Databases.Redis;

namespace DbSwitch.Tests.Databases.Redis;

/// <summary>Which server clients may be sent to, and in which words the others are refused: asked of real servers, and nothing of it changes one.</summary>
public sealed class RedisGuardTests
{
    private static readonly string[] s_names = ["reachable", "cluster", "loading", "version", "replication", "lag", "empty", "read-only", "sentinel", "min-replicas", "credentials", "persistence", "config-file", "writable", "rights", "rights"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_replica_that_follows_passes_every_guard_and_nobody_notices()
    {
        await using var pair = await PairAsync();
        var offset = (await pair.Primary.FactsAsync()).Offset;

        var guards = await AskAsync(pair, RedisScene.Promoting);

        guards.Select(g => (g.Name, g.Verdict, g.Verdict == GuardVerdict.Passed ? "" : g.Words)).ShouldBe([.. s_names.Select(n => (n, GuardVerdict.Passed, ""))]);
        (await pair.Primary.StateAsync()).ShouldBe(("master", "0"));
        (await pair.Replica.StateAsync()).ShouldBe(("slave", "0"));
        (await pair.Primary.FactsAsync()).Offset.ShouldBe(offset);
        (await WhyAsync(pair, RealRedis.Settings)).ShouldBe("db2 is a replica, and \"promote: none\" leaves it one");
        (await WhyAsync(pair, RealRedis.Settings with { Promote = Promotion.Follow })).ShouldBe("db2 is a replica, and \"promote: follow\" leaves promoting to others");
    }

    [Fact]
    public async Task Each_right_that_is_missing_is_named_with_what_gives_it_and_nothing_was_done()
    {
        await using var pair = await PairAsync();
        foreach (var (server, name) in ((RealRedis, string)[])[(pair.Primary, "db1"), (pair.Replica, "db2")])
        {
            foreach (var right in RealRedis.Rights.Split(' ').Where(r => r[0] == '+' && r is not "+info" and not "+config|get"))
            {
                await server.DoAsync("ACL", "SETUSER", "dbswitch", $"-{right[1..]}");
                var guard = (await AskAsync(pair, RedisScene.Promoting)).First(g => g.Verdict != GuardVerdict.Passed);
                guard.Words.ShouldStartWith($"{name} does not allow user dbswitch ");
                guard.Next.ShouldNotBeNull().ShouldStartWith($"On {name}: ACL SETUSER dbswitch {(right == "+multi" ? "+multi +discard" : right)}");
                await server.DoAsync(["ACL", .. guard.Next![(guard.Next.IndexOf("ACL", StringComparison.Ordinal) + 4)..].Split(' ')]);
            }

            await server.DoAsync("ACL", "SETUSER", "dbswitch", "-config|get");
            (await AskAsync(pair, RedisScene.Promoting)).First(g => g.Verdict != GuardVerdict.Passed).Words.ShouldBe($"{name} does not allow user dbswitch CONFIG GET");
            await server.DoAsync("ACL", "SETUSER", "dbswitch", "+config|get");
            await server.DoAsync("ACL", "SETUSER", "dbswitch", "resetkeys");
            (await WhyAsync(pair, RedisScene.Promoting)).ShouldBe($"{name} does not allow user dbswitch DEL");
            await server.DoAsync("ACL", "SETUSER", "dbswitch", "~dbswitch:*");
        }

        (await WhyAsync(pair, RedisScene.Promoting)).ShouldBeNull();
        (await pair.Primary.StateAsync()).ShouldBe(("master", "0"));
        (await pair.Replica.StateAsync()).ShouldBe(("slave", "0"));
    }

    [Fact]
    public async Task A_server_whose_commands_are_taken_away_can_not_be_promoted()
    {
        await using var primary = await RealRedis.StartAsync();
        await using var replica = await RealRedis.StartAsync(more: ["rename-command CONFIG \"\"", $"replicaof 127.0.0.1 {primary.Port}"]);
        await Until.TrueAsync("it to follow", async () => await replica.InfoAsync("master_link_status") == "up");

        (await WhyAsync(new Pair(primary, replica), RedisScene.Promoting)).ShouldBe("db2 does not know CONFIG GET, CONFIG SET, CONFIG REWRITE: renamed or taken away there, as managed services do, and no switchover can promote without");
    }

    [Fact]
    public async Task What_a_switchover_could_not_undo_or_follow_is_refused_with_what_to_type()
    {
        await using var pair = await PairAsync();

        await RefusedAsync(["CONFIG", "SET", "min-replicas-max-lag", "0"], ["CONFIG", "SET", "min-replicas-max-lag", "10"], pair.Primary, "db1 can't be closed to writes: min-replicas-max-lag is 0");
        await RefusedAsync(["CONFIG", "SET", "min-replicas-to-write", "100"], ["CONFIG", "SET", "min-replicas-to-write", "0"], pair.Primary, "db1 has a min-replicas-to-write of 100, and 99 is the most that can be put back after a switchover");
        var mark = RedisMark.Of(new Closure("m", "s", 1, 1, "db2", null), 2).Value;
        await RefusedAsync(["CONFIG", "SET", "min-replicas-to-write", mark], ["CONFIG", "SET", "min-replicas-to-write", "0"], pair.Primary, $"db1 is closed to writes by a switchover of dbswitch already (min-replicas-to-write is {mark})");
        await RefusedAsync(["CONFIG", "SET", "masterauth", "x"], ["CONFIG", "SET", "masterauth", ""], pair.Replica, "db1 could not follow db2, which may ask for a password: masterauth is not set on db1");
        await RefusedAsync(["CONFIG", "SET", "replica-read-only", "no"], ["CONFIG", "SET", "replica-read-only", "yes"], pair.Replica, "db2 takes writes although it is a replica (replica-read-only is no), and loses them");
        await using (var sentinel = await pair.Primary.ConnectAsync())
        {
            await sentinel.AskAsync(Cancel, "CLIENT", "SETNAME", "sentinel-0123-cmd");
            (await WhyAsync(pair, RedisScene.Promoting)).ShouldBe("Sentinels watch db1 (1 connection), and would undo a promotion that is not theirs");
        }

        (await WhyAsync(pair, RedisScene.Promoting)).ShouldBeNull();

        async Task RefusedAsync(string[] wrong, string[] right, RealRedis server, string why)
        {
            await server.DoAsync(wrong);
            (await WhyAsync(pair, RedisScene.Promoting)).ShouldBe(why);
            await server.DoAsync(right);
        }
    }

    [Fact]
    public async Task Another_history_another_primary_an_empty_one_and_cluster_mode_are_refused()
    {
        await using var pair = await PairAsync();
        await using var third = await RealRedis.StartAsync();
        await using var cluster = await RealRedis.StartAsync(more: ["cluster-enabled yes", $"cluster-port {FreePort.Take()}"]);
        (await WhyAsync(new Pair(pair.Primary, cluster), RedisScene.Promoting)).ShouldNotBeNull().ShouldStartWith("db2 is in cluster mode, where slots decide who is primary; ");

        // A writable replica that somebody has emptied, and one whose primary came back empty.
        await pair.Replica.DoAsync("CONFIG", "SET", "replica-read-only", "no");
        await pair.Replica.DoAsync("FLUSHALL");
        await pair.Replica.DoAsync("CONFIG", "SET", "replica-read-only", "yes");
        (await WhyAsync(pair, RedisScene.Promoting)).ShouldBe("db2 is empty, and db1 has 3 keys");

        await pair.Replica.FollowAsync(third);
        (await WhyAsync(pair, RedisScene.Promoting)).ShouldNotBeNull().ShouldStartWith($"db2 is a replica of 127.0.0.1:{third.Port}, and db1 is at 127.0.0.1:{pair.Primary.Port}");
        await pair.Replica.DoAsync("REPLICAOF", "NO", "ONE");
        await pair.Replica.DoAsync("SET", "own", "1");
        (await WhyAsync(pair, RedisScene.Promoting)).ShouldBe("db2 is a primary with a history of its own: what db1 has written is not there");
        await third.KillAsync();
        await pair.Replica.DoAsync("REPLICAOF", "127.0.0.1", $"{third.Port}");
        (await WhyAsync(pair, RedisScene.Promoting)).ShouldBe($"db2 is a replica of 127.0.0.1:{third.Port}, and not connected to it");
    }

    [Fact]
    public void What_is_late_old_silent_loading_or_copying_is_refused()
    {
        var primary = new RedisFacts("Redis", "8.0.2", "run1", false, "id1", 5_000_000, 10);
        var replica = new RedisFacts("Redis", "8.0.2", "run2", true, "id1", 5_000_000, 10) { Upstream = new RedisUpstream("127.0.0.1", 6379, true, false, TimeSpan.FromSeconds(9)) };

        Why(replica).ShouldBeNull();
        Why(replica with { Offset = 1_000_000 }).ShouldBe("db2 is 3.8 MB behind db1, more than max_lag: 1 MB");
        Why(replica with { Version = "7.0.15" }).ShouldBe("db2 is Redis 7.0.15, older than db1 with Redis 8.0.2: what it did not understand of what it was sent is missing there");
        Why(replica with { Version = "6.0.16" }).ShouldBe("db2 is Redis 6.0.16, and a switchover needs 6.2 or later on both");
        Why(replica with { Product = "Valkey", Version = "9.1.2" }).ShouldBeNull();
        Why(replica with { ReplId = "id2" }).ShouldNotBeNull().ShouldStartWith("db2 has not the same history as db1");
        Why(replica with { Loading = true }).ShouldBe("db2 is loading its data");
        Why(replica with { Upstream = replica.Upstream with { Syncing = true, Up = false } }).ShouldBe("db2 is still copying all data from 127.0.0.1:6379");
        Why(replica with { Upstream = replica.Upstream with { LastHeard = TimeSpan.FromSeconds(13) } }).ShouldBe("db2 has heard nothing from db1 for 13 s, although its link stands");

        string? Why(RedisFacts target) => GuardRules.Failures(RedisGuards.Of(new GuardQuestion(State("db2", 6380), Look(target), State("db1", 6379), Look(primary))));

        static Probe Look(RedisFacts facts) => new(Health.Healthy, null, TimeSpan.Zero, DateTimeOffset.UnixEpoch) { Facts = facts };

        static TargetState State(string name, int port) => new(new TargetConfiguration(name, new HaproxyRuntime.HostPort("127.0.0.1", port)) { Database = RedisScene.Promoting with { MaxLag = 1024 * 1024 } }, RedisKind.Instance, TimeProvider.System);
    }

    private static async Task<Pair> PairAsync()
    {
        var primary = await RealRedis.StartAsync();
        await primary.DoAsync("MSET", "a", "1", "b", "2", "c", "3");
        var replica = await RealRedis.StartAsync();
        await replica.FollowAsync(primary);
        return new Pair(primary, replica);
    }

    private static async Task<string?> WhyAsync(Pair pair, RedisDatabase settings) => GuardRules.Failures(await AskAsync(pair, settings));

    private static async Task<IReadOnlyList<Guard>> AskAsync(Pair pair, RedisDatabase settings)
    {
        var targets = new[] { pair.Primary.Target("db1", settings), pair.Replica.Target("db2", settings) };
        await using var probes = new TargetProbes(new SwitchConfiguration("orders", "db", ["p"], targets.ToDictionary(t => t.Name), null), name => new IPEndPoint(IPAddress.Loopback, targets.Single(t => t.Name == name).Address.Port), TimeProvider.System, new TestLog());
        return await probes.GuardAsync("db2", "db1", false, Cancel);
    }

    private sealed record Pair(RealRedis Primary, RealRedis Replica) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await Replica.DisposeAsync();
            await Primary.DisposeAsync();
        }
    }
}
