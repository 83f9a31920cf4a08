using System.Collections.Concurrent;
using DbSwitch.Storage;
using DbSwitch.Switching.Outcomes;

namespace DbSwitch.Tests.Switching;

/// <summary>A hundred switches back and forth under load, on real proxies: what the databases received, in the order of time, is what counts.</summary>
[Trait("Category", "Slow")]
public sealed class HundredSwitchesTests
{
    private const int Switches = 100;

    private static readonly RealHaproxyOptions WithScript = new() { Companion = true, MasterWorker = true, Hold = TimeSpan.FromSeconds(10) };

    [Theory]
    [InlineData("2.6", 2)]
    [InlineData("3.0", 2)]
    [InlineData("3.2", 4)]
    public async Task Planned_switches_fail_no_new_connection_and_no_old_answer_comes_after_a_new_one(string version, int proxies)
    {
        await using var scene = await SceneAsync(version, proxies);
        for (var i = 0; i < Switches; i++)
        {
            await scene.Manager.SwitchToAsync(scene.Databases[(i + 1) % 2].Prefix);
        }

        await scene.StopLoadAsync();
        scene.Failures.ShouldBeEmpty($"of {scene.Answers} clients; HAProxy: {string.Join('\n', scene.Haproxies.SelectMany(h => h.BrokenSessions))}");
        scene.Changes.ShouldBeLessThanOrEqualTo(Switches);
        scene.Answers.ShouldBeGreaterThan(Switches);
    }

    [Theory, EveryHaproxy]
    public async Task With_reloads_restarts_and_kills_of_proxies_and_manager_in_between_every_reported_result_is_true(string version)
    {
        await using var scene = await SceneAsync(version, 2);
        var random = new Random(7);
        var selected = scene.Databases[0].Prefix;
        for (var i = 0; i < Switches; i++)
        {
            var next = scene.Databases.First(d => d.Prefix != selected).Prefix;
            if (i % 10 == 7)
            {
                // In the middle of a switchover: KilledInTheMiddleTests.
                await scene.Manager.EndAsync();
                await scene.Manager.StartAsync();
                await Until.TrueAsync("the manager to be at work", () => scene.Manager.Orders.Snapshot.Latest.Count == 2 && scene.Manager.Orders.Snapshot.Latest.All(r => r.Settled), 20);
            }

            var trouble = i % 4 == 0 ? scene.TroubleAsync(random) : Task.CompletedTask;
            var outcome = await scene.Manager.SelectAsync(next);
            await trouble;
            selected = outcome is SwitchoverOutcome.Ended { Record.Result: SwitchoverResult.Succeeded or SwitchoverResult.Partial } ? next : selected;
            await Until.TrueAsync($"every proxy to serve {selected} after: {outcome.Message}", () => scene.Manager.Orders.Snapshot.Selection?.Target == selected && scene.Manager.Orders.Snapshot.Latest.All(r => r.Settled), 20);
            foreach (var haproxy in scene.Haproxies)
            {
                var asked = await DbClient.AskOnceAsync(haproxy.ClientPort, "which", TimeSpan.FromSeconds(10));
                asked.Line.ShouldBe($"{selected} which", $"switch {i}: {outcome.Message} {asked.Reason} {(asked.Line is null ? await PictureAsync(haproxy) : "")}");
            }
        }

        await scene.StopLoadAsync();
        scene.Changes.ShouldBeLessThanOrEqualTo(Switches);
    }

    /// <summary>What HAProxy makes of its servers and of who waits for one, for the message of a test that fails.</summary>
    private static async Task<string> PictureAsync(RealHaproxy haproxy) =>
        $"HAProxy: {await haproxy.SendAsync("show servers state; show stat; show dbswitch; show sess")}\n{string.Join('\n', haproxy.BrokenSessions.TakeLast(10))}";

    private static async Task<LoadedScene> SceneAsync(string version, int proxies)
    {
        var scene = new LoadedScene();
        for (var i = 0; i < proxies; i++)
        {
            var haproxy = await RealHaproxy.StartAsync(version, WithScript);
            scene.Haproxies.Add(haproxy);
            scene.Manager.Proxy($"p{i}", haproxy.ApiEndpoint, haproxy.MasterSocket);
        }

        scene.Manager.Switch("db1", [.. scene.Databases.Select(d => (d.Prefix, d.HostPort))]);
        await scene.Manager.StartAsync();
        await scene.Manager.SettledAsync("db1");
        scene.StartLoad();
        return scene;
    }

