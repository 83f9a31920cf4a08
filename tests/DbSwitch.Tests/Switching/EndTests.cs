using System.Net;
using DbSwitch.Model;
using DbSwitch.Storage;
using DbSwitch.Switching.Core;
using DbSwitch.Switching.Outcomes;

namespace DbSwitch.Tests.Switching;

/// <summary>Every request has an answer, also when the switch ends under it (a reload, the manager's end), and no loop of a switch dies unseen.</summary>
public sealed class EndTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task Whoever_waits_for_the_turn_when_the_switch_ends_does_not_get_it()
    {
        var configuration = new DbSwitch.Configuration.SwitchConfiguration("orders", "db_servers", [], new Dictionary<string, DbSwitch.Configuration.TargetConfiguration>(), null);
        using var core = new SwitchCore(configuration, [], new SwitchState(), TimeProvider.System, new TestLog());
        var turn = (await core.EnterAsync(TurnKind.Housekeeping, null, CancellationToken.None)).ShouldNotBeNull();
        var waiting = Enumerable.Range(0, 5).Select(_ => core.EnterAsync(TurnKind.Command, null, CancellationToken.None)).ToList();
        waiting.ShouldAllBe(w => !w.IsCompleted, "a command waits for housekeeping");

        var ending = core.EndAsync();
        turn.Dispose();

        (await Task.WhenAll(waiting).WaitAsync(Soon, TestContext.Current.CancellationToken)).ShouldAllBe(t => t == null);
        await ending.WaitAsync(Soon, TestContext.Current.CancellationToken);
        (await core.EnterAsync(TurnKind.Command, Timeout.InfiniteTimeSpan, CancellationToken.None)).ShouldBeNull();
        Should.Throw<ObjectDisposedException>(() => turn.Set(new SwitchState()));
    }

    [Fact]
    public async Task While_a_switchover_runs_other_commands_are_told_which()
    {
        await using var haproxy = await RealHaproxy.StartAsync("3.0", new RealHaproxyOptions { Companion = true });
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint).Switch("db1", ("db1", db1.HostPort), ("db2", db2.HostPort)).StartAsync();
        await manager.SettledAsync("db1");
        using var open = new DbClient(haproxy.ClientPort);
        (await open.AskAsync("before")).Line.ShouldBe("db1 before");
        var selecting = manager.RequestAsync(new SwitchoverRequest("db2", "test", ""), TimeSpan.FromSeconds(30));
        await Until.TrueAsync("the switchover to run", () => manager.Orders.Snapshot.Running is not null);

        const string which = "Refused: a switchover to db2 by test is under way (id 1); wait for its end.";
        (await manager.Orders.PauseAsync(new PauseState("ann", "", DateTimeOffset.UtcNow), CancellationToken.None)).ShouldBeOfType<RequestOutcome.Refused>().Why.Message.ShouldBe(which);
        (await manager.Orders.ResumeAsync("ann", CancellationToken.None)).ShouldBeOfType<RequestOutcome.Refused>().Why.Message.ShouldBe(which);
        (await manager.Orders.ReleaseAsync("ann", CancellationToken.None)).ShouldBeOfType<HoldOutcome.Refused>().Why.Message.ShouldBe(which);
        (await manager.Orders.HoldAsync("ann", "", Soon, CancellationToken.None)).ShouldBeOfType<HoldOutcome.Refused>().Why.Message.ShouldBe(which);

        await manager.Orders.EndAsync().WaitAsync(Soon, TestContext.Current.CancellationToken);
        await selecting.ShouldThrowAsync<OperationCanceledException>();
    }

    [Fact]
    public async Task Whoever_comes_after_the_end_is_told_to_try_again()
    {
        await using var manager = await new ManagerUnderTest().Proxy("p", new HaproxyRuntime.RuntimeEndpoint.Unix("/nowhere")).Switch(null, ("db1", new HaproxyRuntime.HostPort("127.0.0.1", 9))).StartAsync();
        await manager.Orders.EndAsync();

        (await manager.Orders.PauseAsync(new PauseState("ann", "", DateTimeOffset.UtcNow), CancellationToken.None).WaitAsync(Soon, TestContext.Current.CancellationToken)).ShouldBeOfType<RequestOutcome.Refused>();
        (await manager.Orders.ResumeAsync("ann", CancellationToken.None).WaitAsync(Soon, TestContext.Current.CancellationToken)).ShouldBeOfType<RequestOutcome.Refused>();
        (await manager.Orders.HoldAsync("ann", "", Soon, CancellationToken.None).WaitAsync(Soon, TestContext.Current.CancellationToken)).ShouldBeOfType<HoldOutcome.Refused>();
        (await manager.Orders.ReleaseAsync("ann", CancellationToken.None).WaitAsync(Soon, TestContext.Current.CancellationToken)).ShouldBeOfType<HoldOutcome.Refused>();
        (await manager.SelectAsync("db1").WaitAsync(Soon, TestContext.Current.CancellationToken)).ShouldBeOfType<SwitchoverOutcome.Refused>().Message.ShouldContain("try again");
    }

    [Fact]
    public async Task A_loop_that_dies_ends_the_work_of_its_switch_and_says_so()
    {
        await using var haproxy = await RealHaproxy.StartAsync("3.0");
        await using var db1 = new EchoDatabase("db1");
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint).Switch("db1", ("db1", db1.HostPort)).StartAsync();
        await manager.SettledAsync("db1");

        // The store fails as it may, so that it is mended; and that fails as nobody foresaw.
        manager.StoreTrouble = method => method == "SavePauseAsync" ? new StoreException("the disk is full") : method == "ProbeAsync" ? new InvalidOperationException("nobody thought of this") : null;
        (await manager.Orders.PauseAsync(new PauseState("ann", "", DateTimeOffset.UtcNow), CancellationToken.None)).ShouldBeOfType<RequestOutcome.Refused>().Why.Message.ShouldBe("Refused: the disk is full.");

        (await manager.Manager.Completion.WaitAsync(Soon, TestContext.Current.CancellationToken)).Message.ShouldBe("orders, to mend the store: nobody thought of this");
        manager.Orders.Snapshot.Stopped.ShouldNotBeNull().ShouldContain("This switch has stopped after an unexpected error while it was to mend the store (nobody thought of this).");
        manager.Log.Lines.ShouldContain(l => l.StartsWith("Critical") && l.Contains("nobody keeps this switch any more", StringComparison.Ordinal));
        (await DbClient.AskOnceAsync(haproxy.ClientPort, "still")).Line.ShouldBe("db1 still");
    }

    [Fact]
    public async Task A_hold_ends_in_time_although_its_target_has_moved_and_the_store_can_not_be_written_and_so_does_the_next()
    {
        await using var haproxy = await RealHaproxy.StartAsync("3.0", new RealHaproxyOptions { Companion = true, MasterWorker = true });
        await using var before = new EchoDatabase("before");
        await using var after = new EchoDatabase("after", ipv6: true, port: before.Port);
        await using var manager = new ManagerUnderTest { Hold = TimeSpan.FromSeconds(1) };
        manager.Names["db"] = [IPAddress.Loopback];
        await manager.Proxy("p", haproxy.ApiEndpoint).Switch("db", ("db", new HaproxyRuntime.HostPort("db", before.Port))).StartAsync();
        await manager.SettledAsync("db");
        (await manager.Orders.HoldAsync("me", "a restart", TimeSpan.FromSeconds(3), CancellationToken.None)).ShouldBeOfType<HoldOutcome.Done>();
        manager.StoreTrouble = method => method == "LoadAsync" ? null : new StoreException("the disk is full");
        manager.Names["db"] = [IPAddress.IPv6Loopback];
        await manager.Orders.ResolveNamesAsync(TestContext.Current.CancellationToken);

        await Until.TrueAsync("the hold to end", () => manager.Orders.Snapshot.Hold is null, seconds: 20);
        (await DbClient.AskOnceAsync(haproxy.ClientPort, "x", TimeSpan.FromSeconds(10))).Line.ShouldNotBeNull();

        manager.StoreTrouble = _ => null;
        await Until.TrueAsync("the address to be followed", () => manager.Orders.Snapshot is { StoreProblem: null, MoveProblem: null, Running: null, Latest: [{ Settled: true } latest] } && latest.Goal!.Server!.Address.Address.Equals(IPAddress.IPv6Loopback), seconds: 20);
        (await manager.Orders.HoldAsync("me", "another", TimeSpan.FromSeconds(1), CancellationToken.None)).ShouldBeOfType<HoldOutcome.Done>();
        await Until.TrueAsync("the next hold to end", () => manager.Orders.Snapshot.Hold is null, seconds: 20);
        (await DbClient.AskOnceAsync(haproxy.ClientPort, "y", TimeSpan.FromSeconds(10))).Line.ShouldBe("after y");
    }
}
