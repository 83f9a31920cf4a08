using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace DbSwitch.Tests.Serving;

/// <summary>The HTTP API: over TCP one may look, over the Unix socket change, and every trouble is a problem+json with a sentence.</summary>
public sealed class HttpTests(StandingScene standing) : IClassFixture<StandingScene>
{
    private const string Switchovers = "/api/v1/switches/orders/switchovers?wait=10s";

    [Fact]
    public async Task Over_tcp_one_may_look_and_not_change()
    {
        await using var scene = await Scene.StartedAsync(http: true);
        using var tcp = scene.Manager.OverTcp();

        foreach (var path in (string[])["switches", "switches/orders", "switches/orders/history", "targets", "proxies"])
        {
            using var response = await tcp.GetAsync("/api/v1/" + path, TestContext.Current.CancellationToken);
            response.StatusCode.ShouldBe(HttpStatusCode.OK);
            response.Content.Headers.ContentType!.MediaType.ShouldBe("application/json");
        }

        (await tcp.GetStringAsync("/healthz", TestContext.Current.CancellationToken)).ShouldBe("ok\n");
        foreach (var path in (string[])[Switchovers, "/api/v1/switches/orders/pause", "/api/v1/switches/orders/resume", "/api/v1/proxies/db-proxy/command"])
        {
            await ProblemAsync(await PostAsync(tcp, path, """{ "target": "backend-db2" }"""), HttpStatusCode.Forbidden, "Over TCP one may look, not change. Use the command line on this machine");
            await ProblemAsync(await PostAsync(tcp, path, "nonsense"), HttpStatusCode.Forbidden, "Over TCP one may look, not change.");
        }

        (await Dbswitch.RunAsync("select", "backend-db2", "--server", tcp.BaseAddress!.ToString())).ShouldBe(1, "", "Over TCP one may look, not change.");
        (await Dbswitch.RunAsync("status", "--server", tcp.BaseAddress!.ToString())).ShouldBe(0, "orders: clients go to backend-db1 ");
        (await scene.AnswersAsync()).ShouldBe("db1");
    }

    [Fact]
    public async Task A_name_that_is_not_ours_is_not_answered_over_tcp()
    {
        await using var scene = await Scene.StartedAsync(http: true);
        using var tcp = scene.Manager.OverTcp();
        var port = scene.Manager.Configuration.Http;

        await ProblemAsync(await GetAsync(tcp, "evil.example"), HttpStatusCode.Forbidden, "Ask for this by address or as localhost");
        await ProblemAsync(await GetAsync(tcp, $"127.0.0.1:{port}", "http://evil.example"), HttpStatusCode.Forbidden, "Ask for this by address or as localhost");
        await ProblemAsync(await GetAsync(tcp, $"127.0.0.1:{port}", "null"), HttpStatusCode.Forbidden, "Ask for this by address or as localhost");
        (await GetAsync(tcp, $"localhost:{port}")).StatusCode.ShouldBe(HttpStatusCode.OK);
        (await GetAsync(tcp, $"127.0.0.1:{port}", $"http://127.0.0.1:{port}")).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("""{ "targett": "backend-db2" }""", "targett")]
    [InlineData("""{ "target": 7 }""", "target")]
    [InlineData("""{ "target": "backend-db2", "drain": "10" }""", "drain")]
    [InlineData("""{ "target": "backend-db2", "reason": null }""", "reason")]
    [InlineData("""[]""", "")]
    [InlineData("""null""", "")]
    [InlineData("""{""", "")]
    [InlineData("", "")]
    [InlineData("{}", "Name a target or set none to true, not both.")]
    [InlineData("""{ "target": "backend-db2", "none": true }""", "Name a target or set none to true, not both.")]
    [InlineData("""{ "target": "backend-db2", "drain": 3601 }""", "drain is a number of seconds from 0 to 3600.")]
    public async Task A_body_that_is_not_understood_is_refused(string body, string sentence)
    {
        var (scene, socket) = await standing.GetAsync();

        await ProblemAsync(await PostAsync(socket, Switchovers, body), HttpStatusCode.BadRequest, sentence);

        (await scene.AnswersAsync()).ShouldBe("db1");
    }

    [Fact]
    public async Task What_there_is_not_is_not_found_and_what_is_asked_wrongly_is_said()
    {
        var (scene, socket) = await standing.GetAsync();

        await ProblemAsync(await PostAsync(socket, "/api/v1/switches/billing/switchovers", """{ "none": true }"""), HttpStatusCode.NotFound, "There is no switch billing. The switches: orders.");
        await ProblemAsync(await PostAsync(socket, Switchovers, """{ "target": "backend-db3" }"""), HttpStatusCode.UnprocessableEntity, "orders has no target backend-db3; its targets are backend-db1, backend-db2");
        await ProblemAsync(await PostAsync(socket, Switchovers, """{ "target": "backend-db2", "ifGeneration": 9 }"""), HttpStatusCode.Conflict, "Refused: its generation is 1, not 9");
        await ProblemAsync(await PostAsync(socket, "/api/v1/switches/orders/switchovers?wait=soon", """{ "target": "backend-db2" }"""), HttpStatusCode.BadRequest, "wait is a number of seconds");
        await ProblemAsync(await PostAsync(socket, Switchovers, $$"""{ "target": "backend-db2", "reason": "{{new string('x', 100_000)}}" }"""), HttpStatusCode.RequestEntityTooLarge, "64 KiB");
        await ProblemAsync(await PostAsync(socket, Switchovers, """{ "target": "backend-db2" }""", "text/plain"), HttpStatusCode.UnsupportedMediaType, "Content-Type: application/json");
        foreach (var path in (string[])["/api/v1/switches/billing", "/api/v1/switches/billing/history", "/api/v1/switches/orders/switchovers/99", "/api/v2/switches", "/api/v1/switches/orders/switchovers/abc"])
        {
            await ProblemAsync(await socket.GetAsync(path, TestContext.Current.CancellationToken), HttpStatusCode.NotFound, "");
        }

        await ProblemAsync(await socket.DeleteAsync("/api/v1/switches/orders/history", TestContext.Current.CancellationToken), HttpStatusCode.MethodNotAllowed, "DELETE is not for ");
        await ProblemAsync(await socket.GetAsync("/api/v1/switches/orders/history?limit=many", TestContext.Current.CancellationToken), HttpStatusCode.BadRequest, "limit");
        (await scene.AnswersAsync()).ShouldBe("db1");
    }

