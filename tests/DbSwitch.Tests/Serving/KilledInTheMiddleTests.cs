using System.Net.Http.Json;
using System.Text.Json;

namespace DbSwitch.Tests.Serving;

/// <summary><c>kill -9</c> of the manager at random moments of a switchover, on a real HAProxy: what its history says when it is back is what clients have.</summary>
public sealed class KilledInTheMiddleTests(ITestOutputHelper output)
{
    private const int Rounds = 20;

    [Fact, Trait("Category", "Slow")]
    public async Task It_finishes_or_undoes_what_it_was_at_and_never_leaves_two()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        await using var scene = await Scene.StartedAsync(new RealHaproxyOptions { Companion = true });
        var manager = scene.Manager;
        await manager.HealthyAsync();
        await using var clients = new AnyClients(scene.Haproxy.ClientPort);
        var selected = 1;
        var results = new List<string>();
        for (var round = 0; round < Rounds; round++)
        {
            var next = 3 - selected;
            var began = (await HistoryAsync(manager)).Count;
            using var socket = manager.OverSocket();

            // The grace is 100 ms of it.
            var asking = socket.PostAsJsonAsync("/api/v1/switches/orders/switchovers?wait=30s", new { target = $"backend-db{next}" }, TestContext.Current.CancellationToken);
            await Task.Delay(random.Next(180), TestContext.Current.CancellationToken);
            await manager.KillAsync();
            await asking.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);

            await manager.StartAsync();
            await manager.HealthyAsync();
            await Until.TrueAsync("the end to be noted", async () => (await HistoryAsync(manager)).All(e => e.GetProperty("result").GetString() != "running"));
            var history = await HistoryAsync(manager);
            var result = history.Count == began ? "not begun" : history[0].GetProperty("result").GetString()!;
            results.Add(result);
            selected = result == "succeeded" ? next : selected;
            var why = $"seed {seed}, round {round}: {result}";
            result.ShouldBeOneOf("not begun", "rolled-back", "succeeded");
            (await manager.RunAsync("status", "--json")).Json[0].GetProperty("selection").GetProperty("target").GetString().ShouldBe($"backend-db{selected}", why);
            (await DbClient.AskOnceAsync(scene.Haproxy.ClientPort, "which", TimeSpan.FromSeconds(10))).Line.ShouldBe($"db{selected} which", why);
        }

        await clients.DisposeAsync();
        output.WriteLine($"seed {seed}: {string.Join(", ", results.GroupBy(r => r).Select(g => $"{g.Count()} {g.Key}"))}");
        results.Distinct().Count().ShouldBeGreaterThan(1, "it was killed at different moments");
        var inTime = scene.Db1.Requests.Select(r => (r.At, 1)).Concat(scene.Db2.Requests.Select(r => (r.At, 2))).OrderBy(r => r.At).ToList();
        inTime.Zip(inTime.Skip(1)).Count(p => p.First.Item2 != p.Second.Item2).ShouldBeLessThanOrEqualTo(results.Count(r => r == "succeeded"), "never two at once");
    }

    private static async Task<IReadOnlyList<JsonElement>> HistoryAsync(ManagerProcess manager) => [.. (await manager.RunAsync("history", "--json", "--limit", "100")).Json.EnumerateArray()];

    /// <summary>Clients that take whichever database answers.</summary>
    private sealed class AnyClients : IAsyncDisposable
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly Task _running;

        public AnyClients(int port) => _running = Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() => AskAsync(port))));

        public async ValueTask DisposeAsync()
        {
            if (!_running.IsCompleted)
            {
                await _stop.CancelAsync();
                await _running;
                _stop.Dispose();
            }
        }

        private async Task AskAsync(int port)
        {
            while (!_stop.IsCancellationRequested)
            {
                await DbClient.AskOnceAsync(port, "any", TimeSpan.FromSeconds(10));
                await Task.Delay(5);
            }
        }
    }
}
