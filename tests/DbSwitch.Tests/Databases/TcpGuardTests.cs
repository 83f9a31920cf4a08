using System.Net;
using System.Net.Sockets;
using DbSwitch.Databases;
using DbSwitch.Databases.Kinds;
using DbSwitch.Storage;
using DbSwitch.Switching.Outcomes;
using HaproxyRuntime;

namespace DbSwitch.Tests.Databases;

/// <summary>A target of which only its address is known: clients are sent to it when it accepts connections, and otherwise stay where they are.</summary>
public sealed class TcpGuardTests
{
    [Theory, EveryHaproxy]
    public async Task A_target_that_refuses_connections_is_refused_and_nothing_is_touched(string version)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version);
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint).Switch("db1", ("db1", db1.HostPort), ("db2", db2.HostPort)).StartAsync();
        await manager.SettledAsync("db1");
        await Until.TrueAsync("db2 to be known as healthy", () => manager.Orders.Snapshot.Targets["db2"].Probe?.Health == Health.Healthy);
        using var client = new DbClient(haproxy.ClientPort);
        (await client.AskAsync("before")).Line.ShouldBe("db1 before");

        // Only now, so that whoever believed an earlier look would be wrong.
        await db2.StopAsync();
        var refused = (await manager.SelectAsync("db2")).ShouldBeOfType<SwitchoverOutcome.Refused>();

        refused.Message.ShouldBe($"Refused: db2 refuses connections at {db2.Address}. To switch all the same: dbswitch select db2 --force");
        refused.Guards[0].ShouldBe(new Guard("reachable", GuardVerdict.Failed, $"db2 refuses connections at {db2.Address}"));
        (await client.AskAsync("after")).Line.ShouldBe("db1 after");
        (await manager.Store.HistoryAsync("orders", 10, TestContext.Current.CancellationToken)).ShouldBeEmpty();
        (await manager.Orders.ForeseeAsync(new SwitchoverRequest("db2", "ann", ""), null, null, TestContext.Current.CancellationToken)).ShouldBeOfType<SwitchoverOutcome.Refused>().Message.ShouldBe(refused.Message);
    }

    [Fact]
    public async Task Whoever_forces_is_obeyed_and_the_record_says_what_was_passed_over()
    {
        await using var haproxy = await RealHaproxy.StartAsync("3.2");
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint).Switch("db1", ("db1", db1.HostPort), ("db2", db2.HostPort)).StartAsync();
        await manager.SettledAsync("db1");
        await db2.StopAsync();

        var ended = (await manager.SelectAsync("db2", force: true)).ShouldBeOfType<SwitchoverOutcome.Ended>();

        var waiver = $"forced although db2 refuses connections at {db2.Address}";
        ended.Record.Result.ShouldBe(SwitchoverResult.Succeeded);
        ended.Message.ShouldContain(waiver);
        (await manager.Store.HistoryAsync("orders", 10, TestContext.Current.CancellationToken)).ShouldHaveSingleItem().Waivers.ShouldBe(waiver);
        db2.Start();
        (await DbClient.AskOnceAsync(haproxy.ClientPort, "x")).Line.ShouldBe("db2 x");

        // Nothing passed over, nothing recorded.
        (await manager.SelectAsync("db1", force: true)).ShouldBeOfType<SwitchoverOutcome.Ended>().Record.Waivers.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_target_that_does_not_answer_is_unknown_which_refuses_and_delays_nothing_else()
    {
        await using var haproxy = await RealHaproxy.StartAsync("3.2");
        await using var db1 = new EchoDatabase("db1");
        using var full = new FullBacklog();
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint).Switch("db1", ("db1", db1.HostPort), ("db2", new HostPort("127.0.0.1", full.Port))).StartAsync();
        await manager.SettledAsync("db1");
        await Until.TrueAsync("db1 to be known as healthy", () => manager.Orders.Snapshot.Targets["db1"].Probe?.Health == Health.Healthy);

        (await manager.SelectAsync("db2")).ShouldBeOfType<SwitchoverOutcome.Refused>().Message.ShouldBe($"Refused: db2 has not answered at 127.0.0.1:{full.Port} within 2 s. To switch all the same: dbswitch select db2 --force");

        // It was always there, and still others were looked at.
        (await manager.SelectAsync(null)).ShouldBeOfType<SwitchoverOutcome.Ended>().Record.Result.ShouldBe(SwitchoverResult.Succeeded);
        (await manager.SelectAsync("db1")).ShouldBeOfType<SwitchoverOutcome.Ended>().Record.Result.ShouldBe(SwitchoverResult.Succeeded);
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task What_greets_like_MySQL_is_asked_once_and_then_at_a_switchover_only()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var connections = 0;
        using var stop = new CancellationTokenSource();
        var greeting = GreetAsync();
        await using (var probes = Probes(((IPEndPoint)listener.LocalEndpoint).Port))
        {
            var running = probes.RunAsync(stop.Token);
            await Until.TrueAsync("the first look", () => probes.Latest("db") is { Health: Health.Healthy });
            probes.Latest("db")!.Facts!.Summary.ShouldBe("MySQL or MariaDB, by its greeting");
            await Task.Delay(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
            connections.ShouldBe(1);

            (await probes.GuardAsync("db", null, false, TestContext.Current.CancellationToken)).ShouldHaveSingleItem().Verdict.ShouldBe(GuardVerdict.Passed);
            await Until.TrueAsync("the guard's connection", () => connections == 2);
            await stop.CancelAsync();
            await running;
        }

        listener.Stop();
        await greeting;

        async Task GreetAsync()
        {
            try
            {
                while (true)
                {
                    using var client = await listener.AcceptSocketAsync();
                    Interlocked.Increment(ref connections);
                    await client.SendAsync("J\0\0\0\n8.0.36\0"u8.ToArray());
                }
            }
            catch (SocketException)
            {
                // The test has ended.
            }
        }
    }

    private static TargetProbes Probes(int port)
    {
        var targets = new Dictionary<string, DbSwitch.Configuration.TargetConfiguration> { ["db"] = new("db", new HostPort("127.0.0.1", port)) };
        return new TargetProbes(new DbSwitch.Configuration.SwitchConfiguration("orders", "be", ["p"], targets, null), _ => new IPEndPoint(IPAddress.Loopback, port), TimeProvider.System, new TestLog().CreateLogger(""));
    }

    /// <summary>A port that is listened at, and whose connections are not answered: the kernel's queue is full, and what comes more waits.</summary>
    private sealed class FullBacklog : IDisposable
    {
        private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        private readonly List<Socket> _queued = [];

        public FullBacklog()
        {
            _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            _listener.Listen(1);
            for (var i = 0; i < 4; i++)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
                _queued.Add(socket);
                try
                {
                    socket.Connect(new IPEndPoint(IPAddress.Loopback, Port));
                }
                catch (SocketException e) when (e.SocketErrorCode is SocketError.WouldBlock or SocketError.InProgress)
                {
                    // As it is meant to be.
                }
            }
        }

        public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

        public void Dispose()
        {
            _queued.ForEach(s => s.Dispose());
            _listener.Dispose();
        }
    }
}
