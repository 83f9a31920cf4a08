using System.Net.Http.Json;
using System.Text.Json;
using DbSwitch.Databases;
using DbSwitch.Databases.Redis;

namespace DbSwitch.Tests.Databases.Redis;

/// <summary>The manager itself, killed at any moment of switchovers that promote.</summary>
[Trait("Category", "Slow")]
public sealed class RedisKilledTests(ITestOutputHelper output)
{
    private const int Rounds = 6;

    [Fact]
    public async Task A_manager_that_is_killed_at_any_moment_leaves_nobody_closed_and_loses_nothing()
    {
        var seed = Random.Shared.Next();
        var random = new Random(seed);
        await using var db1 = await RealRedis.StartAsync();
        await db1.DoAsync("SET", "k", "v");
        await using var db2 = await RealRedis.StartAsync();
        await db2.FollowAsync(db1);
        await db2.DoAsync("CONFIG", "REWRITE");
        await using var haproxy = await RealHaproxy.StartAsync("3.2", new RealHaproxyOptions { Companion = true });
        await using var manager = await ManagerProcess.StartedAsync(new ManagerConfiguration { Proxies = new Dictionary<string, string> { ["p"] = Scene.Api(haproxy.ApiEndpoint) } }
            .With("cache", new SwitchText("db_servers", ["p"], new Dictionary<string, string> { ["db1"] = $"{db1.HostPort}", ["db2"] = $"{db2.HostPort}" })
            {
                Initial = "db1",
                Grace = "20ms",
                Redis = $"user: dbswitch, password: {RealRedis.Password}, tls: disable, promote: self",
            }));
        await using var writers = new RedisWriters(haproxy.ClientPort).Reconnecting(2).Keeping();
        var (selected, other) = (("db1", db1), ("db2", db2));
        var results = new List<string>();
        for (var round = 0; round < Rounds; round++)
        {
            await writers.MoreAsync(20);
            await FollowsAsync(other.Item2);
            var began = (await HistoryAsync(manager)).Count;
            using var socket = manager.OverSocket();

            await using var onSelected = await selected.Item2.ConnectAsync();
            await using var onOther = await other.Item2.ConnectAsync();
            var asking = socket.PostAsJsonAsync("/api/v1/switches/cache/switchovers?wait=30s", new { target = other.Item1 }, TestContext.Current.CancellationToken);
            await (round % 3 == 0 ? Task.Delay(random.Next(300), TestContext.Current.CancellationToken) : round % 3 == 1 ? EndedAsync(onSelected) : PromotedAsync(onOther));
            await manager.KillAsync();
            await asking.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);

            await manager.StartAsync();
            await manager.HealthyAsync();
            await Until.TrueAsync("the end to be noted", async () => (await HistoryAsync(manager)).All(e => e.GetProperty("result").GetString() != "running"), seconds: 40);
            var history = await HistoryAsync(manager);
            var result = history.Count == began ? "not begun" : history[0].GetProperty("result").GetString()!;
            results.Add(result);
            (round % 3 == 0 || result == "succeeded" || (round % 3 == 1 && result == "rolled-back")).ShouldBeTrue($"seed {seed}, round {round}: {result}");
            if (result == "succeeded")
            {
                (selected, other) = (other, selected);
            }

            await Until.TrueAsync($"{selected.Item1} to take writes (seed {seed}, round {round}: {result})", async () => await selected.Item2.StateAsync() == ("master", "0"), seconds: 15);
            await FollowsAsync(other.Item2);
        }

        await writers.MoreAsync(20);
        await writers.StopAsync();
        output.WriteLine($"seed {seed}: {string.Join(", ", results.GroupBy(r => r).Select(g => $"{g.Count()} {g.Key}"))}");
        results.ShouldAllBe(r => r == "not begun" || r == "rolled-back" || r == "succeeded", $"seed {seed}");
        await writers.AllAreInAsync(selected.Item2);

        Task FollowsAsync(RealRedis server) => Until.TrueAsync($"{server.Port} to follow and to be open (seed {seed})", async () => await server.StateAsync() == ("slave", "0") && await server.InfoAsync("master_link_status") == "up", seconds: 20);
    }

    /// <summary>The old primary has just been closed: whoever is connected to it is ended.</summary>
    private static async Task EndedAsync(RedisSession session)
    {
        try
        {
            for (var began = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(began).TotalSeconds < 20;)
            {
                await session.AskAsync(TestContext.Current.CancellationToken, "PING");
            }
        }
        catch (DatabaseException)
        {
            return;
        }

        throw new TimeoutException("Nobody was ended.");
    }

    /// <summary>The new one has just become a primary.</summary>
    private static async Task PromotedAsync(RedisSession session)
    {
        for (var began = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(began).TotalSeconds < 20;)
        {
            if (new RedisInfo(await session.TextAsync(TestContext.Current.CancellationToken, "INFO", "replication")).Text("role") == "master")
            {
                return;
            }
        }

        throw new TimeoutException("Nobody was promoted.");
    }

    private static async Task<IReadOnlyList<JsonElement>> HistoryAsync(ManagerProcess manager) => [.. (await manager.RunAsync("history", "--json", "--limit", "100")).Json.EnumerateArray()];
}
