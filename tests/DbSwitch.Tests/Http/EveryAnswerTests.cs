using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;

namespace DbSwitch.Tests.Http;

/// <summary>Every answer that the description has is produced by a real manager, and has the described shape; no answer has another.</summary>
public sealed class EveryAnswerTests
{
    private const string ToDb2 = """{ "target": "backend-db2", "drain": 30 }""";
    private static readonly string TooLong = $$"""{ "reason": "{{new string('x', 70_000)}}" }""";

    private readonly HashSet<(string Operation, int Status)> _produced = [];
    private ApiSchema _schema = null!;
    private HttpClient _client = null!;

    [Fact]
    public async Task Every_described_answer_is_given_as_described()
    {
        await using var scene = await TcpScene.CompanionStartedAsync();
        _client = scene.Manager.OverSocket();
        _schema = new ApiSchema(JsonDocument.Parse(await _client.GetStringAsync("/openapi/v1.json", TestContext.Current.CancellationToken)).RootElement);

        await LookAsync(scene);
        await AskWronglyAsync();
        await SwitchAsync(scene);
        await PauseAndCommandAsync(scene);
        await ReloadAsync(scene);
        await BeNobodyAsync(scene);
        await scene.Haproxy.KillAsync();
        await GiveAsync("sendCommand", 503, """{ "command": "show info" }""", "db-proxy");
        await AskTooOftenAsync(scene);

        // The last four may be the answer to any request: some of them for each operation, all of them for one at least.
        var general = new[] { 401, 403, 429, 503 };
        general.Except(_produced.Select(p => p.Status)).ShouldBeEmpty();
        foreach (var operation in _schema.Operations.Keys)
        {
            _produced.Where(p => p.Operation == operation).Select(p => p.Status).Except(general).ShouldBe(_schema.StatusesOf(operation).Except(general), ignoreOrder: true, customMessage: operation);
        }
    }

    private async Task LookAsync(Scene scene)
    {
        await GiveAsync("listSwitches", 200);
        await GiveAsync("getSwitch", 200, null, "orders");
        await GiveAsync("getSwitch", 404, null, "billing");
        await GiveAsync("listTargets", 200);
        await GiveAsync("listProxies", 200);
        await GiveAsync("doctor", 200);
        await GiveAsync("history", 200, null, "orders");
        await GiveAsync("history", 404, null, "billing");
        await GiveAsync("history", 400, null, "orders", "?limit=many");
        await GiveAsync("getSwitchover", 404, null, "orders");
        await GiveAsync("getCaller", 200);
        await GiveAsync("backup", 200);
        await using var listener = await EventClient.ListenAsync(_client);
        _produced.Add(("listenToEvents", 200));
        (await scene.Manager.RunAsync("select", "backend-db2")).ShouldBe(0);
        (await scene.Manager.RunAsync("select", "backend-db1")).ShouldBe(0);
        await listener.GetAsync("the second end", e => e.Kind == "switchover" && e.Json.GetProperty("id").GetInt64() == 2 && e.Json.GetProperty("ended").ValueKind == JsonValueKind.String);
        foreach (var one in listener.Received)
        {
            _schema.Check(one.Kind switch { "switch" => "SwitchView", "switchover" => "SwitchoverView", "log" => "LogView", _ => "MessageView" }, one.Data);
        }
    }

    private async Task AskWronglyAsync()
    {
        foreach (var (operation, name, good) in new[] { ("startSwitchover", "orders", """{ "none": true }"""), ("pause", "orders", "{}"), ("hold", "orders", """{ "for": 1 }"""), ("sendCommand", "db-proxy", """{ "command": "show info" }""") })
        {
            await GiveAsync(operation, 400, "nonsense", name);
            await GiveAsync(operation, 413, TooLong, name);
            await GiveAsync(operation, 415, "{}", name, type: "text/plain");
            await GiveAsync(operation, 404, good, "billing");
        }

        await GiveAsync("release", 404, null, "billing");
        await GiveAsync("resume", 404, null, "billing");
        await GiveAsync("releaseProxy", 404, null, "billing");
        await GiveAsync("releaseProxy", 422, null, "orders", proxy: "nowhere");
        await GiveAsync("startSwitchover", 422, """{ "target": "backend-db3" }""", "orders");
        await GiveAsync("startSwitchover", 409, """{ "target": "backend-db2", "ifGeneration": 99 }""", "orders");
        await GiveAsync("sendCommand", 409, """{ "command": "disable server db_servers/x" }""", "db-proxy");
        await GiveAsync("abortSwitchover", 404, null, "orders");
        await GiveAsync("abortSwitchover", 409, null, "orders", id: 1);
    }

