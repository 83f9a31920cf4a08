using System.Collections.Concurrent;

namespace DbSwitch.Tests.Switching;

/// <summary>
/// Clients that come in the very moment in which a server is made ready. <c>balance roundrobin</c> puts some of them into the backend's queue (HAProxy 3.0.11
/// and 3.2.26), out of which nothing takes them, and all that follow queue up behind: <c>balance first</c> does not.
/// </summary>
[Trait("Category", "Slow")]
public sealed class MadeReadyTests
{
    private const int Rounds = 500;

    // One connection to the Runtime API takes as many commands in a line as fit into its buffer.
    private static readonly string s_manyTimes = string.Concat(Enumerable.Repeat("set server db_servers/db1 state ready;set server db_servers/db1 state maint;", 150)) + "set server db_servers/db1 state ready";

    [Theory, EveryHaproxy]
    public async Task Nobody_is_left_in_the_backends_queue(string version)
    {
        await using var database = new EchoDatabase("db1");

        // More threads than processors: the one that makes ready is interrupted in the middle of it. And a backup server, as the companion script has one, but without
        // the script: who waits in its hold comes less often in that very moment.
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { Global = ["nbthread 8"], Backend = [$"server again {database.HostPort} backup maxconn 1000000"], Defaults = ["timeout queue 500ms"] });
        (await haproxy.SendAsync($"add server db_servers/db1 {database.HostPort}")).ShouldContain("registered");
        (await haproxy.SendAsync("set server db_servers/db1 state ready")).Trim().ShouldBeEmpty();
        using var stop = new CancellationTokenSource();
        var failures = new ConcurrentQueue<NoAnswer?>();
        var load = Enumerable.Range(0, 8).Select(i => Task.Run(() => i < 2 ? StayAsync(haproxy.ClientPort, stop.Token) : ReconnectAsync(haproxy.ClientPort, failures, stop.Token))).ToList();

        var queued = 0;
        for (var i = 0; i < Rounds; i++)
        {
            await haproxy.SendAsync(s_manyTimes);

            // Clients come and go for a while: who is in the queue stays there, since nothing takes it out.
            await Task.Delay(5, CancellationToken.None);
            queued = Math.Max(queued, await QueuedAsync(haproxy));
        }

        await stop.CancelAsync();
        await Task.WhenAll(load);
        queued.ShouldBe(0, "clients in the backend's queue, though its server is ready");
        failures.ShouldBeEmpty(string.Join('\n', haproxy.BrokenSessions));
        database.Requests.Count.ShouldBeGreaterThan(Rounds);
    }

    private static async Task<int> QueuedAsync(RealHaproxy haproxy)
    {
        var backend = (await haproxy.SendAsync("show stat db_servers 2 -1")).Split('\n').Single(line => line.StartsWith("db_servers,BACKEND,", StringComparison.Ordinal));
        return int.Parse(backend.Split(',')[2], System.Globalization.CultureInfo.InvariantCulture);
    }

    private static async Task ReconnectAsync(int port, ConcurrentQueue<NoAnswer?> failures, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            if (await DbClient.AskOnceAsync(port, "new", TimeSpan.FromSeconds(15)) is { Line: null } answer)
            {
                failures.Enqueue(answer.Reason);
            }
        }
    }

    /// <summary>What is served already is what makes HAProxy believe that somebody will take the next one out of the queue.</summary>
    private static async Task StayAsync(int port, CancellationToken stop)
    {
        using var client = new DbClient(port, TimeSpan.FromSeconds(15));
        while (!stop.IsCancellationRequested && (await client.AskAsync("open")).Line is not null)
        {
            await Task.Delay(5, CancellationToken.None);
        }
    }
}
