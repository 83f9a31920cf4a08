using System.Diagnostics;
using DbSwitch.Storage;

namespace DbSwitch.Benchmarks;

/// <summary>What a switchover costs: on one idle proxy beside the same commands by a bare socket, under clients beside the seed's way, and on up to 32 proxies.</summary>
internal static class SwitchBenchmark
{
    private const int Runs = 40;
    private static readonly RealHaproxyOptions WithScript = new() { MasterWorker = true, Companion = true };

    public static async Task RunAsync()
    {
        await IdleAsync();
        await UnderClientsAsync();
        await ManyProxiesAsync();
    }

    /// <summary>From the fence's first command to the last one's read-back. The grace is none, and the journal is beside it. One of ours, one of theirs, in turns: both after the same pause, and none of the first ones, which .NET still compiles.</summary>
    public static async Task IdleAsync()
    {
        Figures.Header("Fence to activated, one idle proxy over a Unix socket, without grace and journal");
        foreach (var version in HaproxyVersions.Names)
        {
            var (ours, all, journal) = (new Figures($"HAProxy {version}: fence, proof, activation, read back"), new Figures($"HAProxy {version}: the whole of select, guards and journal included"), new Figures($"HAProxy {version}: the journal's share"));
            var bare = new Figures($"HAProxy {version}: the same commands by a bare socket");
            await using var bench = await Bench.StartAsync(version, grace: TimeSpan.Zero);
            await using var other = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { MasterWorker = true });
            using var session = await BareSession.OpenAsync(((HaproxyRuntime.RuntimeEndpoint.Unix)other.ApiEndpoint).Path);
            await session.AskAsync("add server db_servers/s0 127.0.0.1:1");
            await session.AskAsync("add server db_servers/s1 127.0.0.1:1");
            await session.AskAsync("set server db_servers/s0 state ready");
            for (var run = -Runs; run < Runs; run++)
            {
                var report = (await bench.SwitchAsync()).Report!;
                await bench.SettleAsync();
                var took = await BareAsync(session, $"db_servers/s{run & 1}", $"db_servers/s{(run + 1) & 1}", adds: version != "2.6");
                await bench.SettleAsync();
                if (run >= 0)
                {
                    ours.Add(Sum(report, SwitchoverPhase.Fence, SwitchoverPhase.Activate, SwitchoverPhase.Verify));
                    journal.Add(Sum(report, SwitchoverPhase.Journal));
                    all.Add(report.Took);
                    bare.Add(took);
                }
            }

            ours.Show($"({ours.Median / bare.Median:0.00} times the bare socket's)");
            bare.Show();
            journal.Show();
            all.Show();
        }
    }

    /// <summary>The same commands and questions, in the same order, one after the other over one connection that is kept open.</summary>
    /// <param name="adds">Whether the next server is deleted and added each time, as we do where that can't crash HAProxy.</param>
    private static async Task<TimeSpan> BareAsync(BareSession session, string old, string next, bool adds)
    {
        string[] look = ["show info", "show servers state db_servers", "show sess"];
        string[] add = adds ? [$"add server {next} 127.0.0.1:1"] : [];
        if (adds)
        {
            await session.AskAsync($"del server {next}");
        }

        var watch = Stopwatch.StartNew();
        foreach (var command in new[] { ["show info", "show servers state db_servers", $"set server {old} state maint"], add, look, look, [$"set server {next} state ready", "show info", "show servers state db_servers"] }.SelectMany(c => c))
        {
            await session.AskAsync(command);
        }

        return watch.Elapsed;
    }

    /// <summary>Eight clients that reconnect without pause: none may fail, and the gap between the two databases is what they notice.</summary>
    private static async Task UnderClientsAsync()
    {
        Figures.Header("Last answer of the old database to the first of the new one, eight reconnecting clients");
        foreach (var version in HaproxyVersions.Names)
        {
            foreach (var open in new[] { 0, 100 })
            {
                await using var bench = await Bench.StartAsync(version, options: WithScript);
                await using var clients = new ReconnectingClients(bench.Haproxy.ClientPort, 8, open);
                var gaps = new Figures($"HAProxy {version}: dbswitch, {open} open sessions");
                for (var run = 0; run < Runs / 2; run++)
                {
                    await clients.MoreAsync(40);
                    gaps.Add(await GapAsync(bench, () => bench.SwitchAsync()));
                }

                gaps.Show($"{clients.Failed} of {clients.Answered + clients.Failed} new connections failed");
            }

            await using var seed = await RealHaproxy.StartAsync(version);
            await using var db1 = new EchoDatabase("db1");
            await using var db2 = new EchoDatabase("db2");
            await seed.SendAsync($"add server db_servers/db1 {db1.Address}");
            await seed.SendAsync("set server db_servers/db1 state ready");
            await using var theirs = new ReconnectingClients(seed.ClientPort, 8, 0);
            var byHand = new Figures($"HAProxy {version}: the seed's commands, one connection each, no proof");
            for (var run = 0; run < Runs / 2; run++)
            {
                await theirs.MoreAsync(40);
                var (old, next) = run % 2 == 0 ? (db1, db2) : (db2, db1);
                byHand.Add(await GapAsync(old, next, async () =>
                {
                    await seed.SendAsync($"set server db_servers/{old.Prefix} state maint");
                    await seed.SendAsync($"shutdown sessions server db_servers/{old.Prefix}");
                    await seed.SendAsync($"add server db_servers/{next.Prefix} {next.Address}");
                    await seed.SendAsync($"set server db_servers/{next.Prefix} state ready");
                }));
            }

            byHand.Show($"{theirs.Failed} of {theirs.Answered + theirs.Failed} new connections failed");
        }
    }

    private static async Task ManyProxiesAsync()
    {
        Figures.Header("A switchover on many proxies of one machine, idle, without grace");
        var alone = 0.0;
        foreach (var count in new[] { 1, 2, 4, 8, 16, 32 })
        {
            await using var bench = await Bench.StartAsync("3.0", count, grace: TimeSpan.Zero);
            var (all, fence, activate) = (new Figures($"{count} {(count == 1 ? "proxy" : "proxies")}: the whole of select"), new Figures("  of it the fence"), new Figures("  of it the activation, read back"));
            for (var run = 0; run < Runs / 2; run++)
            {
                var report = (await bench.SwitchAsync()).Report!;
                all.Add(report.Took);
                fence.Add(Sum(report, SwitchoverPhase.Fence));
                activate.Add(Sum(report, SwitchoverPhase.Activate, SwitchoverPhase.Verify));
                await bench.SettleAsync();
            }

            alone = count == 1 ? all.Median : alone;
            all.Show($"({all.Median / alone:0.0} times one proxy's)");
            fence.Show();
            activate.Show();
        }
    }

    private static Task<TimeSpan> GapAsync(Bench bench, Func<Task> work)
    {
        var (old, next) = bench.Switch.Snapshot.Selection!.Target == "db1" ? (bench.Db1, bench.Db2) : (bench.Db2, bench.Db1);
        return GapAsync(old, next, work);
    }

    private static async Task<TimeSpan> GapAsync(EchoDatabase old, EchoDatabase next, Func<Task> work)
    {
        var before = next.Requests.Count;
        await work();
        await Until.TrueAsync("the new database to be asked", () => next.Requests.Count > before);
        return next.Requests.Skip(before).First().At - old.Requests.Last().At;
    }

    private static TimeSpan Sum(SwitchoverReport report, params SwitchoverPhase[] phases) =>
        TimeSpan.FromTicks(report.Phases.Where(p => phases.Contains(p.Phase)).Sum(p => p.Took.Ticks));
}
