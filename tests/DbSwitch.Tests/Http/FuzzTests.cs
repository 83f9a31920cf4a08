using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace DbSwitch.Tests.Http;

/// <summary>A hundred thousand requests by chance: none is answered with 500, each refusal is a problem with a sentence, and nothing changes without the right to it.</summary>
public sealed class FuzzTests
{
    private const int AtOnce = 4;
    private const int Addresses = 64;

    // A run that failed is repeated with its seed: DBSWITCH_FUZZ_SEED=… ./test -- --filter FuzzTests
    private readonly int _seed = int.TryParse(Environment.GetEnvironmentVariable("DBSWITCH_FUZZ_SEED"), NumberStyles.None, CultureInfo.InvariantCulture, out var seed) ? seed : Random.Shared.Next();

    [Fact]
    [Trait("Category", "Slow")]
    public Task Five_thousand_requests_by_chance() => RunAsync(5_000);

    [Fact, Trait("Category", "Slow")]
    public Task A_hundred_thousand_requests_by_chance() => RunAsync(100_000);

    private async Task RunAsync(int count)
    {
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {_seed}");
        await using var scene = await TcpScene.StartedAsync();
        var manager = scene.Manager;
        var op = (await manager.RunAsync("token", "add", "op", "--role", "operator")).Output.Trim();
        var eve = (await manager.RunAsync("token", "add", "eve", "--role", "viewer")).Output.Trim();
        using var socket = LocalClient(manager.Socket);
        var clients = Enumerable.Range(0, Addresses).Select(i => ClientFrom(IPAddress.Parse($"127.7.{i}.1"), manager.Configuration.Http!.Value)).ToList();
        try
        {
            // Without the right to change anything: whatever is asked for, nothing changes.
            var before = await StateAsync(socket);
            await ManyAsync(count / 2, (random, _) => SendAsync(clients[random.Next(Addresses)], new RequestMaker(random, [eve]).Next(local: false, out var _), mayChange: false));
            await ManyAsync(count / 100, (random, _) => SendRawAsync(manager, random));
            (await StateAsync(socket)).ShouldBe(before, $"seed {_seed}");

            // With it much is done, and nothing is answered with 500.
            await ManyAsync(count / 2, (random, i) => i % 2 == 0
                ? SendAsync(socket, new RequestMaker(random, [op, eve]).Next(local: true, out var mayChange), mayChange)
                : SendAsync(clients[random.Next(Addresses)], new RequestMaker(random, [op, eve]).Next(local: false, out mayChange), mayChange));
        }
        finally
        {
            clients.ForEach(c => c.Dispose());
        }

        (await StateAsync(socket)).ShouldNotBe("", $"seed {_seed}");
        manager.IsRunning.ShouldBeTrue($"seed {_seed}");
        manager.Log.ShouldNotContain("nobody foresaw", Case.Sensitive, $"seed {_seed}");
        manager.Log.ShouldNotContain("   at ", Case.Sensitive, $"seed {_seed}");
        manager.Log.ShouldNotContain(op, Case.Sensitive, "No secret in the log.");
    }