    [Fact]
    public async Task A_switchover_that_is_not_waited_for_is_found_at_its_location()
    {
        await using var scene = await Scene.StartedAsync(http: true);
        using var socket = scene.Manager.OverSocket();
        using var open = new DbClient(scene.Haproxy.ClientPort);
        (await open.AskAsync("hello")).Line.ShouldBe("db1 hello");

        using var accepted = await PostAsync(socket, "/api/v1/switches/orders/switchovers", """{ "target": "backend-db2", "drain": 60 }""");

        accepted.StatusCode.ShouldBe(HttpStatusCode.Accepted);
        var where = accepted.Headers.Location!.ToString();
        where.ShouldBe("/api/v1/switches/orders/switchovers/1");
        open.Dispose();
        await Until.TrueAsync("its end", async () => (await socket.GetFromJsonAsync<JsonElement>(where, TestContext.Current.CancellationToken)).GetProperty("result").GetString() == "succeeded");
        (await scene.AnswersAsync()).ShouldBe("db2");
    }

    [Fact]
    public async Task A_command_that_changes_something_is_for_a_paused_switch_only()
    {
        await using var scene = await Scene.StartedAsync();
        var manager = scene.Manager;

        (await manager.RunAsync("api", "show", "info")).ShouldBe(0, $"Version: {HaproxyBinary.VersionOf("3.2")}", "");
        (await manager.RunAsync("api", "show servers state db_servers")).ShouldBe(0, scene.Server1);
        (await manager.RunAsync("api", "frobnicate")).ShouldBe(1, "", "pause");
        (await manager.RunAsync("api", "--proxy", "other", "show info")).ShouldBe(2, "", "There is no proxy other. The proxies: db-proxy.");
        var change = $"set server db_servers/{scene.Server1} state maint";
        (await manager.RunAsync("api", change)).ShouldBe(1, "", $"\"{change}\" may change db-proxy, which the manager keeps for orders and would put back. Pause that first (dbswitch pause), or use dbswitch select.");
        (await scene.AnswersAsync()).ShouldBe("db1");

        (await manager.RunAsync("pause")).ShouldBe(0);
        (await manager.RunAsync("api", change)).ShouldBe(0, "\n", "");
        (await scene.AnswersAsync()).ShouldBeNull();
        await manager.StatusAsync($"paused, so not done at db-proxy: {scene.Server1} made ready");
        var resumed = await manager.RunAsync("resume");
        resumed.ShouldBe(0, "orders is resumed. Clients go to backend-db1.");
        resumed.Output.ShouldContain($"db-proxy: {scene.Server1} made ready");
        (await scene.AnswersAsync()).ShouldBe("db1");
    }

    [Theory]
    [InlineData("show info;set server db_servers/x state maint")]
    [InlineData("show info\nset server db_servers/x state maint")]
    [InlineData("show info <<")]
    [InlineData(" ")]
    [InlineData("show info\u0000")]
    public async Task What_is_more_than_one_command_or_none_is_refused(string command)
    {
        var (_, socket) = await standing.GetAsync();

        using var response = await PostAsync(socket, "/api/v1/proxies/db-proxy/command", JsonSerializer.Serialize(new Dictionary<string, string> { ["command"] = command }));

        await ProblemAsync(response, HttpStatusCode.BadRequest, "");
    }

    private static Task<HttpResponseMessage> GetAsync(HttpClient client, string host, string? origin = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/switches") { Headers = { Host = host } };
        if (origin is not null)
        {
            request.Headers.Add("Origin", origin);
        }

        return client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static Task<HttpResponseMessage> PostAsync(HttpClient client, string path, string body, string type = "application/json")
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new StringContent(body, Encoding.UTF8, type) };

        // A body that will be refused for its length need not be sent first, and could not be: the manager closes.
        request.Headers.ExpectContinue = body.Length > 64 * 1024;
        return client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static async Task ProblemAsync(HttpResponseMessage response, HttpStatusCode status, string sentence)
    {
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        response.StatusCode.ShouldBe(status, text);
        response.Content.Headers.ContentType?.MediaType.ShouldBe("application/problem+json");
        var problem = JsonDocument.Parse(text).RootElement;
        problem.GetProperty("status").GetInt32().ShouldBe((int)status);
        problem.GetProperty("type").GetString().ShouldStartWith("/problems/");
        var detail = problem.GetProperty("detail").GetString()!;
        detail.ShouldContain(sentence, Case.Sensitive);
        detail.ShouldNotBeEmpty();
        detail.ShouldNotContain("DbSwitch.App", Case.Sensitive, "Our classes' names mean nothing to who asks.");
        response.Dispose();
    }
}
