namespace HaproxyRuntime.Tests;

/// <summary>The kit itself, by bare commands: what the other tests build on must not be what they test.</summary>
public sealed class RealHaproxyTests
{
    [Theory, EveryHaproxy]
    public async Task The_seed_works_step_by_step(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { Statistics = true });
        await using var database = new EchoDatabase("backend-db1:");

        (await ServersAsync(haproxy)).ShouldBeEmpty();
        (await DbClient.AskOnceAsync(haproxy.ClientPort, "hello 0")).ShouldBe(new DbAnswer(null, NoAnswer.Closed));
        (await haproxy.LoggedAsync("<NOSRV>")).ShouldContain("db db_servers/<NOSRV>");

        (await haproxy.SendAsync($"add server db_servers/backend_db1_8310 {database.Address}")).ShouldStartWith("New server registered.\n");
        (await ServersAsync(haproxy)).ShouldHaveSingleItem().ShouldContain(" backend_db1_8310 127.0.0.1 0 1 ");
        (await haproxy.SendAsync("set server db_servers/backend_db1_8310 state ready")).ShouldBe("\n");
        (await DbClient.AskOnceAsync(haproxy.ClientPort, "hello 1")).ShouldBe(new DbAnswer("backend-db1: hello 1", null));
        database.Requests.ShouldHaveSingleItem().Text.ShouldBe("hello 1");

        using var browser = new HttpClient();
        (await browser.GetStringAsync(haproxy.StatisticsPage, TestContext.Current.CancellationToken)).ShouldContain("backend_db1_8310");

        (await haproxy.SendAsync("set server db_servers/backend_db1_8310 state maint")).ShouldBe("\n");
        await Until.TrueAsync("the server to be removable", async () => (await haproxy.SendAsync("del server db_servers/backend_db1_8310")).StartsWith("Server deleted.\n", StringComparison.Ordinal));
        (await ServersAsync(haproxy)).ShouldBeEmpty();
        (await DbClient.AskOnceAsync(haproxy.ClientPort, "hello 2")).Reason.ShouldBe(NoAnswer.Closed);
    }

    [Theory, EveryHaproxy]
    public async Task A_reload_keeps_the_frontend_and_open_sessions_and_forgets_the_servers(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { MasterWorker = true });
        await using var database = new EchoDatabase("db1");
        await AddReadyAsync(haproxy, database);
        using var client = new DbClient(haproxy.ClientPort);
        (await client.AskAsync("before")).Line.ShouldBe("db1 before");
        var worker = haproxy.WorkerPids.ShouldHaveSingleItem();

        await haproxy.ReloadAsync();

        (await ServersAsync(haproxy)).ShouldBeEmpty();
        haproxy.WorkerPids.ShouldContain(worker);
        haproxy.WorkerPids.Count.ShouldBe(2);
        (await client.AskAsync("after")).Line.ShouldBe("db1 after");
        await AddReadyAsync(haproxy, database);
        (await DbClient.AskOnceAsync(haproxy.ClientPort, "new")).Line.ShouldBe("db1 new");
    }

    [Theory, EveryHaproxy]
    public async Task Every_one_of_ten_reloads_in_a_row_brings_a_new_worker(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { MasterWorker = true });
        for (var i = 0; i < 10; i++)
        {
            // Not by which is greater: the system begins anew with small numbers.
            var before = haproxy.WorkerPids.ToHashSet();
            await haproxy.ReloadAsync();
            haproxy.WorkerPids.ShouldContain(pid => !before.Contains(pid));
        }
    }

    [Theory, EveryHaproxy]
    public async Task A_frozen_worker_answers_nobody_and_a_thawed_one_answers_what_it_was_asked(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { MasterWorker = true });
        haproxy.Freeze();

        var asked = haproxy.SendAsync("show version");
        (await Task.WhenAny(asked, Task.Delay(TimeSpan.FromMilliseconds(300), TestContext.Current.CancellationToken))).ShouldNotBe(asked);

        haproxy.Thaw();
        (await asked).ShouldStartWith(version);
    }

    [Theory, EveryHaproxy]
    public async Task A_restart_keeps_the_ports_and_forgets_the_servers(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { TcpApi = true });
        await using var database = new EchoDatabase("db1");
        await AddReadyAsync(haproxy, database);
        (await DbClient.AskOnceAsync(haproxy.ClientPort, "hello")).Line.ShouldBe("db1 hello");
        var (pid, port, api) = (haproxy.Pid, haproxy.ClientPort, haproxy.TcpApiEndpoint);

        await haproxy.KillAsync();
        (await DbClient.AskOnceAsync(port, "hello")).Reason.ShouldBe(NoAnswer.Refused);
        await haproxy.RestartAsync();

        haproxy.Pid.ShouldNotBe(pid);
        (haproxy.ClientPort, haproxy.TcpApiEndpoint).ShouldBe((port, api));
        (await ServersAsync(haproxy)).ShouldBeEmpty();
    }

    [Theory, EveryHaproxy]
    public async Task Nothing_is_left_of_it_in_the_end(string version)
    {
        List<int> pids;
        string folder;
        await using (var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { MasterWorker = true }))
        {
            await haproxy.ReloadAsync();
            pids = [haproxy.Pid, .. haproxy.WorkerPids];
            folder = Path.GetDirectoryName(((RuntimeEndpoint.Unix)haproxy.ApiEndpoint).Path)!;
            Directory.Exists(folder).ShouldBeTrue();
        }

        pids.Count.ShouldBeGreaterThan(1);

        // A killed process that is not our child leaves when the system gets round to it.
        await Until.TrueAsync("every process to be gone", () => !pids.Exists(LinuxProcess.IsAlive));
        Directory.Exists(folder).ShouldBeFalse();
    }

    [Fact]
    public async Task A_mistake_in_the_configuration_is_shown_in_HAProxys_own_words()
    {
        var start = () => RealHaproxy.StartAsync("2.6", new RealHaproxyOptions { Backend = ["nonsense here"] });
        (await start.ShouldThrowAsync<InvalidOperationException>()).Message.ShouldContain("unknown keyword 'nonsense'");
    }

    private static async Task AddReadyAsync(RealHaproxy haproxy, EchoDatabase database)
    {
        (await haproxy.SendAsync($"add server db_servers/a {database.Address}")).ShouldStartWith("New server registered.\n");
        (await haproxy.SendAsync("set server db_servers/a state ready")).ShouldBe("\n");
    }

    // After the format's version, a header, and before the empty line that ends an answer.
    private static async Task<string[]> ServersAsync(RealHaproxy haproxy) =>
        [.. (await haproxy.SendAsync("show servers state db_servers")).Split('\n').Skip(2).Where(line => line.Length > 0)];
}
