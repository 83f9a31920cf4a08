using DbSwitch.Keeping;
using DbSwitch.Proxies;
using DbSwitch.Storage;
using DbSwitch.Switching.Outcomes;
using HaproxyRuntime;

namespace DbSwitch.Tests.Switching;

/// <summary>What a reload leaves over still carries sessions to the old target, out of the Runtime API's reach: a switch must end them too, and prove it.</summary>
public sealed class OldWorkerTests
{
    private static readonly RealHaproxyOptions Reloadable = new() { MasterWorker = true };

    // HAProxy decides where such a client goes only when it speaks.
    private static readonly RealHaproxyOptions WaitingForClientsToSpeak = Reloadable with { Frontend = ["tcp-request inspect-delay 30s", "tcp-request content accept if { req.len gt 0 }", "tcp-request content reject if WAIT_END"] };

    [Theory, EveryHaproxy]
    public async Task A_session_in_an_old_worker_is_cut_before_the_new_target_takes_clients(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version, Reloadable);
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint).Switch("db1", ("db1", db1.HostPort), ("db2", db2.HostPort)).StartAsync();
        await Until.TrueAsync("db1 to be served", () => manager.Orders.Snapshot.Latest is [{ Settled: true }]);
        using var client = new DbClient(haproxy.ClientPort);
        (await client.AskAsync("before")).Line.ShouldBe("db1 before");
        await haproxy.ReloadAsync();
        await Until.TrueAsync("db1 to be served again", async () => (await DbClient.AskOnceAsync(haproxy.ClientPort, "again")).Line is "db1 again");
        (await client.AskAsync("through the old worker")).Line.ShouldBe("db1 through the old worker");

        await manager.SwitchToAsync("db2");

        (await client.AskAsync("after")).Line.ShouldBeNull();
        db1.Requests.ShouldNotContain(r => r.Text == "after");
        (await DbClient.AskOnceAsync(haproxy.ClientPort, "new")).Line.ShouldBe("db2 new");
        await Until.TrueAsync("the old worker to end", () => haproxy.WorkerPids.Count == 1);
    }

    [Theory, EveryHaproxy]
    public async Task An_old_worker_of_before_the_manager_was_there_is_found_and_fenced_through_the_master_socket(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version, Reloadable);
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint, haproxy.MasterSocket).Switch("db1", ("db1", db1.HostPort), ("db2", db2.HostPort)).StartAsync();
        await Until.TrueAsync("db1 to be served", () => manager.Orders.Snapshot.Latest is [{ Settled: true }]);
        using var client = new DbClient(haproxy.ClientPort);
        (await client.AskAsync("before")).Line.ShouldBe("db1 before");
        await manager.EndAsync();
        await haproxy.ReloadAsync();
        await manager.StartAsync();
        await Until.TrueAsync("db1 to be served again", async () => (await DbClient.AskOnceAsync(haproxy.ClientPort, "again")).Line is "db1 again");
        await haproxy.ReloadAsync();
        await Until.TrueAsync("db1 to be served once more", async () => (await DbClient.AskOnceAsync(haproxy.ClientPort, "once more")).Line is "db1 once more");

        await manager.SwitchToAsync("db2");

        (await client.AskAsync("after")).Line.ShouldBeNull();
        db1.Requests.ShouldNotContain(r => r.Text == "after");
        (await DbClient.AskOnceAsync(haproxy.ClientPort, "new")).Line.ShouldBe("db2 new");
        await Until.TrueAsync("the old workers to end", () => haproxy.WorkerPids.Count == 1);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Where_the_master_socket_cannot_be_asked_nothing_is_switched()
    {
        await using var haproxy = await RealHaproxy.StartAsync("3.2", Reloadable);
        await using var db1 = new EchoDatabase("db1");
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint, new RuntimeEndpoint.Unix("/nowhere/master.sock")).Switch(null, ("db1", db1.HostPort)).StartAsync();
        await manager.Orders.DecidedAsync(TimeSpan.FromSeconds(10), CancellationToken.None);

        var outcome = (await manager.SelectAsync("db1")).ShouldBeOfType<SwitchoverOutcome.Refused>();

        outcome.Message.ShouldContain("Refused: p: whether a reload has left an old worker over is not known: the master socket, which knows of old workers, can't be asked: unix:/nowhere/master.sock");
    }

    [Theory, EveryHaproxy]
    public async Task A_session_in_an_old_worker_with_the_selected_target_lives_on(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version, Reloadable);
        await using var db1 = new EchoDatabase("db1");
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint).Switch("db1", ("db1", db1.HostPort)).StartAsync();
        await Until.TrueAsync("db1 to be served", () => manager.Orders.Snapshot.Latest is [{ Settled: true }]);
        using var client = new DbClient(haproxy.ClientPort);
        (await client.AskAsync("before")).Line.ShouldBe("db1 before");

        for (var i = 0; i < 3; i++)
        {
            await haproxy.ReloadAsync();
            await Until.TrueAsync("db1 to be served again", async () => (await DbClient.AskOnceAsync(haproxy.ClientPort, "again")).Line is "db1 again");
        }

        await Until.TrueAsync("all to be settled", () => manager.Orders.Snapshot.Latest is [{ Settled: true }]);
        (await client.AskAsync("after")).Line.ShouldBe("db1 after");
        manager.Orders.Log.SessionsCut.ShouldBe(0);
    }

    [Theory, EveryHaproxy]
    [Trait("Category", "Slow")]
    public async Task While_a_silent_client_of_an_old_worker_could_still_be_sent_to_the_old_target_nothing_is_switched(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version, WaitingForClientsToSpeak);
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint).Switch("db1", ("db1", db1.HostPort), ("db2", db2.HostPort)).StartAsync();
        await Until.TrueAsync("db1 to be served", () => manager.Orders.Snapshot.Latest is [{ Settled: true }]);
        using var silent = new DbClient(haproxy.ClientPort);
        await silent.ConnectAsync();
        await Until.TrueAsync("the silent client to be in HAProxy", async () => (await haproxy.SendAsync("show sess")).Contains("fe=db ", StringComparison.Ordinal));
        await haproxy.ReloadAsync();
        await Until.TrueAsync("db1 to be served again", async () => (await DbClient.AskOnceAsync(haproxy.ClientPort, "again")).Line is "db1 again");

        var outcome = (await manager.SelectAsync("db2")).ShouldBeOfType<SwitchoverOutcome.Ended>();

        outcome.Record.Result.ShouldBe(SwitchoverResult.RolledBack, outcome.Message);
        outcome.Message.ShouldMatch(@"an old worker \(pid \d+\), left over from a reload, still has connections that it could send to db1_\d+");
        (await DbClient.AskOnceAsync(haproxy.ClientPort, "still")).Line.ShouldBe("db1 still");

        // Once it has gone the way is free.
        silent.Dispose();
        await manager.SwitchToAsync("db2");
        (await DbClient.AskOnceAsync(haproxy.ClientPort, "new")).Line.ShouldBe("db2 new");
    }

    [Theory, EveryHaproxy]
    public async Task A_master_that_can_not_be_asked_any_more_keeps_nobody_out_after_a_reload_and_what_that_left_over_is_fenced(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { MasterWorker = true });
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        using var way = new WayToMaster(haproxy);
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint, way.Endpoint).Switch("db1", ("db1", db1.HostPort), ("db2", db2.HostPort)).StartAsync();
        await manager.SettledAsync("db1");
        using var open = new DbClient(haproxy.ClientPort);
        (await open.AskAsync("before")).Line.ShouldBe("db1 before");

        way.Close();
        await haproxy.ReloadAsync();

        await Until.TrueAsync("the new worker to serve", async () => (await DbClient.AskOnceAsync(haproxy.ClientPort, "new")).Line is "db1 new");
        (await open.AskAsync("after")).Line.ShouldBe("db1 after");
        await Until.TrueAsync("it to be said", () => manager.Orders.Snapshot.Latest is [{ Notice: { } notice }] && notice.Contains("the master socket, which knows of old workers, can't be asked", StringComparison.Ordinal));

        await manager.SwitchToAsync("db2");
        (await open.AskAsync("cut")).Line.ShouldBeNull();
        (await DbClient.AskOnceAsync(haproxy.ClientPort, "moved")).Line.ShouldBe("db2 moved");

        way.Open();
        await Until.TrueAsync("nothing to be wrong any more", () => manager.Orders.Snapshot.Latest is [{ Notice: null, Settled: true }]);
    }

    [Fact]
    public async Task A_master_that_never_could_be_asked_keeps_nobody_out_after_a_reload_and_nobody_is_sent_elsewhere()
    {
        await using var haproxy = await RealHaproxy.StartAsync("3.0", new RealHaproxyOptions { MasterWorker = true });
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        using var way = new WayToMaster(haproxy);
        await using var manager = new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint, way.Endpoint).Switch("db1", ("db1", db1.HostPort), ("db2", db2.HostPort));
        await manager.StartAsync();
        await manager.SettledAsync("db1");
        way.Close();
        await manager.EndAsync();
        await manager.StartAsync();
        await Until.TrueAsync("it to be said", () => manager.Orders.Snapshot.Latest is [{ Notice: { } notice }] && notice.Contains("the master socket, which knows of old workers, can't be asked", StringComparison.Ordinal));

        await haproxy.ReloadAsync();

        await Until.TrueAsync("the new worker to serve", async () => (await DbClient.AskOnceAsync(haproxy.ClientPort, "new")).Line is "db1 new");
        (await manager.SelectAsync("db2")).ShouldBeOfType<SwitchoverOutcome.Refused>().Message.ShouldContain("whether a reload has left an old worker over is not known");
        (await DbClient.AskOnceAsync(haproxy.ClientPort, "still")).Line.ShouldBe("db1 still");
    }

    [Theory]
    [InlineData(20, null)]
    [InlineData(150, "the master names 152 processes, so many that its list may be cut short")]
    public async Task A_list_of_processes_that_may_be_cut_short_is_no_list(int old, string? unknown)
    {
        await using var master = new FakeMaster
        {
            Says = _ => "master> #<PID>          <type>          <reloads>       <uptime>        <version>      \n9999            master          1 [failed: 0]   0d00h00m01s     3.0.11\n# workers\n1               worker          0               0d00h00m01s     3.0.11\n# old workers\n"
                + string.Concat(Enumerable.Range(1000, old).Select(pid => $"{pid}            worker          1               0d00h00m01s     3.0.11\n")) + "# programs\n\nmaster> master> ",
        };
        await using var workers = new OldWorkers(new MasterClient(master.Endpoint), TimeProvider.System);

        var seen = await workers.ObserveAsync(Keeping.Some.Process("3.0.11", pid: 1), "be", TestContext.Current.CancellationToken);

        if (unknown is null)
        {
            seen.Select(w => w.Pid).Order().ShouldBe(Enumerable.Range(1000, old));
        }
        else
        {
            seen.ShouldHaveSingleItem().Problem.ShouldNotBeNull().ShouldStartWith(unknown);
            Decider.WhyHopeless(seen[0]).ShouldNotBeNull();
        }
    }

    /// <summary>A name for the master's socket that can be taken away, as its permissions are by a reload.</summary>
    private sealed class WayToMaster : IDisposable
    {
        private readonly string _socket;
        private readonly string _name = Path.Combine(Path.GetTempPath(), $"way-{Guid.NewGuid():N}.sock");

        public WayToMaster(RealHaproxy haproxy)
        {
            _socket = ((RuntimeEndpoint.Unix)haproxy.MasterSocket).Path;
            Open();
        }

        public RuntimeEndpoint Endpoint => new RuntimeEndpoint.Unix(_name);

        public void Open() => File.CreateSymbolicLink(_name, _socket);

        public void Close() => File.Delete(_name);

        public void Dispose() => Close();
    }
}
