using System.Net;
using System.Net.Sockets;

namespace DbSwitch.Tests.ProxyHost;

/// <summary>A real host with a real HAProxy, of every version that this machine has.</summary>
public sealed class HostServesTests
{
    [Theory, EveryHaproxy]
    public async Task A_client_reaches_the_server_that_the_Runtime_API_added(string version)
    {
        await using var database = new EchoDatabase("db1:");
        await using var host = await HostUnderTest.StartAsync(version);

        await host.AddServerAsync(database.Port);

        (await Wire.AskAsync(host.Clients, "hello 1\n", firstLine: true)).ShouldBe("db1: hello 1");
        (await Wire.StatisticsAsync(host.StatisticsPort)).ShouldContain("200 OK");
        (await Wire.AskAsync(new IPEndPoint(IPAddress.Loopback, host.ApiPort), "show servers state\n")).ShouldContain("db_servers 2 db1 127.0.0.1");
        await Wire.UntilAsync(() => File.Exists(host.Run.Log) && File.ReadAllText(host.Run.Log).Contains("db db_servers/db1", StringComparison.Ordinal), "the connection is not in the log");
    }

    // "show env" answers whoever reaches the Runtime API, and dbswitch.yaml may have passwords from the environment.
    [Theory, EveryHaproxy]
    public async Task HAProxy_does_not_know_what_only_the_configuration_needs(string version)
    {
        await using var host = new HostUnderTest { Haproxy = HaproxyBinary.For(version) };
        host.Start("env", "PGPW=secret-of-the-superuser", "NOTIFY_SOCKET=/run/systemd/notify");
        await host.UntilRunningAsync();

        var known = await host.AdminAsync("show env");

        known.ShouldContain("PATH=");
        known.ShouldNotContain("secret-of-the-superuser");
        known.ShouldNotContain("NOTIFY_SOCKET");
    }

    [Theory, EveryHaproxy]
    public async Task The_smallest_limit_of_connections_still_starts(string version)
    {
        await using var host = new HostUnderTest { Haproxy = HaproxyBinary.For(version), MaxConnections = 1 };
        host.Start();

        await host.UntilRunningAsync();
    }

    [Theory, EveryHaproxy]
    public async Task A_killed_master_is_replaced_and_no_client_is_refused_meanwhile(string version)
    {
        await using var host = await HostUnderTest.StartAsync(version);
        var master = host.Master;
        using var stop = new CancellationTokenSource();
        var clients = Task.Run(() => ConnectUntilAsync(host.Clients, stop.Token), TestContext.Current.CancellationToken);

        master.Signal(9);
        await host.UntilRunningAsync(not: master);
        await stop.CancelAsync();

        (await clients).ShouldBeGreaterThan(0);
        host.Status!.Restarts.ShouldBe(1);
        host.Family.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_killed_worker_is_replaced_too()
    {
        await using var host = await HostUnderTest.StartAsync();
        var (master, worker) = (host.Master, host.Worker);

        worker.Signal(9);
        await host.UntilRunningAsync(not: master);

        worker.IsAlive.ShouldBeFalse();
        master.IsAlive.ShouldBeFalse();
    }

    [Fact]
    public async Task A_worker_that_does_not_notice_its_masters_death_does_not_survive_it()
    {
        await using var host = await HostUnderTest.StartAsync();
        var (master, worker) = (host.Master, host.Worker);

        worker.Signal(19); // SIGSTOP: it can neither notice nor answer.
        master.Signal(9);
        await host.UntilRunningAsync(not: master);

        worker.IsAlive.ShouldBeFalse();
    }

    [Theory, EveryHaproxy]
    public async Task A_client_that_comes_while_there_is_no_HAProxy_waits_and_is_served(string version)
    {
        await using var host = await HostUnderTest.StartAsync(version);
        var self = host.Status!.Host;

        // The host sleeps, so that HAProxy stays away for as long as the test wants.
        self.Signal(19);
        foreach (var process in host.Family)
        {
            process.Signal(9);
        }

        await Wire.UntilAsync(() => host.Family.Count == 0, "HAProxy lives on");
        var answer = Wire.StatisticsAsync(host.StatisticsPort);
        await Task.Delay(200, TestContext.Current.CancellationToken);
        answer.IsCompleted.ShouldBeFalse();
        self.Signal(18);

        (await answer).ShouldContain("200 OK");
    }

    [Theory, EveryHaproxy]
    public async Task A_host_that_does_not_read_the_log_stops_no_client(string version)
    {
        await using var host = new HostUnderTest { Haproxy = HaproxyBinary.For(version), Hold = "0s" };
        host.Start();
        await host.UntilRunningAsync();
        host.Status!.Host.Signal(19);

        // Each is logged (<NOSRV>), and the kernel keeps far fewer lines than these.
        for (var client = 0; client < 1000; client++)
        {
            (await Wire.AskAsync(host.Clients, "")).ShouldBeEmpty();
        }
    }

    [Theory, EveryHaproxy]
    public async Task Several_frontends_each_have_their_own_backend_over_either_family_of_addresses(string version)
    {
        await using var orders = new EchoDatabase("orders:");
        await using var billing = new EchoDatabase("billing:");
        var port = FreePort.Take();
        await using var host = new HostUnderTest { Haproxy = HaproxyBinary.For(version), SecondFrontend = $"[::1]:{port}" };
        host.Start();
        await host.UntilRunningAsync();

        await host.AddServerAsync(orders.Port);
        await host.AddServerAsync(billing.Port, "billing_servers");

        (await Wire.AskAsync(host.Clients, "1\n", firstLine: true)).ShouldBe("orders: 1");
        (await Wire.AskAsync(new IPEndPoint(IPAddress.IPv6Loopback, port), "2\n", firstLine: true)).ShouldBe("billing: 2");
    }

    [Fact]
    public async Task Told_to_end_it_ends_HAProxy_cleans_up_and_says_0()
    {
        await using var host = new HostUnderTest();
        var process = host.Start();
        await host.UntilRunningAsync();

        host.Status!.Host.Signal(15);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        process.ExitCode.ShouldBe(0);
        host.Family.ShouldBeEmpty();
        Directory.GetFiles(host.Run.Root).Select(Path.GetFileName).Except(["haproxy.log"]).Order().ShouldBe(["dbswitch.lua", "haproxy.cfg", "haproxy.err", "lock"]);
        Should.Throw<SocketException>(() => new TcpClient("127.0.0.1", host.ClientPort).Dispose());
    }

    [Fact]
    public async Task Its_directory_and_sockets_are_for_its_user_and_group_alone()
    {
        await using var host = await HostUnderTest.StartAsync();

        Octal(host.Run.Root).ShouldBe("750");
        Octal(host.Run.AdminSocket).ShouldBe("660");
        Octal(host.Run.MasterSocket).ShouldBe("660");

        static string Octal(string path) => Convert.ToString((int)new FileInfo(path).UnixFileMode, 8);
    }

    /// <returns>How many connections were made; a refused one throws.</returns>
    private static async Task<int> ConnectUntilAsync(IPEndPoint address, CancellationToken stop)
    {
        var made = 0;
        while (!stop.IsCancellationRequested)
        {
            using var client = new Socket(SocketType.Stream, ProtocolType.Tcp);
            await client.ConnectAsync(address, CancellationToken.None);
            made++;
        }

        return made;
    }
}
