using System.Net;
using System.Net.Sockets;
using System.Text;
using DbSwitch.Databases.Tcp;
using DbSwitch.Doctoring;
using DbSwitch.Tests.Databases.Postgres;

namespace DbSwitch.Tests.Databases;

/// <summary>What answers at a target of kind tcp is recognised, and doctor says what that means.</summary>
public sealed class ProtocolLookTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_real_PostgreSQL_is_recognised_and_doctor_says_what_its_kind_would_bring()
    {
        await using var server = await RealPostgres.StartAsync();
        (await LookAsync(server.Port)).ShouldBe(DatabaseProtocol.Postgres);

        await using var haproxy = await RealHaproxy.StartAsync("3.2", new RealHaproxyOptions { Companion = true });
        await using var manager = new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint).Switch("db1", ("db1", server.HostPort));
        await manager.StartAsync();
        await manager.SettledAsync("db1");
        var finding = (await Doctor.LookAsync(manager.Manager, TimeProvider.System, Cancel)).Single(f => f.Where == "orders/db1");
        (finding.Level, finding.What).ShouldBe((FindingLevel.Warning, "PostgreSQL answers here, and its kind is tcp: a replica can be selected, and its clients then get errors when they write"));
        finding.Fix.ShouldStartWith("write \"kind: postgres\"");
    }

    [Theory]
    [InlineData("J\0\0\0\n8.0.36\0", "", "", 3, 1)]
    [InlineData("", "", "+PONG\r\n", 4, 2)]
    [InlineData("", "", "-NOAUTH Authentication required.\r\n", 4, 2)]
    [InlineData("", "S", "", 2, 1)]
    [InlineData("", "N", "", 2, 1)]
    [InlineData("", "No", "PING\r\n", 1, 2)]
    [InlineData("hello", "", "", 1, 2)]
    public async Task Each_is_known_by_its_own_first_words_and_looked_at_as_seldom_as_can_be(string greeting, string toTls, string toPing, int expected, int connections)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var accepted = 0;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var serving = Task.Run(async () =>
        {
            while (true)
            {
                var socket = await listener.AcceptSocketAsync(end.Token);
                accepted++;
                _ = ServeAsync(socket, greeting, toTls, toPing, end.Token);
            }
        }, end.Token);

        ((int)await LookAsync(((IPEndPoint)listener.LocalEndpoint).Port) + 1).ShouldBe(expected);
        accepted.ShouldBe(connections);
        await end.CancelAsync();
        await serving.ContinueWith(_ => { }, TaskScheduler.Default);
    }

    [Fact]
    public void What_a_target_of_kind_tcp_is_recognised_as_is_said()
    {
        KindChecks.Check("orders/db1", DatabaseProtocol.MySql).Single().What.ShouldStartWith("MySQL or MariaDB answers here, and its kind is tcp");
        KindChecks.Check("orders/db1", DatabaseProtocol.Redis).Single().Fix.ShouldContain("kind: redis");
        KindChecks.Check("orders/db1", DatabaseProtocol.Unknown).ShouldBeEmpty();
    }

    [Fact]
    public async Task Where_nobody_listens_nothing_is_known() => (await LookAsync(FreePort.Take())).ShouldBe(DatabaseProtocol.Unknown);

    private static Task<DatabaseProtocol> LookAsync(int port) => ProtocolLook.OfAsync(new IPEndPoint(IPAddress.Loopback, port), TimeProvider.System, Cancel);

    private static async Task ServeAsync(Socket socket, string greeting, string toTls, string toPing, CancellationToken cancel)
    {
        using (socket)
        {
            await socket.SendAsync(Encoding.Latin1.GetBytes(greeting), cancel);
            var asked = new byte[64];
            while (await socket.ReceiveAsync(asked, cancel) is > 0 and var length)
            {
                await socket.SendAsync(Encoding.Latin1.GetBytes(asked[0] == 0 ? toTls : Encoding.Latin1.GetString(asked, 0, length).StartsWith("PING", StringComparison.Ordinal) ? toPing : ""), cancel);
            }
        }
    }
}
