using System.Text.Json;
using DbSwitch.Tests.Http;

namespace DbSwitch.Tests.CommandLine;

/// <summary>What <c>--json</c> prints has the schema that the API's description gives it, as docs/command-line.md says.</summary>
public sealed class JsonOutputTests
{
    [Fact]
    public async Task Every_command_prints_what_its_schema_says()
    {
        await using var scene = await TcpScene.CompanionStartedAsync();
        using var socket = scene.Manager.OverSocket();
        var schema = new ApiSchema(JsonDocument.Parse(await socket.GetStringAsync("/openapi/v1.json", TestContext.Current.CancellationToken)).RootElement);

        foreach (var (one, arguments) in ((string, string[])[])
        [
            ("OutcomeView", ["select", "backend-db2", "--dry-run"]),
            ("OutcomeView", ["select", "backend-db2"]),
            ("SwitchView", ["wait", "backend-db2"]),
            ("MessageView", ["hold", "--for", "30s"]),
            ("MessageView", ["release"]),
            ("MessageView", ["pause"]),
            ("MessageView", ["resume"]),
            ("MessageView", ["reload"]),
            ("MessageView", ["leave"]),
            ("CommandAnswer", ["api", "show info"]),
            ("[SwitchView]", ["status"]),
            ("[SwitchView]", ["status", "--switch", "orders"]),
            ("[TargetView]", ["targets"]),
            ("[ProxyView]", ["proxies"]),
            ("[SwitchoverView]", ["history"]),
            ("[FindingView]", ["doctor"]),
        ])
        {
            var output = (await scene.Manager.RunAsync([.. arguments, "--json"])).Output;
            var items = one[0] == '[' ? [.. JsonDocument.Parse(output).RootElement.EnumerateArray().Select(e => e.GetRawText())] : new[] { output };
            foreach (var item in items)
            {
                schema.Check(one.Trim('[', ']'), item);
            }
        }
    }
}