    private async Task SwitchAsync(Scene scene)
    {
        using var open = new DbClient(scene.Haproxy.ClientPort);
        (await open.AskAsync("hello")).Line.ShouldBe("db1 hello");
        await GiveAsync("startSwitchover", 202, ToDb2, "orders");
        await GiveAsync("getSwitchover", 200, null, "orders", id: 3);
        await GiveAsync("release", 409, null, "orders");
        await GiveAsync("resume", 409, null, "orders");
        await GiveAsync("releaseProxy", 409, null, "orders");
        await GiveAsync("abortSwitchover", 200, null, "orders", id: 3);
        await GiveAsync("startSwitchover", 200, """{ "target": "backend-db1" }""", "orders", "?wait=10s");
        await GiveAsync("startSwitchover", 200, """{ "target": "backend-db2", "dryRun": true }""", "orders");
    }

    private async Task PauseAndCommandAsync(Scene scene)
    {
        await GiveAsync("pause", 200, """{ "reason": "by hand" }""", "orders");
        await GiveAsync("getSwitch", 200, null, "orders");
        await GiveAsync("hold", 409, """{ "for": 30 }""", "orders");
        await GiveAsync("resume", 200, null, "orders");
        await GiveAsync("hold", 200, """{ "for": 30, "reason": "a restart" }""", "orders");
        await GiveAsync("pause", 409, "{}", "orders");
        await GiveAsync("getSwitch", 200, null, "orders");
        await GiveAsync("release", 200, null, "orders");
        await GiveAsync("releaseProxy", 200, null, "orders");
        await GiveAsync("sendCommand", 200, """{ "command": "show info" }""", "db-proxy");
        (await scene.AnswersAsync()).ShouldBe("db1");
    }

    private async Task ReloadAsync(Scene scene)
    {
        var good = await File.ReadAllTextAsync(scene.Manager.ConfigurationFile, TestContext.Current.CancellationToken);
        foreach (var (status, text) in new[] { (422, good + "nonsense: true\n"), (409, good.Replace("backend: db_servers", "backend: others", StringComparison.Ordinal)), (200, good) })
        {
            await File.WriteAllTextAsync(scene.Manager.ConfigurationFile, text, TestContext.Current.CancellationToken);
            await GiveAsync("reload", status);
        }
    }

    /// <summary>Over TCP: with an unknown token, and by a name that is not ours.</summary>
    private async Task BeNobodyAsync(Scene scene)
    {
        var local = _client;
        _client = scene.Manager.OverTcp();
        foreach (var (operation, (method, _)) in _schema.Operations)
        {
            await GiveAsync(operation, 401, method == HttpMethod.Post ? "{}" : null, "orders", change: r => r.As("dbsw_wrong"));
            await GiveAsync(operation, 403, method == HttpMethod.Post ? "{}" : null, "orders", change: r => r.With("Host", "evil.example"));
        }

        (await scene.AnswersAsync()).ShouldBe("db1");
        _client = local;
    }

    private async Task AskTooOftenAsync(Scene scene)
    {
        _client = scene.Manager.OverTcp();
        await Until.TrueAsync("too many requests", async () =>
        {
            var all = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => _client.GetAsync("/api/v1/switches", TestContext.Current.CancellationToken)));
            if (all.FirstOrDefault(r => r.StatusCode == HttpStatusCode.TooManyRequests) is not { } refused)
            {
                return false;
            }

            _schema.Check("listSwitches", 429, refused.Content.Headers.ContentType!.MediaType!, await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            _produced.Add(("listSwitches", 429));
            return true;
        }, 30);
    }

    private async Task GiveAsync(string operation, int status, string? body = null, string name = "orders", string query = "", long id = 99, string type = "application/json", string proxy = "db-proxy", Func<HttpRequestMessage, HttpRequestMessage>? change = null)
    {
        var (method, path) = _schema.Operations[operation];
        using var request = new HttpRequestMessage(method, path.Replace("{name}", name, StringComparison.Ordinal).Replace("{proxy}", proxy, StringComparison.Ordinal).Replace("{id}", id.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal) + query);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, type);
            request.Headers.ExpectContinue = body.Length > 64 * 1024;
        }

        using var response = await _client.SendAsync(change is null ? request : change(request), TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        ((int)response.StatusCode).ShouldBe(status, $"{operation}: {text}");
        _schema.Check(operation, status, response.Content.Headers.ContentType!.MediaType!, text);
        _produced.Add((operation, status));
    }
}
