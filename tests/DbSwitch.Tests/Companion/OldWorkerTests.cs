using System.Globalization;

namespace DbSwitch.Tests.Companion;

/// <summary>What a worker left over from a reload does, and what can be told to it.</summary>
public sealed class OldWorkerTests
{
    [Theory, EveryHaproxy]
    public async Task Who_waits_while_HAProxy_is_reloaded_is_served_by_the_new_worker_under_its_own_address(string version)
    {
        const int many = 500;
        await using var database = new EchoDatabase("db1:");
        await using var scene = await CompanionScene.StartAsync(version);
        var clients = await Task.WhenAll(Enumerable.Range(0, many).Select(_ => scene.ConnectAsync("hello\n")));
        await scene.UntilAsync("waiting", many);

        await scene.Haproxy.ReloadAsync();
        await scene.UntilAsync("waiting", many);

        // The PROXY protocol's line is one more for this database, and it says who HAProxy takes the client for.
        await scene.ActivateAsync($"{database.Address} send-proxy");
        await Task.WhenAll(clients.Select(async client =>
        {
            (await client.ReadLineAsync()).ShouldStartWith($"db1: PROXY TCP4 127.0.0.1 127.0.0.1 {client.Port} ");
            (await client.ReadLineAsync()).ShouldBe("db1: hello");
            client.Dispose();
        }));
    }

    [Theory, EveryHaproxy]
    public async Task The_time_before_a_reload_counts_for_the_hold(string version)
    {
        await using var scene = await CompanionScene.StartAsync(version, TimeSpan.FromSeconds(60));
        using var client = await scene.ConnectAsync("hello\n");
        await scene.UntilAsync("waiting", 1);
        await Task.Delay(TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken);

        await scene.Haproxy.ReloadAsync();

        // The new worker's script is new: counted anew it would have waited for a moment only.
        await scene.UntilAsync("waiting", 1);
        (await scene.StateAsync())["longest_wait"].ShouldBeGreaterThan(3000);
        (await scene.TellAsync($"set dbswitch hold {CompanionScene.Backend} 3000")).ShouldBe("done");
        (await client.ReadLineAsync()).ShouldBe("closed");
    }

    [Theory, EveryHaproxy]
    public async Task A_client_that_was_silent_in_the_old_worker_goes_to_the_new_one_when_it_speaks(string version)
    {
        var port = FreePort.Take();
        await using var old = new EchoDatabase("old:");
        await using var current = new EchoDatabase("new:");
        await using var scene = await CompanionScene.StartAsync(version, options: new RealHaproxyOptions { Frontend = [$"bind 127.0.0.1:{port} accept-proxy"] });
        await scene.ActivateAsync(old.Address);

        // It has not even said who it is: HAProxy can't route it yet.
        using var client = await WaitingClient.ConnectAsync(port);
        await scene.Haproxy.ReloadAsync();
        await scene.ActivateAsync(current.Address);
        await client.SendAsync("PROXY TCP4 192.0.2.1 192.0.2.2 1111 2222\r\nhello\n");

        (await client.ReadLineAsync()).ShouldBe("new: hello");
        client.Dispose();
        (await scene.Haproxy.LoggedAsync("db db_servers/db1")).ShouldContain("192.0.2.1:1111 [");
        old.Requests.ShouldBeEmpty();
    }

    [Theory, EveryHaproxy]
    public async Task A_connection_that_goes_from_worker_to_worker_and_never_to_a_server_is_closed_in_the_end(string version)
    {
        const int most = 16;
        await using var scene = await CompanionScene.StartAsync(version, TimeSpan.FromSeconds(60));
        using var client = await scene.ConnectAsync("hello\n");
        await scene.UntilAsync("waiting", 1);

        for (var hop = 1; hop <= most; hop++)
        {
            await scene.Haproxy.ReloadAsync();
            await scene.UntilAsync("waiting", 1);
        }

        await scene.Haproxy.ReloadAsync();
        (await client.ReadLineAsync()).ShouldBe("closed");
    }

    [Theory, InlineData("3.0"), InlineData("3.2")]
    public async Task A_server_can_be_fenced_and_its_sessions_cut_in_an_old_worker_with_the_generation(string version)
    {
        await using var database = new EchoDatabase("db1:");
        await using var scene = await CompanionScene.StartAsync(version);
        await scene.ActivateAsync(database.Address);
        using var session = await scene.ConnectAsync("hello\n");
        (await session.ReadLineAsync()).ShouldBe("db1: hello");
        await scene.Haproxy.ReloadAsync();
        var worker = await OldWorkerAsync(scene);

        // What the Runtime API itself refuses there.
        (await TellAsync("set server db_servers/db1 state maint")).ShouldBe("Proxy is disabled.");
        (await TellAsync("set dbswitch fence db_servers/db1 4")).ShouldBe("done");
        (await TellAsync("set dbswitch fence db_servers/db1 3")).ShouldBe("refused: generation 3 is behind 4");
        (await TellAsync("set dbswitch ready db_servers/db1 4")).ShouldBe("refused: this worker is stopping");
        (await TellAsync("show servers state db_servers")).ShouldMatch(@" db1 127\.0\.0\.1 0 1 ");
        await session.SendAsync("a fence cuts nobody\n");
        (await session.ReadLineAsync()).ShouldBe("db1: a fence cuts nobody");

        (await TellAsync("set dbswitch cut db_servers/db1 4")).ShouldBe("done");
        (await session.ReadLineAsync()).ShouldBeOneOf("closed", "reset");
        await Until.TrueAsync("the old worker's end", () => !LinuxProcess.IsAlive(worker));

        // And the generation that it heard of is known to the next process.
        await scene.Haproxy.RestartAsync();
        (await scene.TellAsync("set dbswitch generation db_servers 3")).ShouldBe("refused: generation 3 is behind 4");

        async Task<string> TellAsync(string command) => (await scene.Haproxy.SendToMasterAsync($"@!{worker} {command}")).Trim();
    }

    private static async Task<int> OldWorkerAsync(CompanionScene scene)
    {
        var now = (await scene.Haproxy.SendAsync("show info")).Split('\n').Single(line => line.StartsWith("Pid: ", StringComparison.Ordinal))["Pid: ".Length..];
        return scene.Haproxy.WorkerPids.Single(pid => pid.ToString(CultureInfo.InvariantCulture) != now);
    }
}
