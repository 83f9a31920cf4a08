using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace DbSwitch.Benchmarks;

/// <summary>What the companion script costs while a server is usable: the same HAProxy with it and without it, in turn, in one run.</summary>
internal static class CompanionBenchmark
{
    private const int Rounds = 7;
    private const int ArrivalsPerSecond = 1000;
    private const int Clients = 8;
    private const long StreamBytes = 400_000_000;
    private static readonly TimeSpan Round = TimeSpan.FromSeconds(2);

    public static async Task RunAsync()
    {
        await using var database = new EchoDatabase("db:");
        await using var sink = new Sink();
        foreach (var version in HaproxyVersions.Names)
        {
            await using var plain = await StartAsync(version, companion: false, database.Address);
            await using var scripted = await StartAsync(version, companion: true, database.Address);
            Figures.Header($"HAProxy {version}: {ArrivalsPerSecond} connections a second, from connect() to the answer, median of each round (aim: ratio 1 within noise)");
            await CompareAsync("a connection", plain, scripted, LatencyAsync);
            Figures.Header($"HAProxy {version}: {Clients} clients that connect again at once, time for 1,000 connections");
            await CompareAsync("1,000 connections", plain, scripted, ThroughputAsync);
            await RedirectAsync(plain, sink.Address);
            await RedirectAsync(scripted, sink.Address);
            Figures.Header($"HAProxy {version}: one stream of {StreamBytes / 1_000_000} MB");
            await CompareAsync("the stream", plain, scripted, StreamAsync);
        }
    }

    private static async Task CompareAsync(string what, RealHaproxy plain, RealHaproxy scripted, Func<int, Task<TimeSpan>> measure)
    {
        var (without, with) = (new Figures($"{what}, without the script"), new Figures($"{what}, with it"));

        // Once to warm up; then who is first changes, since the machine is never the same twice.
        await measure(plain.ClientPort);
        await measure(scripted.ClientPort);
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var (figures, port) in round % 2 == 0 ? [(without, plain.ClientPort), (with, scripted.ClientPort)] : new[] { (with, scripted.ClientPort), (without, plain.ClientPort) })
            {
                figures.Add(await measure(port));
            }
        }

        without.Show();
        with.Show();
        Console.WriteLine(FormattableString.Invariant($"  {"ratio of the medians",-62} {"",8} {with.Median / without.Median,8:0.00}"));
    }

    private static async Task<TimeSpan> LatencyAsync(int port)
    {
        var (began, come, asked) = (Stopwatch.GetTimestamp(), 0, new List<Task<TimeSpan>>());
        while (Stopwatch.GetElapsedTime(began) is var elapsed && elapsed < Round)
        {
            for (; come < elapsed.TotalSeconds * ArrivalsPerSecond; come++)
            {
                asked.Add(AskAsync(port));
            }

            await Task.Delay(1);
        }

        return (await Task.WhenAll(asked)).Order().ElementAt(asked.Count / 2);
    }

    private static async Task<TimeSpan> ThroughputAsync(int port)
    {
        var (began, made) = (Stopwatch.GetTimestamp(), 0);
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => Task.Run(async () =>
        {
            while (Stopwatch.GetElapsedTime(began) < Round)
            {
                await AskAsync(port);
                Interlocked.Increment(ref made);
            }
        })));
        return Stopwatch.GetElapsedTime(began) * 1000 / made;
    }

    private static async Task<TimeSpan> AskAsync(int port)
    {
        var began = Stopwatch.GetTimestamp();
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        await socket.SendAsync("hello\n"u8.ToArray());
        return await socket.ReceiveAsync(new byte[100]) > 0 ? Stopwatch.GetElapsedTime(began) : throw new IOException("A connection was closed without an answer.");
    }

    private static async Task<TimeSpan> StreamAsync(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port);
        var (piece, began) = (new byte[65_536], Stopwatch.GetTimestamp());
        for (var sent = 0L; sent < StreamBytes; sent += piece.Length)
        {
            await socket.SendAsync(piece);
        }

        // The sink answers its end with its own.
        socket.Shutdown(SocketShutdown.Send);
        await socket.ReceiveAsync(piece);
        return Stopwatch.GetElapsedTime(began);
    }

    private static async Task<RealHaproxy> StartAsync(string version, bool companion, string database)
    {
        var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { Companion = companion, MasterWorker = true });
        await haproxy.SendAsync($"add server db_servers/db {database}");
        await haproxy.SendAsync("set server db_servers/db state ready");
        return haproxy;
    }

    private static async Task RedirectAsync(RealHaproxy haproxy, string address)
    {
        await haproxy.SendAsync("set server db_servers/db state maint");
        await haproxy.SendAsync($"add server db_servers/sink {address}");
        await haproxy.SendAsync("set server db_servers/sink state ready");
    }

    /// <summary>Reads what comes until it ends.</summary>
    private sealed class Sink : IAsyncDisposable
    {
        private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
        private readonly Task _accepting;

        public Sink()
        {
            _listener.Start();
            _accepting = AcceptAsync();
        }

        public string Address => _listener.LocalEndpoint.ToString()!;

        public async ValueTask DisposeAsync()
        {
            _listener.Stop();
            await _accepting;
        }

        private async Task AcceptAsync()
        {
            var buffer = new byte[1 << 20];
            try
            {
                while (true)
                {
                    using var socket = await _listener.AcceptSocketAsync();
                    while (await socket.ReceiveAsync(buffer) > 0)
                    {
                    }
                }
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // The end of the benchmark.
            }
        }
    }
}