    /// <summary>Proxies, two databases, a manager, and clients of three kinds: who reconnect without pause, who arrive regardless, and who keep their session open.</summary>
    private sealed class LoadedScene : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly ConcurrentQueue<string> _failures = new();
        private readonly List<Task> _load = [];
        private int _answers;

        public List<RealHaproxy> Haproxies { get; } = [];

        public IReadOnlyList<EchoDatabase> Databases { get; } = [new EchoDatabase("db1"), new EchoDatabase("db2")];

        // On a machine that runs a dozen other tests the client of a short session may be slow: what is cut after the grace was not a new connection.
        public ManagerUnderTest Manager { get; } = new() { Grace = TimeSpan.FromMilliseconds(300) };

        /// <summary>New connections that got no answer.</summary>
        public IReadOnlyCollection<string> Failures => _failures;

        public int Answers => Volatile.Read(ref _answers);

        /// <summary>How often the database that receives requests became another one. More often than there were switches, and two were at work at once.</summary>
        public int Changes
        {
            get
            {
                var inTime = Databases.SelectMany(d => d.Requests.Select(r => (r.At, d.Prefix))).OrderBy(r => r.At).ToList();
                return inTime.Zip(inTime.Skip(1)).Count(pair => pair.First.Prefix != pair.Second.Prefix);
            }
        }

        public void StartLoad()
        {
            for (var i = 0; i < 8; i++)
            {
                var port = Haproxies[i % Haproxies.Count].ClientPort;
                _load.Add(Task.Run(() => ReconnectAsync(port)));
            }

            foreach (var haproxy in Haproxies)
            {
                _load.Add(Task.Run(() => ArriveAsync(haproxy.ClientPort)));
                _load.Add(Task.Run(() => StayAsync(haproxy.ClientPort)));
            }
        }

        public async Task StopLoadAsync()
        {
            await _stop.CancelAsync();
            await Task.WhenAll(_load);
        }

        public Task TroubleAsync(Random random) => random.Next(3) switch
        {
            0 => Haproxies[random.Next(Haproxies.Count)].ReloadAsync(),
            1 => Haproxies[random.Next(Haproxies.Count)].RestartAsync(),
            _ => Task.CompletedTask,
        };

        public async ValueTask DisposeAsync()
        {
            await StopLoadAsync();
            await Manager.DisposeAsync();
            foreach (var haproxy in Haproxies)
            {
                await haproxy.DisposeAsync();
            }

            foreach (var database in Databases)
            {
                await database.DisposeAsync();
            }

            _stop.Dispose();
        }

        private async Task ReconnectAsync(int port)
        {
            while (!_stop.IsCancellationRequested)
            {
                await AskAsync(port, "reconnecting");
            }
        }

        private async Task ArriveAsync(int port)
        {
            var arrivals = new List<Task>();
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
            while (!_stop.IsCancellationRequested && await timer.WaitForNextTickAsync(CancellationToken.None))
            {
                arrivals.Add(AskAsync(port, "arriving"));
                arrivals.RemoveAll(a => a.IsCompleted);
            }

            await Task.WhenAll(arrivals);
        }

        /// <summary>Its session is cut by every switch, and is then opened anew.</summary>
        private async Task StayAsync(int port)
        {
            while (!_stop.IsCancellationRequested)
            {
                using var client = new DbClient(port, TimeSpan.FromSeconds(15));
                while (!_stop.IsCancellationRequested && (await client.AskAsync("open")).Line is not null)
                {
                    await Task.Delay(5);
                }
            }
        }

        private async Task AskAsync(int port, string who)
        {
            var answer = await DbClient.AskOnceAsync(port, who, TimeSpan.FromSeconds(15));
            if (answer.Line is null)
            {
                _failures.Enqueue($"{who}: {answer.Reason}");
            }
            else
            {
                Interlocked.Increment(ref _answers);
            }
        }
    }
}
