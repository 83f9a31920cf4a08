using System.Collections.Concurrent;
using DbSwitch.Proxies;
using HaproxyRuntime;

namespace DbSwitch.Tests.Companion;

/// <summary>Whose server went while they were on their way to it wait like everybody: the backup server leads them back to the front.</summary>
public sealed class WayBackTests
{
    [Theory, EveryHaproxy]
    public async Task A_client_that_retries_a_dead_database_waits_and_is_served_by_the_next(string version)
    {
        await using var living = new EchoDatabase("db2:");
        await using var scene = await CompanionScene.StartAsync(version, options: new RealHaproxyOptions { Defaults = ["retries 100"] });
        await scene.ActivateAsync($"127.0.0.1:{FreePort.Take()}", "dead");
        using var client = await scene.ConnectAsync("hello\n");
        await Until.TrueAsync("the client to be tried again", async () => (await scene.Haproxy.SendAsync("show sess")).Contains("srv=dead", StringComparison.Ordinal));

        await scene.FenceAsync("dead");
        await scene.UntilAsync("waiting", 1);
        await scene.ActivateAsync(living.Address, "living");

        (await client.ReadLineAsync()).ShouldBe("db2: hello");
    }

    [Theory, EveryHaproxy]
    public async Task Its_hold_goes_on_where_it_was(string version)
    {
        await using var scene = await CompanionScene.StartAsync(version, hold: TimeSpan.FromSeconds(60), new RealHaproxyOptions { Defaults = ["retries 100"] });
        using var client = await scene.ConnectAsync("hello\n");
        await scene.UntilAsync("waiting", 1);
        await Until.TrueAsync("it to have waited for three seconds", async () => (await scene.StateAsync())["longest_wait"] > 3000);

        // It is let go to a database that is dead, and comes back. What was measured is forgotten: counted anew it would have waited for a moment only.
        await scene.ActivateAsync($"127.0.0.1:{FreePort.Take()}", "dead");
        await scene.UntilAsync("released", 1);
        await scene.FenceAsync("dead");
        await scene.UntilAsync("waiting", 1);
        (await scene.TellAsync($"set dbswitch generation {CompanionScene.Backend} 1")).ShouldBe("done");
        (await scene.StateAsync())["longest_wait"].ShouldBeGreaterThan(3000);

        (await scene.TellAsync($"set dbswitch hold {CompanionScene.Backend} 3000")).ShouldBe("done");
        (await client.ReadLineAsync()).ShouldBe("closed");
        (await scene.StateAsync())["expired"].ShouldBe(1);
    }

    [Theory, EveryHaproxy]
    [Trait("Category", "Slow")]
    public async Task None_is_closed_when_its_server_goes_between_the_hold_and_the_choice_of_a_server(string version)
    {
        await using var database = new EchoDatabase("db1:");
        // Many threads on few cores: one that is stopped between the two makes the gap long.
        await using var scene = await CompanionScene.StartAsync(version, options: new RealHaproxyOptions { Global = ["nbthread 8"] });
        await scene.ActivateAsync(database.Address);
        using var stop = new CancellationTokenSource();
        var failures = new ConcurrentQueue<NoAnswer?>();
        var load = Enumerable.Range(0, 24).Select(_ => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                var answer = await DbClient.AskOnceAsync(scene.Haproxy.ClientPort, "x", TimeSpan.FromSeconds(15));
                if (answer.Line is null)
                {
                    failures.Enqueue(answer.Reason);
                }
            }
        })).ToList();
        for (var i = 0; i < 400; i++)
        {
            // Those that waited are let go and may meet the next maintenance on their way.
            await scene.FenceAsync();
            await scene.ActivateAsync(database.Address);
        }

        await stop.CancelAsync();
        await Task.WhenAll(load);
        failures.ShouldBeEmpty(string.Join('\n', scene.Haproxy.BrokenSessions));
    }

    [Theory]
    [InlineData("again", null, 0, null, true)]
    [InlineData("again", "127.0.0.1", 5432, null, false)]
    [InlineData("again", null, 5432, "db.example", false)]
    [InlineData("other", null, 0, null, false)]
    public void Only_a_server_of_that_name_on_a_socket_of_this_machine_is_it(string name, string? address, int port, string? host, bool isIt) =>
        WayBack.Is(new ServerState("db_servers", 1, name, address is null ? null : System.Net.IPAddress.Parse(address), port, ServerOperationalState.Running, ServerAdminState.None, TimeSpan.Zero) { HostName = host }).ShouldBe(isIt);
}
