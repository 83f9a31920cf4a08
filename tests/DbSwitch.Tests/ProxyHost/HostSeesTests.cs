using System.Net.Sockets;
using System.Text;
using DbSwitch.Judging;
using DbSwitch.App.ProxyHost.Identity;
using DbSwitch.App.ProxyHost.Launching;
using DbSwitch.App.ProxyHost.Supervision;
using DbSwitch.Configuration.Loading;
using DbSwitch.Databases.Kinds;

namespace DbSwitch.Tests.ProxyHost;

/// <summary>What a host says of what is not as it should be.</summary>
public sealed class HostSeesTests
{
    [Theory, EveryHaproxy]
    public async Task An_old_worker_is_in_its_status_as_long_as_it_has_a_session(string version)
    {
        await using var database = new EchoDatabase("db1:");
        await using var host = await HostUnderTest.StartAsync(version);
        await host.AddServerAsync(database.Port);
        var worker = host.Worker;
        using (var session = new TcpClient("127.0.0.1", host.ClientPort))
        {
            await session.GetStream().WriteAsync(Encoding.ASCII.GetBytes("hello\n"), TestContext.Current.CancellationToken);
            session.GetStream().ReadByte().ShouldBe('d');
            host.MaxConnections = 123;
            host.WriteConfiguration();
            host.Status!.Host.Signal(1);

            await Wire.UntilAsync(() => host.Status!.OldWorkers.Any(old => old.Pid == worker.Pid), "the old worker is not in host.json");
            host.Status!.OldWorkers.ShouldHaveSingleItem().Since.ShouldBe(DateTimeOffset.UtcNow, TimeSpan.FromSeconds(10));
        }

        await Wire.UntilAsync(() => host.Status!.OldWorkers.Count == 0, "the old worker is still in host.json");
        worker.IsAlive.ShouldBeFalse();
    }

    [Fact]
    public void Old_workers_are_those_below_their_headline()
    {
        const string answer = """
            #<PID>          <type>          <reloads>       <uptime>        <version>
            100             master          2               0d00h00m10s     3.0.11
            # workers
            103             worker          0               0d00h00m01s     3.0.11
            # old workers
            101             worker          2               0d00h00m09s     3.0.11
            102             worker          1               0d00h00m05s     3.0.11
            # programs
            104             dataplane       0               0d00h00m09s     -

            """;

        HaproxyWatch.OldWorkers(answer).ShouldBe([101, 102]);
        HaproxyWatch.OldWorkers(answer.Replace("# old workers", "# others", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Where_sockets_cannot_be_copied_it_says_that_crash_cover_is_off_and_goes_on()
    {
        if (!Environment.IsPrivilegedProcess || !File.Exists("/usr/bin/setpriv"))
        {
            Assert.Skip("Only root can give a process less than its own rights (setpriv).");
        }

        await using var host = await HostUnderTest.StartAsync();
        var (old, master) = (host.Status!.Host, host.Master);
        old.Signal(9);
        await Wire.UntilAsync(() => !old.IsAlive, "the host lives on");

        host.Start("setpriv", "--inh-caps=-sys_ptrace", "--bounding-set=-sys_ptrace");
        await Wire.UntilAsync(() => host.Status is { State: HostState.Running } status && status.Host != old, "the new host did not come up");

        host.Master.ShouldBe(master);
        host.Status!.CrashCoverOff.ShouldNotBeNull().ShouldContain("the kernel does not let this user copy descriptors");
        (await Wire.StatisticsAsync(host.StatisticsPort)).ShouldContain("200 OK");

        // Its next HAProxy gets sockets of its own, and the cover is back.
        master.Signal(9);
        await host.UntilRunningAsync(not: master);
        host.Status!.CrashCoverOff.ShouldBeNull();
    }

    [Fact]
    public async Task A_HAProxy_that_keeps_dying_and_a_host_that_is_not_there_are_told_to_the_manager()
    {
        await using var installed = new InstalledHaproxy("3.2");
        await using var host = new HostUnderTest { Haproxy = installed.Path };
        host.Start();
        await host.UntilRunningAsync();
        var configuration = ConfigurationFile.Load(host.ConfigurationFile, _ => null, DatabaseKinds.Known.Binders).Configuration.ShouldNotBeNull();
        Problem().ShouldBeNull();

        installed.ReplaceByOneThatRefuses();
        host.Master.Signal(9);
        await Wire.UntilAsync(() => Problem() is not null, "nothing is said");

        Problem().ShouldBeOfType<HostTrouble.KeepsDying>().Words.ShouldMatch(@"^HAProxy keeps dying, \d+ times so far, and is started again every 5 s at most: HAProxy ended with exit code 1: \[ALERT\] no such thing any more");
        var self = host.Status!.Host;
        self.Signal(9);
        await Wire.UntilAsync(() => !self.IsAlive, "the host lives on");
        Problem().ShouldBeOfType<HostTrouble.Stopped>().Start.ShouldContain($"dbswitch proxy-host {HostUnderTest.Name}");

        HostTrouble? Problem() => HostHealth.TroubleOf(HostUnderTest.Name, configuration);
    }

    [Theory]
    [InlineData("0::/system.slice/system-dbswitch\\x2dproxy\\x2dhost.slice/dbswitch-proxy-host@local.service\n", "dbswitch-proxy-host@local.service")]
    [InlineData("0::/system.slice/dbswitch.service\n", null)]
    public void The_unit_of_a_host_is_known_by_its_control_group(string controlGroup, string? unit) => SystemdUnit.Find(controlGroup).ShouldBe(unit);
}
