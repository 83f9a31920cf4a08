using System.Globalization;
using DbSwitch.Configuration;
using DbSwitch.Databases.Redis;
using DbSwitch.Tests.Databases.Redis;

namespace DbSwitch.Benchmarks;

/// <summary>A planned switchover of Redis, as clients notice it: ours, beside Redis' own FAILOVER and Sentinel's, both with an HAProxy that checks for role:master.</summary>
internal static class RedisBenchmark
{
    private const int Runs = 8;
    private const int Clients = 4;

    public static async Task RunAsync()
    {
        Figures.Header($"A planned Redis switchover, {Clients} clients that write over a new connection each time");
        await OursAsync();
        await CheckedAsync("FAILOVER, HAProxy checks role:master", null);
        await CheckedAsync("SENTINEL FAILOVER, HAProxy checks role:master", RealRedis.SentinelAsync);
    }

    private static async Task OursAsync()
    {
        await using var pair = await Pair.StartAsync();
        await using var bench = await Bench.StartAsync("3.2", options: new RealHaproxyOptions { Companion = true }, behind: pair.Targets);
        await using var clients = new RedisClients(bench.Haproxy.ClientPort, Clients);
        await MeasureAsync("dbswitch", clients, pair, bench.SwitchAsync);
    }

    private static async Task CheckedAsync(string name, Func<RealRedis, Task<RealRedis>>? startSentinel)
    {
        await using var pair = await Pair.StartAsync();
        var (port, folder) = (FreePort.Take(), Directory.CreateTempSubdirectory("dbsw-bench-").FullName);
        var file = Path.Combine(folder, "haproxy.cfg");
        await File.WriteAllTextAsync(file, Checking(port, pair));
        var sentinel = startSentinel is null ? null : await startSentinel(pair.Present);
        await using (await GuardedProcess.StartAsync(Path.Combine(folder, "log"), HaproxyBinary.For("3.2"), "-db", "-f", file))
        {
            await using var clients = new RedisClients(port, Clients);
            await MeasureAsync(name, clients, pair, sentinel is null
                ? () => pair.Present.DoAsync("FAILOVER", "TO", "127.0.0.1", pair.Other.Port.ToString(CultureInfo.InvariantCulture), "TIMEOUT", "3000")
                : () => Until.TrueAsync("Sentinel to begin", async () => await sentinel.SayAsync("SENTINEL", "FAILOVER", "orders") is RespValue.Text, seconds: 60));
        }

        if (sentinel is not null)
        {
            await sentinel.DisposeAsync();
        }

        Directory.Delete(folder, recursive: true);
    }

    private static async Task MeasureAsync(string name, RedisClients clients, Pair pair, Func<Task> work)
    {
        var (waits, silences) = (new Figures($"{name}: longest wait"), new Figures("  longest time without a confirmed write"));
        for (var run = 0; run < Runs; run++)
        {
            await clients.MoreAsync(100);
            var (wait, silence) = await clients.WhileAsync(async () =>
            {
                await work();
                await pair.TurnAsync();
            });
            waits.Add(wait);
            silences.Add(silence);
        }

        var lost = await clients.LostAsync(pair.Present);
        waits.Show($"{clients.Failed} of {clients.Confirmed + clients.Failed} failed, {lost} confirmed ones lost");
        silences.Show();
    }

    /// <summary>As people check for the primary with HAProxy (configuration manual, tcp-check).</summary>
    private static string Checking(int port, Pair pair) =>
        string.Create(CultureInfo.InvariantCulture, $"""
        global
            maxconn 100
        defaults
            mode tcp
            timeout client 1m
            timeout connect 4s
            timeout server 1m
        listen redis
            bind 127.0.0.1:{port}
            option tcp-check
            tcp-check send PING\r\n
            tcp-check expect string +PONG
            tcp-check send info\ replication\r\n
            tcp-check expect string role:master
            tcp-check send QUIT\r\n
            tcp-check expect string +OK
            default-server inter 1s fall 1 rise 1 on-marked-down shutdown-sessions
            server db1 127.0.0.1:{pair.Present.Port} check
            server db2 127.0.0.1:{pair.Other.Port} check

        """);

    /// <summary>A primary and its replica, which take turns.</summary>
    private sealed class Pair : IAsyncDisposable
    {
        private Pair(RealRedis db1, RealRedis db2) => (Present, Other, Targets) = (db1, db2, [db1.Target("db1", Promoting), db2.Target("db2", Promoting)]);

        public RealRedis Present { get; private set; }

        public RealRedis Other { get; private set; }

        public IReadOnlyList<TargetConfiguration> Targets { get; }

        private static RedisDatabase Promoting => RealRedis.Settings with { Promote = Promotion.Self };

        public static async Task<Pair> StartAsync()
        {
            var primary = await RealRedis.StartAsync();
            await primary.DoAsync("SET", "key", "value");
            var replica = await RealRedis.StartAsync();
            await replica.FollowAsync(primary);
            return new Pair(primary, replica);
        }

        /// <summary>Until the one that was left is the replica.</summary>
        public async Task TurnAsync()
        {
            await Until.TrueAsync("the roles to change", async () => await Other.InfoAsync("role") == "master" && await Present.InfoAsync("master_link_status") == "up", seconds: 60);
            (Present, Other) = (Other, Present);
        }

        public async ValueTask DisposeAsync()
        {
            await Other.DisposeAsync();
            await Present.DisposeAsync();
        }
    }
}
