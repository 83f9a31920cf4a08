using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace HaproxyRuntime.Tests.Faults;

/// <summary>Every way in which there is no connection, and what is said about it.</summary>
public sealed partial class TransportTests
{
    private static readonly RuntimeOptions s_options = new() { ConnectTimeout = TimeSpan.FromSeconds(10) };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_socket_there() => (await ProblemAsync(new RuntimeEndpoint.Unix("/tmp/dbsw-nothing.sock")))
        .ShouldBe("there is no socket at /tmp/dbsw-nothing.sock (is HAProxy running, with \"stats socket /tmp/dbsw-nothing.sock level admin\"?)");

    [Fact]
    public async Task A_socket_that_nobody_listens_on()
    {
        var path = $"/tmp/dbsw-left-{Guid.NewGuid():N}.sock";

        // Bound and not listening: the same as after a process that was killed.
        using var left = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        left.Bind(new UnixDomainSocketEndPoint(path));
        (await ProblemAsync(new RuntimeEndpoint.Unix(path))).ShouldBe("nobody answers there any more (HAProxy is not running)");
    }

    [Fact]
    public async Task A_socket_that_this_user_may_not_open()
    {
        await using var haproxy = new FakeHaproxy();
        var path = ((RuntimeEndpoint.Unix)haproxy.Endpoint).Path;
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        File.SetUnixFileMode(path, UnixFileMode.None);

        // Root may open anything, so this thread becomes nobody where files are concerned. (A Unix socket is connected to, or not, before the call returns.)
        Task<string> asked = Task.FromResult("");
        var thread = new Thread(() =>
        {
            var user = SetFileSystemUser(65_534);
            asked = ProblemAsync(haproxy.Endpoint);
            _ = SetFileSystemUser(user);
        });
        thread.Start();
        thread.Join();
        (await asked).ShouldBe($"this user may not open {path} (give it to this user or group: \"stats socket … user … group … mode 660\"; a master's socket: \"-S …,mode,660,group,…\" where HAProxy is started)");
    }

    [Fact]
    public async Task A_Unix_socket_whose_queue_is_full()
    {
        var path = $"/tmp/dbsw-full-{Guid.NewGuid():N}.sock";
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen(1);
        var waiting = new List<Socket>();
        try
        {
            while (waiting.Count < 100)
            {
                waiting.Add(new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { Blocking = false });
                await waiting[^1].ConnectAsync(new UnixDomainSocketEndPoint(path), Cancel);
            }

            Assert.Skip("This kernel's queues are longer than they say.");
        }
        catch (SocketException)
        {
            // Full.
        }

        (await ProblemAsync(new RuntimeEndpoint.Unix(path))).ShouldBe("its queue of connections is full (HAProxy hangs, or has more Runtime API connections than \"stats maxconn\" allows)");
        waiting.ForEach(socket => socket.Dispose());
    }

    [Fact]
    public async Task A_port_that_nobody_listens_on() => (await ProblemAsync(Tcp("127.0.0.1", FreePort.Take())))
        .ShouldBe("the connection was refused (HAProxy is not running, or does not listen there)");

    // No label of a name has more than 63 characters, so nobody is asked for it.
    [Fact]
    public async Task A_name_that_does_not_resolve()
    {
        var name = new string('x', 64) + ".invalid";
        (await ProblemAsync(Tcp(name, 9999))).ShouldBe($"the name {name} does not resolve");
    }

    [Fact]
    public async Task A_host_that_is_silent()
    {
        using var silent = new FullBacklog();
        var endpoint = Tcp("127.0.0.1", silent.Port);
        var options = new RuntimeOptions { ConnectTimeout = TimeSpan.FromMilliseconds(200) };
        foreach (var ask in (Func<Task>[])[() => RuntimeSession.OpenAsync(endpoint, options, Cancel), () => new RuntimeClient(endpoint, options).ExecuteAsync(RuntimeCommand.Raw("clear counters"), Cancel)])
        {
            var e = await Should.ThrowAsync<RuntimeApiException>(ask);
            (e.Error, e.Problem, e.CanRetry, e.OutcomeIsUnknown).ShouldBe((RuntimeApiError.Unreachable, "no connection within 0.2 s", true, false));
            e.Message.ShouldBe($"tcp:127.0.0.1:{silent.Port}: no connection within 0.2 s");
        }

        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(50));
        await Should.ThrowAsync<OperationCanceledException>(() => RuntimeSession.OpenAsync(endpoint, s_options, cancel.Token));
    }

    [Fact]
    public async Task One_that_accepts_and_says_nothing()
    {
        await using var haproxy = new FakeHaproxy { Reads = false };
        var e = await Should.ThrowAsync<RuntimeApiException>(() => RuntimeSession.OpenAsync(haproxy.Endpoint, new RuntimeOptions { AnswerTimeout = TimeSpan.FromMilliseconds(100) }, Cancel));
        (e.Error, e.Problem, e.OutcomeIsUnknown).ShouldBe((RuntimeApiError.TimedOut, "no complete answer within 0.1 s", false));
    }

    [Fact]
    public async Task A_name_with_several_addresses_is_tried_at_each()
    {
        var addresses = await Dns.GetHostAddressesAsync("localhost", Cancel);
        Assert.SkipUnless(addresses.Length > 1, "localhost has only one address here.");
        await using var haproxy = new FakeHaproxy(tcp: true);
        var port = ((RuntimeEndpoint.Tcp)haproxy.Endpoint).Address.Port;
        (await new RuntimeClient(Tcp("localhost", port)).ExecuteAsync(RuntimeCommand.ShowInfo, Cancel)).ShouldBe("show info\n");
    }

    private static RuntimeEndpoint.Tcp Tcp(string host, int port) => new(new HostPort(host, port));

    private static async Task<string> ProblemAsync(RuntimeEndpoint endpoint)
    {
        var e = await Should.ThrowAsync<RuntimeApiException>(() => new RuntimeClient(endpoint, s_options).ExecuteAsync(RuntimeCommand.Raw("clear counters"), Cancel));
        (e.Error, e.CanRetry, e.OutcomeIsUnknown, e.Endpoint).ShouldBe((RuntimeApiError.Unreachable, true, false, endpoint));
        return e.Problem;
    }

    [LibraryImport("libc", EntryPoint = "setfsuid")]
    private static partial int SetFileSystemUser(int user);
}
