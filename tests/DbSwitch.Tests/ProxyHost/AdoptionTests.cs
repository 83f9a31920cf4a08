using System.Net.Sockets;
using System.Text;
using DbSwitch.App.ProxyHost.Identity;

namespace DbSwitch.Tests.ProxyHost;

/// <summary>A host dies; clients must not notice, and its successor takes over what serves.</summary>
public sealed class AdoptionTests
{
    [Theory, EveryHaproxy]
    public async Task A_new_host_adopts_the_HAProxy_of_one_that_was_killed_and_its_sessions_live_on(string version)
    {
        await using var database = new EchoDatabase("db1:");
        await using var host = await HostUnderTest.StartAsync(version);
        await host.AddServerAsync(database.Port);
        using var session = new TcpClient("127.0.0.1", host.ClientPort);
        using var reader = new StreamReader(session.GetStream());
        var (old, family) = (host.Status!.Host, host.Family);

        old.Signal(9);
        await Wire.UntilAsync(() => !old.IsAlive, "the host lives on");
        (await Wire.AskAsync(host.Clients, "alone\n", firstLine: true)).ShouldBe("db1: alone");
        host.Start();
        await Wire.UntilAsync(() => host.Status is { State: HostState.Running } status && status.Host != old, "the new host did not come up");

        host.Family.ShouldBe(family, ignoreOrder: true);
        await session.GetStream().WriteAsync(Encoding.ASCII.GetBytes("still here\n"), TestContext.Current.CancellationToken);
        (await reader.ReadLineAsync(TestContext.Current.CancellationToken)).ShouldBe("db1: still here");
    }

    [Theory, EveryHaproxy]
    public async Task An_adopted_HAProxy_can_die_without_a_client_being_refused_since_its_sockets_were_copied_back(string version)
    {
        await using var host = await HostUnderTest.StartAsync(version);
        await KillHostAndStartAnotherAsync(host);
        var (self, master) = (host.Status!.Host, host.Master);

        self.Signal(19);
        foreach (var process in host.Family)
        {
            process.Signal(9);
        }

        await Wire.UntilAsync(() => host.Family.Count == 0, "HAProxy lives on");
        var answer = Wire.StatisticsAsync(host.StatisticsPort);
        self.Signal(18);

        (await answer).ShouldContain("200 OK");
        await host.UntilRunningAsync(not: master);
    }

    [Theory, EveryHaproxy]
    public async Task An_adopted_HAProxy_is_reloaded_when_the_configuration_has_changed(string version)
    {
        await using var host = await HostUnderTest.StartAsync(version);
        var master = host.Master;
        host.MaxConnections = 123;

        await KillHostAndStartAnotherAsync(host);

        host.Master.ShouldBe(master);
        await UntilAnswersAsync(host, "Maxconn: 123\n");
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task One_without_a_master_is_ended_and_a_new_one_started()
    {
        await using var host = await HostUnderTest.StartAsync();
        var (old, master, worker) = (host.Status!.Host, host.Master, host.Worker);
        old.Signal(9);
        worker.Signal(19);
        master.Signal(9);

        host.Start();
        await host.UntilRunningAsync(not: master);

        worker.IsAlive.ShouldBeFalse();
        host.Family.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_bad_new_configuration_leaves_the_orphan_serving()
    {
        await using var host = await HostUnderTest.StartAsync();
        var (old, family) = (host.Status!.Host, host.Family);
        old.Signal(9);
        host.Extra = "/nowhere/more.cfg";

        var (exitCode, _) = await HostUnderTest.EndAsync(host.Start());

        exitCode.ShouldBe(2);
        host.Family.ShouldBe(family);
        (await Wire.StatisticsAsync(host.StatisticsPort)).ShouldContain("200 OK");
    }

    private static async Task KillHostAndStartAnotherAsync(HostUnderTest host)
    {
        var old = host.Status!.Host;
        old.Signal(9);
        await Wire.UntilAsync(() => !old.IsAlive, "the host lives on");
        host.Start();
        await Wire.UntilAsync(() => host.Status is { State: HostState.Running } status && status.Host != old, "the new host did not come up");
    }

    private static async Task UntilAnswersAsync(HostUnderTest host, string text)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!(await host.AdminAsync("show info")).Contains(text, StringComparison.Ordinal))
        {
            TimeProvider.System.GetElapsedTime(began).ShouldBeLessThan(TimeSpan.FromSeconds(10));
        }
    }
}
