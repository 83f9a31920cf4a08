using System.Diagnostics;
using DbSwitch.Storage;
using DbSwitch.Testing;

namespace DbSwitch.Benchmarks;

/// <summary>How long a switch takes on one idle proxy, beside the same commands sent by hand, one connection each, as the seed does it.</summary>
internal static class SwitchBenchmark
{
    private const int Runs = 40;

    public static async Task RunAsync()
    {
        Figures.Header("A switch on one idle proxy, no open sessions");
        foreach (var version in HaproxyVersions.Names)
        {
            await using var bench = await Bench.StartAsync(version);
            var ours = new Figures($"HAProxy {version}: select, guards, journal and proofs included");
            for (var run = 0; run < Runs; run++)
            {
                var watch = Stopwatch.StartNew();
                await bench.Switch.SelectAsync(new SwitchoverRequest(run % 2 == 0 ? "db2" : "db1", "bench", ""), null, null, CancellationToken.None);
                ours.Add(watch.Elapsed);
            }

            ours.Show();
        }

        foreach (var version in HaproxyVersions.Names)
        {
            await using var haproxy = await RealHaproxy.StartAsync(version);
            var byHand = new Figures($"HAProxy {version}: maint, shutdown, add, ready: four connections, no proof");
            for (var run = 0; run < Runs; run++)
            {
                var (old, next) = ($"db_servers/s{run}", $"db_servers/s{run + 1}");
                var watch = Stopwatch.StartNew();
                await haproxy.SendAsync($"set server {old} state maint");
                await haproxy.SendAsync($"shutdown sessions server {old}");
                await haproxy.SendAsync($"add server {next} 127.0.0.1:1");
                await haproxy.SendAsync($"set server {next} state ready");
                byHand.Add(watch.Elapsed);
            }

            byHand.Show();
        }
    }
}
