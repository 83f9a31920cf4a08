using System.Net.Sockets;
using System.Text;
using DbSwitch.App.ProxyHost.Identity;

namespace DbSwitch.Tests.ProxyHost;

/// <summary>The host gives way to its successor, and HAProxy to the executable that was installed; clients notice neither.</summary>
public sealed class UpgradeTests
{
    private const int SigUsr1 = 10;

    private static HaproxyRuntime.HaproxyVersion Next => HaproxyBinary.VersionOf("3.2");

    [Theory, EveryHaproxy]
    public async Task A_host_that_is_told_to_leave_leaves_a_HAProxy_that_serves_and_the_next_one_adopts_it(string version)
    {
        await using var database = new EchoDatabase("db1:");
        await using var host = new HostUnderTest { Haproxy = HaproxyBinary.For(version) };
        var process = host.Start();
        await host.UntilRunningAsync();
        await host.AddServerAsync(database.Port);
        await using var load = new SteadyLoad(host.Clients, reconnecting: 2, arrivalsPerSecond: 50);
        using var session = new Session(host);
        var (self, family) = (host.Status!.Host, host.Family);

        self.Signal(SigUsr1);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        process.ExitCode.ShouldBe(0);
        await load.MoreAsync(20);
        host.Start();
        await Wire.UntilAsync(() => host.Status is { State: HostState.Running } status && status.Host != self, "the new host did not come up");
        await load.MoreAsync(20);
        await load.EndAsync();

        host.Family.ShouldBe(family, ignoreOrder: true);
        host.Status!.CrashCoverOff.ShouldBeNull();
        (await session.AskAsync("still here")).ShouldBe("db1: still here");
        load.Failures.ShouldBeEmpty();
    }

    [Fact]
    public async Task One_command_upgrades_host_and_HAProxy_under_load_and_fails_no_new_connection()
    {
        await using var database = new EchoDatabase("db1:");
        await using var installed = new InstalledHaproxy("3.0");
        await using var host = new HostUnderTest { Haproxy = installed.Path, Hold = "20s", Database = $"127.0.0.1:{database.Port}" };
        host.Start();
        await host.UntilRunningAsync();
        host.StartManager();
        await using var load = new SteadyLoad(host.Clients);
        await load.MoreAsync(50);
        using var session = new Session(host);
        (await session.AskAsync("before")).ShouldBe("db1: before");
        var before = host.Status!;
        before.Haproxy!.Version.ShouldStartWith($"{HaproxyBinary.VersionOf("3.0")}");

        installed.Replace("3.2");
        var (exitCode, said) = await host.CommandAsync("proxies", "upgrade", HostUnderTest.Name);

        exitCode.ShouldBe(0, said);
        said.ShouldMatch($@"local: a new host \(pid \d+\) has taken over; HAProxy {Next}\S* serves instead of {HaproxyBinary.VersionOf("3.0")}");
        host.Status!.Host.ShouldNotBe(before.Host);
        host.Master.Pid.ShouldBe(before.Haproxy.Master!.Pid);
        await Until.TrueAsync("the new worker to have the socket alone", async () => (await host.AdminAsync("show info")).Contains($"Version: {Next}", StringComparison.Ordinal));
        await load.MoreAsync(200);
        await load.EndAsync();
        (await session.AskAsync("after")).ShouldBe("db1: after");
        load.Failures.ShouldBeEmpty();
        TestContext.Current.TestOutputHelper!.WriteLine(load.ToString());
    }

    [Fact]
    public async Task A_reload_is_one_to_another_HAProxy_too_when_nothing_else_has_changed()
    {
        await using var installed = new InstalledHaproxy("3.0");
        await using var host = new HostUnderTest { Haproxy = installed.Path };
        host.Start();
        await host.UntilRunningAsync();

        installed.Replace("3.2");
        host.Status!.Host.Signal(LinuxProcess.SigHup);

        await Wire.UntilAsync(() => host.Status!.Haproxy!.Version.StartsWith($"{Next}", StringComparison.Ordinal), "it was not reloaded");
    }

    [Fact]
    public async Task A_HAProxy_that_refuses_the_configuration_does_not_take_over()
    {
        await using var installed = new InstalledHaproxy("3.2");
        await using var host = new HostUnderTest { Haproxy = installed.Path };
        var process = host.Start();
        await host.UntilRunningAsync();
        var family = host.Family;

        installed.ReplaceByOneThatRefuses();
        host.Status!.Host.Signal(LinuxProcess.SigHup);
        while (!(await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken)).ShouldNotBeNull().Contains("was refused, and HAProxy runs on", StringComparison.Ordinal))
        {
        }

        host.Family.ShouldBe(family);
    }

    /// <summary>An open session with the database.</summary>
    private sealed class Session : IDisposable
    {
        private readonly TcpClient _client;
        private readonly StreamReader _reader;

        public Session(HostUnderTest host)
        {
            _client = new TcpClient("127.0.0.1", host.ClientPort);
            _reader = new StreamReader(_client.GetStream());
        }

        public async Task<string?> AskAsync(string line)
        {
            await _client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(line + "\n"), TestContext.Current.CancellationToken);
            return await _reader.ReadLineAsync(TestContext.Current.CancellationToken);
        }

        public void Dispose()
        {
            _reader.Dispose();
            _client.Dispose();
        }
    }
}
