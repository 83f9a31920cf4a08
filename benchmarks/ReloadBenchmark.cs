using System.Diagnostics;
using HaproxyRuntime;

namespace DbSwitch.Benchmarks;

/// <summary>How long after a reload the selected server is ready, counted from the new worker's first answer on the Runtime API.</summary>
internal static class ReloadBenchmark
{
    private const int Runs = 15;

    public static async Task RunAsync()
    {
        Figures.Header("After a reload, from the new worker's first answer until the selected server is ready (aim: median below 50)");
        foreach (var version in HaproxyVersions.Names)
        {
            await using var bench = await Bench.StartAsync(version);
            var client = new RuntimeClient(bench.Haproxy.ApiEndpoint);
            using var open = new DbClient(bench.Haproxy.ClientPort);
            await open.AskAsync("an open session, which keeps the old worker");
            var figures = new Figures($"HAProxy {version}, with an open session in the old worker");
            for (var run = 0; run < Runs; run++)
            {
                var before = (await client.ShowInfoAsync()).Pid;
                var reload = bench.Haproxy.ReloadAsync();
                while (await PidAsync(client) is var pid && (pid == before || pid == 0))
                {
                    await Task.Yield();
                }

                var watch = Stopwatch.StartNew();
                while (!(await client.ShowServersStateAsync("db_servers")).Any(s => !s.InMaintenance))
                {
                    await Task.Yield();
                }

                figures.Add(watch.Elapsed);
                await reload;
                await bench.SettleAsync();
            }

            figures.Show();
        }
    }

    private static async Task<int> PidAsync(RuntimeClient client)
    {
        try
        {
            return (await client.ShowInfoAsync()).Pid;
        }
        catch (RuntimeApiException)
        {
            return 0;
        }
    }
}
