using System.Net;
using System.Net.Sockets;
using System.Text;

namespace DbSwitch.Tests.Http;

/// <summary>What is too much, and who must not be let in by a browser: refused, while the operator's socket goes on answering.</summary>
public sealed class LimitTests
{
    private const string Look = "/api/v1/switches";

    [Fact]
    public async Task Too_many_requests_a_second_are_told_so_and_the_operator_is_not_hindered()
    {
        await using var scene = await TcpScene.StartedAsync();
        using var tcp = scene.Manager.OverTcp();
        using var socket = scene.Manager.OverSocket();

        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 5000 && !statuses.Contains(HttpStatusCode.TooManyRequests); i += 50)
        {
            statuses.AddRange(await Task.WhenAll(Enumerable.Range(0, 50).Select(async _ => { using var r = await tcp.GetAsync("/healthz", TestContext.Current.CancellationToken); return r.StatusCode; })));
        }

        statuses.ShouldContain(HttpStatusCode.TooManyRequests);
        var problem = await tcp.SendAsync(new HttpRequestMessage(HttpMethod.Get, Look), TestContext.Current.CancellationToken);
        for (var i = 0; i < 200; i++)
        {
            await socket.AskAsync(new HttpRequestMessage(HttpMethod.Get, Look), HttpStatusCode.OK);
        }

        problem.Dispose();
        await Until.TrueAsync("the rate to allow it again", async () => { using var r = await tcp.GetAsync(Look, TestContext.Current.CancellationToken); return r.StatusCode == HttpStatusCode.OK; });
    }

    [Fact]
    public async Task Too_many_connections_are_closed_and_the_operator_is_not_hindered()
    {
        await using var scene = await TcpScene.StartedAsync();
        var port = scene.Manager.Configuration.Http!.Value;
        var open = new List<Socket>();
        try
        {
            for (var i = 0; i < 1000; i++)
            {
                open.Add(await ConnectAsync(port));
            }

            // A connection that is made is not one that the manager has counted yet: on a busy machine the last may come before one of the first.
            await Until.TrueAsync("one more to be closed", async () => (await OneMoreAsync(port)).Length == 0);
            (await scene.Manager.RunAsync("status")).ShouldBe(0);
        }
        finally
        {
            open.ForEach(s => s.Dispose());
        }

        using var tcp = scene.Manager.OverTcp();
        await Until.TrueAsync("room again", async () =>
        {
            try
            {
                return await tcp.GetStringAsync("/healthz", TestContext.Current.CancellationToken) == "ok\n";
            }
            catch (HttpRequestException)
            {
                return false;
            }
        });
    }

    [Theory]
    [InlineData("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: {20000}\r\n\r\n", "431")]
    [InlineData("GET /{5000} HTTP/1.1\r\nHost: localhost\r\n\r\n", "414")]
    [InlineData("GET /healthz HTTP/1.1\r\n\r\n", "400")]
    [InlineData("GET /healthz HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n", "400")]
    [InlineData("GET http://evil.example/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", "400")]
    [InlineData("GET /healthz HTTP/1.0\r\n\r\n", "403")]
    [InlineData("GET /healthz HTTP/1.1\r\nHost: \r\n\r\n", "403")]
    [InlineData("POST /api/v1/switches/orders/pause HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}", "401")]
    public async Task What_is_too_long_or_ambiguous_is_refused(string request, string status)
    {
        await using var manager = await TcpScene.WithoutProxyAsync();
        foreach (var length in (int[])[5000, 20000])
        {
            request = request.Replace($"{{{length}}}", new string('x', length), StringComparison.Ordinal);
        }

        using var socket = await ConnectAsync(manager.Configuration.Http!.Value);
        await socket.SendAsync(Encoding.ASCII.GetBytes(request), TestContext.Current.CancellationToken);

        (await AnswerAsync(socket)).ShouldStartWith($"HTTP/1.1 {status} ");
    }

    [Theory]
    [InlineData("cross-site", "cors")]
    [InlineData("cross-site", "no-cors")]
    [InlineData("same-site", "cors")]
    public async Task What_a_browser_says_another_site_asks_for_is_refused(string site, string mode)
    {
        await using var scene = await TcpScene.StartedAsync();
        using var tcp = scene.Manager.OverTcp();

        foreach (var path in (string[])[Look, "/api/v1/events", "/openapi/v1.json"])
        {
            await tcp.RefusedAsync(new HttpRequestMessage(HttpMethod.Get, path).With("Sec-Fetch-Site", site).With("Sec-Fetch-Mode", mode), HttpStatusCode.Forbidden, "forbidden", "What a page of another site asks for is not answered.");
        }

        await tcp.AskAsync(new HttpRequestMessage(HttpMethod.Get, Look).With("Sec-Fetch-Site", "same-origin").With("Sec-Fetch-Mode", "cors"), HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_good_token_does_not_help_who_asks_by_a_name_that_is_not_ours_or_from_another_origin()
    {
        await using var scene = await TcpScene.StartedAsync("names: [db.example]");
        using var tcp = scene.Manager.OverTcp();
        var token = (await scene.Manager.RunAsync("token", "add", "ann", "--role", "operator")).Output.Trim();
        const string Switchovers = "/api/v1/switches/orders/switchovers";
        const string Body = """{ "target": "backend-db2" }""";

        await tcp.RefusedAsync(Asking.Post(Switchovers, Body).As(token).With("Host", "evil.example"), HttpStatusCode.Forbidden, "forbidden", "a name that happens to resolve here is not answered");
        await tcp.RefusedAsync(Asking.Post(Switchovers, Body).As(token).With("Host", "localhost.evil.example"), HttpStatusCode.Forbidden, "forbidden", "a name that happens to resolve here is not answered");
        await tcp.RefusedAsync(Asking.Post(Switchovers, Body).As(token).With("Origin", "https://evil.example"), HttpStatusCode.Forbidden, "forbidden", "another origin");
        await tcp.AskAsync(new HttpRequestMessage(HttpMethod.Get, Look).With("Host", "db.example"), HttpStatusCode.OK);
        (await scene.AnswersAsync()).ShouldBe("db1");
    }

    private static async Task<Socket> ConnectAsync(int port)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
        return socket;
    }

    /// <summary>What it is answered; empty when it was closed, which may be so quick that it is met while it connects.</summary>
    private static async Task<string> OneMoreAsync(int port)
    {
        try
        {
            using var socket = await ConnectAsync(port);
            await socket.SendAsync("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
            return await AnswerAsync(socket);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown)
        {
            return "";
        }
    }

    /// <summary>What comes first; empty when the connection was closed.</summary>
    private static async Task<string> AnswerAsync(Socket socket)
    {
        var buffer = new byte[1024];
        try
        {
            return Encoding.ASCII.GetString(buffer, 0, await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken));
        }
        catch (SocketException)
        {
            return "";
        }
    }
}