    private Task ManyAsync(int count, Func<Random, int, Task> one) => Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async worker =>
    {
        var random = new Random(_seed + worker);
        for (var i = 0; i < count / AtOnce; i++)
        {
            await one(random, i);
        }
    }));

    private async Task SendAsync(HttpClient client, HttpRequestMessage request, bool mayChange)
    {
        using (request)
        {
            var about = $"seed {_seed}: {request.Method} {request.RequestUri} {request.Headers.ToString().ReplaceLineEndings("; ")}";
            try
            {
                using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
                if (response.StatusCode == HttpStatusCode.InternalServerError)
                {
                    Assert.Fail($"{about}{(request.Content is { } body ? await body.ReadAsStringAsync(TestContext.Current.CancellationToken) : "")}: {await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}");
                }

                if ((int)response.StatusCode < 300 && request.Method != HttpMethod.Get && request.Method != HttpMethod.Head)
                {
                    mayChange.ShouldBeTrue(about);
                }

                if ((int)response.StatusCode >= 400 && request.Method != HttpMethod.Head)
                {
                    await CheckProblemAsync(response, about);
                }
            }
            catch (HttpRequestException e) when (e.InnerException is IOException || e.HttpRequestError == HttpRequestError.InvalidResponse)
            {
                // Closed on the way, as a body that is too long is; or refused by the client's own rules.
            }
        }
    }

    private static async Task CheckProblemAsync(HttpResponseMessage response, string about)
    {
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        if (text.Length == 0)
        {
            // Refused by the server before it was a request.
            ((int)response.StatusCode).ShouldBeOneOf([400, 408, 411, 413, 414, 431, 505], about);
            return;
        }

        response.Content.Headers.ContentType?.MediaType.ShouldBe("application/problem+json", about);
        var problem = JsonDocument.Parse(text).RootElement;
        problem.GetProperty("detail").GetString()!.ShouldNotBeEmpty(about);
        problem.GetProperty("type").GetString()!.ShouldStartWith("/problems/", Case.Sensitive, about);
        problem.GetProperty("status").GetInt32().ShouldBe((int)response.StatusCode, about);
    }

    /// <summary>A request that is none: some bytes of a good one are others.</summary>
    private async Task SendRawAsync(ManagerProcess manager, Random random)
    {
        var bytes = Encoding.ASCII.GetBytes("POST /api/v1/switches/orders/switchovers?wait=1s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 28\r\nConnection: close\r\n\r\n{ \"target\" : \"backend-db2\" }");
        for (var i = random.Next(1, 6); i > 0; i--)
        {
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        }

        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(IPAddress.Loopback, manager.Configuration.Http!.Value, TestContext.Current.CancellationToken);
        await socket.SendAsync(bytes.AsMemory(0, random.Next(3) == 0 ? random.Next(bytes.Length) : bytes.Length), TestContext.Current.CancellationToken);
        socket.Shutdown(SocketShutdown.Send);
        var buffer = new byte[4096];
        try
        {
            var count = await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken);
            Encoding.ASCII.GetString(buffer, 0, count).ShouldNotStartWith("HTTP/1.1 500", Case.Sensitive, $"seed {_seed}");
        }
        catch (SocketException)
        {
            // Closed without an answer: as good as one.
        }
    }

    /// <summary>All that a request could change.</summary>
    private static async Task<string> StateAsync(HttpClient socket)
    {
        var view = await socket.AskAsync(new HttpRequestMessage(HttpMethod.Get, "/api/v1/switches/orders"), HttpStatusCode.OK);
        var history = await socket.AskAsync(new HttpRequestMessage(HttpMethod.Get, "/api/v1/switches/orders/history"), HttpStatusCode.OK);
        return $"{view.GetProperty("selection")} {view.GetProperty("pause")} {history.GetArrayLength()} {string.Join(' ', view.GetProperty("proxies")[0].GetProperty("servers").EnumerateArray())}";
    }

    /// <summary>From an address of its own, so that the limit of requests a second, which is one for each address, does not hide what is behind it.</summary>
    private static HttpClient ClientFrom(IPAddress address, int port) => Client($"http://localhost:{port}", new IPEndPoint(IPAddress.Loopback, port), () =>
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(address, 0));
        return socket;
    });

    private static HttpClient LocalClient(string path) =>
        Client("http://localhost", new UnixDomainSocketEndPoint(path), () => new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified));

    private static HttpClient Client(string address, EndPoint where, Func<Socket> make) => new(new SocketsHttpHandler
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8,
        ConnectCallback = async (_, cancel) =>
        {
            var socket = make();
            try
            {
                await socket.ConnectAsync(where, cancel);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    }) { BaseAddress = new Uri(address) };
}
