using System.Globalization;
using DbSwitch.Configuration;
using DbSwitch.Databases.Postgres;
using DbSwitch.Tests.Databases.Postgres;
using DbSwitch.Tests.Gates;

namespace DbSwitch.Benchmarks;

/// <summary>A planned switchover that promotes, as clients notice it: ours, with and without a pooler, beside PgBouncer by hand and Patroni with its documented HAProxy configuration.</summary>
internal static class PostgresBenchmark
{
    private const int Runs = 8;
    private const int PatroniRuns = 3;
    private const int Clients = 4;
    private static readonly PostgresDatabase Promoting = RealPostgres.Settings with { Promote = Promotion.Self };

    public static async Task RunAsync()
    {
        Figures.Header($"A planned PostgreSQL switchover with promotion, {Clients} clients that write over a new connection each time");
        await OursAsync();
        await OursBehindPgBouncerAsync();
        await PgBouncerByHandAsync();
        await PatroniAsync();
    }

    private static async Task OursAsync()
    {
        await using var pair = await Pair.StartAsync();
        await using var bench = await Bench.StartAsync("3.2", options: new RealHaproxyOptions { Companion = true }, behind: pair.Targets);
        await using var clients = new PostgresClients(Direct(bench.Haproxy.ClientPort), Clients, 0);
        await MeasureAsync("dbswitch", Runs, clients, bench.SwitchAsync, pair.TurnAsync);
    }

    private static async Task OursBehindPgBouncerAsync()
    {
        await using var pair = await Pair.StartAsync();
        await using var pool = new RealPgBouncer();
        await using var bench = await Bench.StartAsync("3.2", options: new RealHaproxyOptions { Companion = true }, behind: pair.Targets, gates: pool.Gate);
        await pool.StartAsync(bench.Haproxy.ClientPort);
        await using var clients = new PostgresClients(pool.Connection().ConnectionString + $";Password={RealPgBouncer.Password}", Clients, Clients);
        await MeasureAsync($"dbswitch and a gate, {Clients} open sessions more", Runs, clients, bench.SwitchAsync, pair.TurnAsync);
    }

    /// <summary>PAUSE, wait until the replica has everything, promote, another host, RELOAD, RESUME: as a person's script does it.</summary>
    private static async Task PgBouncerByHandAsync()
    {
        await using var pair = await Pair.StartAsync();
        await using var pool = new RealPgBouncer();
        await pool.StartAsync(pair.Present.Port);
        await using var clients = new PostgresClients(pool.Connection().ConnectionString + $";Password={RealPgBouncer.Password}", Clients, Clients);
        await MeasureAsync($"PgBouncer by hand, {Clients} open sessions more", Runs, clients, async () =>
        {
            await pool.CommandAsync("PAUSE orders");
            var end = await pair.Present.ScalarAsync<string>("SELECT pg_current_wal_lsn()::text");
            while (!await pair.Other.ScalarAsync<bool>($"SELECT pg_last_wal_replay_lsn() >= '{end}'"))
            {
                await Task.Delay(2);
            }

            await pair.Other.ExecuteAsync("SELECT pg_promote()");
            await pool.WriteAsync(pair.Other.Port);
            await pool.CommandAsync("RELOAD");
            await pool.CommandAsync("RESUME orders");
        }, pair.TurnAsync);
    }

    private static async Task PatroniAsync()
    {
        await using var patroni = await PatroniCluster.StartAsync();
        var (port, folder) = (FreePort.Take(), Directory.CreateTempSubdirectory("dbsw-bench-").FullName);
        var file = Path.Combine(folder, "haproxy.cfg");
        await File.WriteAllTextAsync(file, Documented(port, patroni));
        await using (await GuardedProcess.StartAsync(Path.Combine(folder, "log"), HaproxyBinary.For("3.2"), "-db", "-f", file))
        {
            await using var clients = new PostgresClients(Direct(port), Clients, 0);
            var leader = await patroni.LeaderAsync();
            await MeasureAsync("Patroni, its documented HAProxy file", PatroniRuns, clients, () => patroni.SwitchoverAsync(leader), async () => leader = await patroni.LeaderAsync());
        }

        Directory.Delete(folder, recursive: true);
    }

    private static async Task MeasureAsync(string name, int runs, PostgresClients clients, Func<Task> work, Func<Task> turn)
    {
        var (waits, silences) = (new Figures($"{name}: longest wait"), new Figures("  longest time without a confirmed row"));
        for (var run = 0; run < runs; run++)
        {
            await clients.MoreAsync(100);
            var (wait, silence) = await clients.WhileAsync(work);
            waits.Add(wait);
            silences.Add(silence);
            await turn();
        }

        waits.Show($"{clients.Failed} of {clients.Confirmed + clients.Failed} failed");
        silences.Show();
    }

    /// <summary>As docs/haproxy.rst of Patroni's repository has it.</summary>
    private static string Documented(int port, PatroniCluster patroni) =>
        string.Create(CultureInfo.InvariantCulture, $"""
        global
            maxconn 100
        defaults
            mode tcp
            retries 2
            timeout client 30m
            timeout connect 4s
            timeout server 30m
            timeout check 5s
        listen primary
            bind 127.0.0.1:{port}
            option httpchk OPTIONS /primary
            http-check expect status 200
            default-server inter 3s fall 3 rise 2 on-marked-down shutdown-sessions
            server db1 127.0.0.1:{patroni.Port("db1")} maxconn 100 check port {patroni.Api("db1")}
            server db2 127.0.0.1:{patroni.Port("db2")} maxconn 100 check port {patroni.Api("db2")}

        """);

    private static string Direct(int port) => string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={port};Username=app;Database=orders;Pooling=false;Timeout=15;CommandTimeout=15;SSL Mode=Disable;GSS Encryption Mode=Disable");

    /// <summary>A primary and its replica, which take turns.</summary>
    private sealed class Pair : IAsyncDisposable
    {
        private Pair(RealPostgres db1, RealPostgres db2) => (Present, Other, Targets) = (db1, db2, [db1.Target("db1", Promoting), db2.Target("db2", Promoting)]);

        public RealPostgres Present { get; private set; }

        public RealPostgres Other { get; private set; }

        public IReadOnlyList<TargetConfiguration> Targets { get; }

        public static async Task<Pair> StartAsync()
        {
            var primary = await RealPostgres.StartAsync();
            return new Pair(primary, await primary.StandbyAsync());
        }

        /// <summary>The one that was left is the replica now.</summary>
        public async Task TurnAsync()
        {
            await Present.RewindAsync(Other);
            (Present, Other) = (Other, Present);
        }

        public async ValueTask DisposeAsync()
        {
            await Other.DisposeAsync();
            await Present.DisposeAsync();
        }
    }
}
