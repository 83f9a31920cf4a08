using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace DbSwitch.Benchmarks;

/// <summary>A managed HAProxy is killed, master and workers, under clients that connect again at once: how long nobody is served, and how long the unluckiest client waits.</summary>
internal static class ProxyHostBenchmark
{
    private const int Runs = 7;
    private const int Clients = 8;

    public static async Task RunAsync()
    {
        Figures.Header($"kill -9 of a managed HAProxy, all of its processes, under {Clients} clients that connect again at once");
        foreach (var version in HaproxyVersions.Names)
        {
            var (down, longest, failed) = (new Figures($"HAProxy {version}: from the kill to the next answer"), new Figures($"HAProxy {version}: the longest wait of a new connection"), new List<string>());
            for (var run = 0; run < Runs; run++)
            {
                // Each with a host of its own: the second death within 10 s would be answered by a pause.
                await using var scene = await Scene.StartAsync(version);
                var (first, wait, lost) = await KillAsync(scene);
                down.Add(first);
                longest.Add(wait);
                failed.AddRange(lost);
            }

            down.Show();
            longest.Show();
            Console.WriteLine(FormattableString.Invariant($"  {"new connections that failed",-62} {"",8} {failed.Count,8}"));
            failed.ForEach(how => Console.WriteLine("    " + how));
        }
    }

    private static async Task<(TimeSpan Down, TimeSpan Longest, IReadOnlyList<string> Failed)> KillAsync(Scene scene)
    {
        var asked = new ConcurrentQueue<(long Began, bool Connected, long Ended, string? Failure)>();
        using var stop = new CancellationTokenSource();
        var clients = Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                asked.Enqueue(await AskAsync(scene.ClientPort));
            }
        })));
        await Task.Delay(TimeSpan.FromSeconds(1));
        var family = scene.Family;
        var killed = Stopwatch.GetTimestamp();
        family.ForEach(Kill);
        await Until.TrueAsync("its death", () => !family.Any(LinuxProcess.IsAlive));
        var dead = Stopwatch.GetTimestamp();
        await Task.Delay(TimeSpan.FromSeconds(2));
        await stop.CancelAsync();
        await clients;
        return (
            Stopwatch.GetElapsedTime(killed, asked.Where(one => one.Failure is null && one.Ended > dead).Min(one => one.Ended)),
            asked.Where(one => one.Failure is null && one.Ended > killed).Max(one => Stopwatch.GetElapsedTime(one.Began, one.Ended)),

            // One that was begun before HAProxy was dead may have been accepted by it. (When connect() returned says less: on a busy machine we hear of it late.)
            [.. asked.Where(one => one.Failure is not null && (!one.Connected || one.Began > dead))
                .Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Failure}, {(one.Connected ? "" : "never connected, ")}begun {Stopwatch.GetElapsedTime(dead, one.Began).TotalMilliseconds:0.0} ms after HAProxy's death, over {Stopwatch.GetElapsedTime(dead, one.Ended).TotalMilliseconds:0.0} ms after it"))]);
    }

    private static void Kill(int pid)
    {
        try
        {
            LinuxProcess.Signal(pid, LinuxProcess.SigKill);
        }
        catch (InvalidOperationException)
        {
            // A master ends with its worker, and may have been faster.
        }
    }

    private static async Task<(long Began, bool Connected, long Ended, string? Failure)> AskAsync(int port)
    {
        var (began, connected) = (Stopwatch.GetTimestamp(), false);
        string? failure;
        try
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(IPAddress.Loopback, port);
            connected = true;
            await socket.SendAsync("hello\n"u8.ToArray());
            failure = await socket.ReceiveAsync(new byte[100]) > 0 ? null : "closed";
        }
        catch (SocketException e)
        {
            failure = e.SocketErrorCode.ToString();
        }

        return (began, connected, Stopwatch.GetTimestamp(), failure);
    }

    /// <summary>A manager with a managed proxy and a selected database.</summary>
    private sealed class Scene : IAsyncDisposable
    {
        private readonly string _folder = Directory.CreateTempSubdirectory("dbsw-").FullName;
        private readonly EchoDatabase _database = new("db:");
        private GuardedProcess? _host;
        private GuardedProcess? _manager;

        public int ClientPort { get; } = FreePort.Take();

        public List<int> Family => [.. LinuxProcess.ChildrenOf(_host!.Pid).SelectMany(master => LinuxProcess.ChildrenOf(master).Append(master))];

        private static string Executable => Environment.GetEnvironmentVariable("DBSWITCH") ?? throw new InvalidOperationException("Run this through ./bench, which says where the executable is (DBSWITCH).");

        public static async Task<Scene> StartAsync(string version)
        {
            var scene = new Scene();
            var file = Path.Combine(scene._folder, "dbswitch.yaml");
            await File.WriteAllTextAsync(file, string.Create(CultureInfo.InvariantCulture, $$"""
                state: state.db
                listen: { unix: s.sock }
                proxies: { p: { managed: { frontends: { orders: "127.0.0.1:{{scene.ClientPort}}" }, haproxy: "{{HaproxyBinary.For(version)}}" } } }
                switches:
                  orders:
                    backend: db_servers
                    proxies: [p]
                    targets: { db1: { address: "{{scene._database.Address}}" } }
                    initial: db1
                """));
            scene._host = await GuardedProcess.StartAsync(Path.Combine(scene._folder, "host.log"), Executable, "proxy-host", "p", "--config", file);
            await Until.TrueAsync("the host", () => File.Exists(Path.Combine(scene._folder, "p", "host.json")), 20);
            scene._manager = await GuardedProcess.StartAsync(Path.Combine(scene._folder, "manager.log"), Executable, "serve", "--config", file);
            await Until.TrueAsync("an answer", async () => (await DbClient.AskOnceAsync(scene.ClientPort, "hello")).Line is not null, 20);
            return scene;
        }

        public async ValueTask DisposeAsync()
        {
            // HAProxy is in the process group of its host, and ends with it.
            await _manager!.DisposeAsync();
            await _host!.DisposeAsync();
            await _database.DisposeAsync();
            Directory.Delete(_folder, recursive: true);
        }
    }
}
