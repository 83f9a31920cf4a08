using System.Globalization;
using System.Net;
using System.Net.Sockets;
using DbSwitch.App.ProxyHost.Identity;
using DbSwitch.App.ProxyHost.Launching;
using Microsoft.Extensions.Logging.Abstractions;

namespace DbSwitch.Tests.ProxyHost;

public sealed class ProxyHostLauncherTests
{
    private readonly ProxyHostLauncher _launcher = new(TimeProvider.System, NullLogger<ProxyHostLauncher>.Instance, HostUnderTest.Command);

    [Fact]
    public async Task It_starts_a_host_in_a_session_of_its_own_and_returns_when_HAProxy_answers()
    {
        await using var host = new HostUnderTest();
        host.WriteConfiguration();

        var outcome = await EnsureAsync(host);

        outcome.Problem.ShouldBeNull();
        outcome.Started.ShouldBeTrue();
        outcome.Status!.State.ShouldBe(HostState.Running);
        SessionOf(outcome.Status.Host.Pid).ShouldBe(outcome.Status.Host.Pid);
        SessionOf(outcome.Status.Haproxy!.Master!.Pid).ShouldBe(outcome.Status.Host.Pid);
        (await host.AdminAsync("show version")).ShouldNotBeEmpty();
    }

    [Fact]
    public async Task It_adopts_a_host_that_runs()
    {
        await using var host = await HostUnderTest.StartAsync();

        var outcome = await EnsureAsync(host);

        outcome.IsRunning.ShouldBeTrue();
        outcome.Started.ShouldBeFalse();
        outcome.Status!.Host.ShouldBe(host.Status!.Host);
    }

    [Fact]
    public async Task Two_that_want_it_at_once_get_the_same_one()
    {
        await using var host = new HostUnderTest();
        host.WriteConfiguration();

        var outcomes = await Task.WhenAll(EnsureAsync(host), EnsureAsync(host), EnsureAsync(host));

        outcomes.ShouldAllBe(outcome => outcome.Problem == null);
        outcomes.Select(outcome => outcome.Status!.Host).Distinct().Count().ShouldBe(1);
        host.Family.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Why_a_host_cannot_run_comes_back_in_its_own_words()
    {
        await using var host = new HostUnderTest { Haproxy = "no-such-haproxy" };
        host.WriteConfiguration();

        var outcome = await EnsureAsync(host);

        outcome.Problem.ShouldNotBeNull().ShouldStartWith("HAProxy is missing");
    }

    [Fact]
    public async Task Why_HAProxy_dies_again_and_again_comes_back_in_its_own_words_and_the_host_goes_on_trying()
    {
        await using var host = new HostUnderTest();
        var port = FreePort.Take();
        host.Extra = Path.Combine(host.ListenDirectory, "more.cfg");
        File.WriteAllText(host.Extra, $"frontend more\n    mode tcp\n    bind 127.0.0.1:{port}\n");
        host.WriteConfiguration();
        using (var other = new TcpListener(IPAddress.Loopback, port))
        {
            other.Start();

            var outcome = await EnsureAsync(host);

            outcome.Problem.ShouldNotBeNull().ShouldContain("cannot bind socket");
            outcome.Status!.State.ShouldBe(HostState.BackingOff);
        }

        await host.UntilRunningAsync();
    }

    [Fact]
    public async Task A_configuration_that_is_not_there_comes_back_as_the_last_words()
    {
        await using var host = new HostUnderTest();

        var outcome = await EnsureAsync(host);

        outcome.Problem.ShouldNotBeNull().ShouldContain(host.ConfigurationFile);
    }

    [Fact]
    public async Task Stopping_ends_host_and_HAProxy_and_a_second_time_there_is_nothing_to_stop()
    {
        await using var host = new HostUnderTest();
        host.WriteConfiguration();
        (await EnsureAsync(host)).Problem.ShouldBeNull();

        (await StopAsync(host)).ShouldBe(ProxyHostStop.Ended);
        host.Family.ShouldBeEmpty();
        host.Status.ShouldBeNull();
        (await StopAsync(host)).ShouldBe(ProxyHostStop.WasNotRunning);
    }

    [Fact]
    public async Task Stopping_ends_a_HAProxy_whose_host_was_killed()
    {
        await using var host = await HostUnderTest.StartAsync();
        var old = host.Status!.Host;
        old.Signal(9);
        await Wire.UntilAsync(() => !old.IsAlive, "the host lives on");

        (await StopAsync(host)).ShouldBe(ProxyHostStop.Ended);

        host.Family.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_host_that_does_not_end_is_killed_and_its_HAProxy_with_it()
    {
        await using var host = await HostUnderTest.StartAsync();
        var launcher = new ProxyHostLauncher(TimeProvider.System, NullLogger<ProxyHostLauncher>.Instance, HostUnderTest.Command) { Patience = TimeSpan.FromMilliseconds(300) };
        host.Status!.Host.Signal(19);

        (await launcher.StopAsync(HostUnderTest.Name, host.ListenDirectory, TestContext.Current.CancellationToken)).ShouldBe(ProxyHostStop.Killed);

        host.Family.ShouldBeEmpty();
    }

    private Task<ProxyHostOutcome> EnsureAsync(HostUnderTest host) =>
        _launcher.EnsureRunningAsync(HostUnderTest.Name, host.ConfigurationFile, host.ListenDirectory, TestContext.Current.CancellationToken);

    private Task<ProxyHostStop> StopAsync(HostUnderTest host) => _launcher.StopAsync(HostUnderTest.Name, host.ListenDirectory, TestContext.Current.CancellationToken);

    private static int SessionOf(int pid)
    {
        var stat = File.ReadAllText($"/proc/{pid}/stat");
        return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[3], CultureInfo.InvariantCulture);
    }
}
