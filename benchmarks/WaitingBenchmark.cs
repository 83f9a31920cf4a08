using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace DbSwitch.Benchmarks;

/// <summary>What it costs HAProxy when thousands wait in the hold, how long the script takes to say so, and how soon all of them are let in.</summary>
internal static class WaitingBenchmark
{
    private const int Questions = 20;
    private static readonly int[] s_counts = [1_000, 9_000];

    public static async Task RunAsync()
    {
        foreach (var version in HaproxyVersions.Names)
        {
            foreach (var count in s_counts)
            {
                await MeasureAsync(version, count);
            }
        }
    }

    private static async Task MeasureAsync(string version, int count)
    {
        await using var database = new EchoDatabase("db:");
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { Companion = true, MaximumConnections = count + 500, Hold = TimeSpan.FromSeconds(60) });
        var empty = MemoryOf(haproxy.Pid);
        var clients = new List<Socket>();
        try
        {
            for (var i = 0; i < count; i++)
            {
                var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                clients.Add(client);
                await client.ConnectAsync(IPAddress.Loopback, haproxy.ClientPort);
                await client.SendAsync("hello\n"u8.ToArray());
            }

            while (!(await haproxy.SendAsync("show dbswitch")).Contains(string.Create(CultureInfo.InvariantCulture, $"waiting {count}\n"), StringComparison.Ordinal))
            {
                await Task.Delay(100);
            }

            Figures.Header(string.Create(CultureInfo.InvariantCulture, $"HAProxy {version}: {count:N0} connections wait (aim: show dbswitch 5 ms, all served within 2 s)"));
            var (began, used, asked) = (Stopwatch.GetTimestamp(), ProcessorTimeOf(haproxy.Pid), new Figures("show dbswitch"));
            for (var i = 0; i < Questions; i++)
            {
                var since = Stopwatch.GetTimestamp();
                await haproxy.SendAsync("show dbswitch");
                asked.Add(Stopwatch.GetElapsedTime(since));
                await Task.Delay(100);
            }

            asked.Show();
            var processor = (ProcessorTimeOf(haproxy.Pid) - used) / Stopwatch.GetElapsedTime(began);
            await haproxy.SendAsync($"add server db_servers/db {database.Address}");
            var ready = Stopwatch.GetTimestamp();
            await haproxy.SendAsync("set server db_servers/db state ready");
            var served = new Figures("from ready to an answer");
            await Task.WhenAll(clients.Select(async c =>
            {
                var had = await c.ReceiveAsync(new byte[100]);
                lock (served)
                {
                    served.Add(had > 0 ? Stopwatch.GetElapsedTime(ready) : throw new IOException("A client that waited was closed."));
                }
            }));
            served.Show();
            Console.WriteLine(FormattableString.Invariant($"  while they wait: {100 * processor:0} % of a core, {(MemoryOf(haproxy.Pid) - empty) / (double)count / 1024:0.0} kB for each"));
        }
        finally
        {
            clients.ForEach(c => c.Dispose());
        }
    }

    private static TimeSpan ProcessorTimeOf(int pid) => Process.GetProcessById(pid).TotalProcessorTime;

    private static long MemoryOf(int pid) => Process.GetProcessById(pid).WorkingSet64;
}
