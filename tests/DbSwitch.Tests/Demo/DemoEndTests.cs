using System.Net;
using System.Net.Sockets;
using DbSwitch.App.ProxyHost.Identity;

namespace DbSwitch.Tests.Demo;

/// <summary>How a demo begins and ends: alone in its checkout, on ports that are free, and with nothing left behind.</summary>
[Trait("Category", "Slow")]
public sealed class DemoEndTests
{
    private const int SigTerm = 15;

    // As the keyboard sends it: the terminal makes a signal of it, for every process that it knows.
    private const byte ControlC = 3;

    [Fact]
    public async Task Told_to_end_it_ends_everything()
    {
        await using var demo = await DemoUnderTest.StartAsync();
        await demo.UntilAtWorkAsync();
        demo.Running().Count.ShouldBeGreaterThanOrEqualTo(7, "two databases, host, HAProxy's two processes, manager, client");

        await demo.SignalAsync(SigTerm);

        (await demo.ExitCodeAsync()).ShouldBe(0);
        demo.ShouldHaveLeftNothing();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(200)]
    [InlineData(400)]
    [InlineData(700)]
    [InlineData(1000)]
    public async Task Told_to_end_while_it_starts_it_leaves_nothing(int milliseconds)
    {
        await using var demo = await DemoUnderTest.StartAsync();
        await demo.PartAsync("echo-server", "backend-db1");
        await Task.Delay(milliseconds, TestContext.Current.CancellationToken);

        await demo.SignalAsync(SigTerm);

        await demo.ExitCodeAsync();
        demo.ShouldHaveLeftNothing();
    }

    [Fact]
    public async Task Killed_it_takes_its_parts_along_and_the_next_one_ends_its_HAProxy()
    {
        await using var killed = await DemoUnderTest.StartAsync();
        await killed.UntilAtWorkAsync();
        var (directory, parts, host) = (killed.Directory, killed.Marker.Parts, HostLock.Holder(killed.Proxy)!);

        await killed.SignalAsync(LinuxProcess.SigKill);

        await Until.TrueAsync("the parts to end", () => !parts.Any(p => p.IsAlive));
        host.IsAlive.ShouldBeTrue("nobody ends HAProxy because a manager died");

        await using var next = await DemoUnderTest.StartAsync(killed);
        await next.UntilAtWorkAsync();

        next.Output.ShouldContain("An earlier demo was killed; what it left behind has been ended.");
        host.IsAlive.ShouldBeFalse();
        Directory.Exists(directory).ShouldBeFalse();
        next.Directory.ShouldNotBe(directory);
        await next.SignalAsync(SigTerm);
        (await next.ExitCodeAsync()).ShouldBe(0);
        next.ShouldHaveLeftNothing();
    }

    [Fact]
    public async Task A_second_one_of_the_same_checkout_is_refused_and_the_first_goes_on()
    {
        await using var first = await DemoUnderTest.StartAsync();
        await first.UntilAtWorkAsync();

        var said = await first.ShellAsync("dbswitch demo --any-ports; echo $?");

        said.ShouldBe($"dbswitch: A demo of this checkout runs already (process {first.Marker.Pid}): look at it with ./dbswitch status, or end it with q or Ctrl-C in its terminal.\n2\n");
        (await first.ShellAsync("dbswitch status")).ShouldStartWith("orders: clients get no database");
    }

    [Fact]
    public async Task A_taken_port_is_named_with_who_wants_it_and_the_way_out()
    {
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            taken.Bind(new IPEndPoint(IPAddress.Loopback, 8370));
            taken.Listen();
        }
        catch (SocketException)
        {
            // Somebody else has it, which is as good.
        }

        (await TypedLine.RunAsync($"'{DemoUnderTest.Executable}' demo; echo $?")).ShouldMatch(
            @"^dbswitch: Port (8310|8311|8320|8360|8370|9999) is taken by another program, and .+ wants it: stop that program \("".+"" names it\), or let the demo choose free ports with --any-ports\.\n2\n$");
    }

    [Fact]
    public async Task A_part_that_dies_ends_the_demo_with_its_last_words()
    {
        await using var demo = await DemoUnderTest.StartAsync();
        await demo.UntilAtWorkAsync();

        LinuxProcess.Signal(await demo.PartAsync("echo-server", "backend-db1"), LinuxProcess.SigKill);

        (await demo.ExitCodeAsync()).ShouldBe(1);
        demo.Output.ShouldMatch(@"dbswitch: the demo ends: backend-db1 ended by itself, with exit code 137\.\nThe last that it said:\nbackend-db1  \| listening on ");
        demo.ShouldHaveLeftNothing();
    }

    [Fact]
    public async Task An_HAProxy_that_cannot_be_run_is_named()
    {
        await using var demo = await DemoUnderTest.StartAsync("--haproxy", "/no/such/haproxy");
        await demo.PartAsync("echo-server", "backend-db1");

        (await demo.ExitCodeAsync()).ShouldBe(1);

        demo.Output.ShouldContain("db-proxy-man ended by itself, with exit code 2.");
        demo.Output.ShouldContain("there is no executable \"/no/such/haproxy\"");
        demo.ShouldHaveLeftNothing();
    }

    [Theory]
    [InlineData((byte)'q')]
    [InlineData(ControlC)]
    public async Task Keys_switch_and_end_it(byte end)
    {
        Needs.Program("script", (await TypedLine.RunAsync("command -v script")).Length > 0);
        await using var demo = await DemoUnderTest.StartAtTerminalAsync();
        await Until.TrueAsync("the keyboard", () => File.Exists(demo.Keyboard));
        await using var keys = new FileStream(demo.Keyboard, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        await demo.UntilSaidAsync("q quit");

        keys.WriteByte((byte)'2');
        await demo.UntilSaidAsync("orders: backend-db2 is selected (before: none);");
        await demo.UntilSaidAsync("backend-db2 at ", 4);
        keys.WriteByte((byte)'0');
        await demo.UntilSaidAsync("orders: none is selected (before: backend-db2);");
        demo.Running().Count.ShouldBeGreaterThanOrEqualTo(7);
        keys.WriteByte(end);

        (await demo.ExitCodeAsync()).ShouldBe(0);
        demo.Output.ShouldContain("\e[1mdemo         |\e[0m select backend-db2");
        demo.ShouldHaveLeftNothing();
    }
}
