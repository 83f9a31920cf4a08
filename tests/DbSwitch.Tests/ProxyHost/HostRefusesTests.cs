using System.Net;
using System.Net.Sockets;
using DbSwitch.App.ProxyHost.Identity;
using DbSwitch.App.ProxyHost.Platform;
using DbSwitch.App.ProxyHost.Sockets;

namespace DbSwitch.Tests.ProxyHost;

/// <summary>What a host cannot do it says in words that a person can act on, and ends with 2.</summary>
public sealed class HostRefusesTests
{
    [Fact]
    public async Task A_second_host_of_the_same_name_is_refused_and_told_who_the_first_is()
    {
        await using var host = await HostUnderTest.StartAsync();

        var (exitCode, said) = await HostUnderTest.EndAsync(host.Start());

        exitCode.ShouldBe(2);
        said.ShouldContain($"Proxy local already has a host (pid {host.Status!.Host.Pid}), which holds {host.Run.Lock}");
        host.Status.State.ShouldBe(HostState.Running);
        host.Master.IsAlive.ShouldBeTrue();
    }

    [Fact]
    public async Task A_taken_port_is_named_and_how_to_find_who_has_it()
    {
        await using var host = new HostUnderTest();
        using var other = new TcpListener(IPAddress.Loopback, host.ClientPort);
        other.Start();

        var (exitCode, said) = await HostUnderTest.EndAsync(host.Start());

        exitCode.ShouldBe(2);
        said.ShouldBe($"dbswitch proxy-host local: Proxy local cannot listen on 127.0.0.1:{host.ClientPort} (clients of orders): another process has that port; \"ss -ltnp 'sport = :{host.ClientPort}'\" names it. Stop it, or choose another port.\n");
        host.Status!.State.ShouldBe(HostState.Failed);
        host.Status.Reason.ShouldNotBeNull().ShouldContain("another process has that port");
    }

    [Fact]
    public async Task Two_hosts_never_share_a_port()
    {
        await using var first = await HostUnderTest.StartAsync();
        var plan = new PlannedListener(new HaproxyRuntime.HostPort("127.0.0.1", first.ClientPort), "clients");
        using var second = new ListeningSockets("other", [plan]);

        Should.Throw<ProxyHostException>(second.OpenMissing).Message.ShouldContain("another process has that port");
    }

    [Fact]
    public async Task A_missing_HAProxy_is_said_with_how_to_get_it()
    {
        await using var host = new HostUnderTest { Haproxy = "no-such-haproxy" };

        var (exitCode, said) = await HostUnderTest.EndAsync(host.Start());

        exitCode.ShouldBe(2);
        said.ShouldBe("dbswitch proxy-host local: HAProxy is missing: there is no executable \"no-such-haproxy\" in PATH. Install it (apt-get install haproxy, dnf install haproxy, apk add haproxy or brew install haproxy), or set \"haproxy:\" of proxy local to its path.\n");
    }

    [Fact]
    public async Task Something_that_is_not_HAProxy_is_not_taken_for_it()
    {
        await using var host = new HostUnderTest { Haproxy = "/bin/true" };

        var (exitCode, said) = await HostUnderTest.EndAsync(host.Start());

        exitCode.ShouldBe(2);
        said.ShouldContain("/bin/true does not seem to be HAProxy");
    }

    [Theory, EveryHaproxy]
    public async Task What_HAProxy_refuses_in_the_operators_file_is_said_with_that_files_own_line(string version)
    {
        await using var host = new HostUnderTest { Haproxy = HaproxyBinary.For(version) };
        host.Extra = Path.Combine(host.ListenDirectory, "more.cfg");
        File.WriteAllText(host.Extra, "# mine\nfrontend more\n    bnid :1234\n");

        var (exitCode, said) = await HostUnderTest.EndAsync(host.Start());

        exitCode.ShouldBe(2);
        said.ShouldContain($"[{host.Extra}:3]");
        said.ShouldContain("'bnid'");
        said.ShouldContain($"Correct {host.Extra}");
        host.Family.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_missing_file_of_the_operator_is_named()
    {
        await using var host = new HostUnderTest { Extra = "/nowhere/more.cfg" };

        var (exitCode, said) = await HostUnderTest.EndAsync(host.Start());

        exitCode.ShouldBe(2);
        said.ShouldContain("/nowhere/more.cfg");
    }

    [Fact]
    public void A_run_directory_too_deep_for_a_socket_is_refused_before_anything_is_made()
    {
        var deep = "/tmp/" + new string('x', 90);

        Should.Throw<ProxyHostException>(() => new RunDirectory(deep, "local").Create()).Message.ShouldContain("too long a path");
        Directory.Exists(deep).ShouldBeFalse();
    }
}
