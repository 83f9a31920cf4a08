using System.Text.Json;
using System.Text.RegularExpressions;
using DbSwitch.App.Contracts;
using DbSwitch.Tests.Deploying;

namespace DbSwitch.Tests.Http;

/// <summary>docs/api.md: its commands do what it says, and its tables have what the API has.</summary>
public sealed partial class DocumentationTests
{
    [Fact]
    public async Task Every_command_on_the_page_is_run()
    {
        await using var scene = await Scene.PreparedAsync();
        scene.Manager.Configure(scene.Manager.Configuration.With("orders", scene.Orders("db-proxy") with { Initial = "backend-db1" }) with { Listen = ["tokens: tokens"], Http = FreePort.Take() });
        await scene.Manager.StartAsync();
        await scene.Manager.HealthyAsync();
        var shown = new ShownCommands("api.md");

        JsonDocument.Parse(await RunAsync(scene, shown.Take("curl --unix-socket /run/dbswitch/dbswitch.sock http://localhost/api/v1/switches/orders"))).RootElement.GetProperty("name").GetString().ShouldBe("orders");
        var selected = JsonDocument.Parse(await RunAsync(scene, shown.Take("curl --unix-socket /run/dbswitch/dbswitch.sock -H "))).RootElement;
        selected.GetProperty("outcome").GetString().ShouldBe("succeeded");
        (await RunAsync(scene, shown.Take("curl -N") + " --max-time 2 || true")).ShouldContain("event: switch\ndata: {\"name\":\"orders\"");
        (await RunAsync(scene, shown.Take("dbswitch token add"))).Trim().ShouldNotBeEmpty();
        (await RunAsync(scene, shown.Take("dbswitch token list"))).ShouldContain("ann");
        await RunAsync(scene, shown.Take("dbswitch token revoke"));
        shown.NoneShouldBeLeft();
    }

    [Fact]
    public void Every_key_of_a_switchovers_body_has_its_row()
    {
        var page = File.ReadAllText(Path.Combine(Checkout.Root, "docs", "api.md"));
        var table = page[page.IndexOf("| in the body |", StringComparison.Ordinal)..page.IndexOf("A body is taken literally", StringComparison.Ordinal)];

        Row().Matches(table).SelectMany(r => r.Groups[1].Value.Split(',')).Select(k => Key().Match(k).Groups[1].Value)
            .ShouldBe(typeof(SwitchoverBody).GetProperties().Select(p => JsonNamingPolicy.CamelCase.ConvertName(p.Name)), ignoreOrder: true);
    }

    private static Task<string> RunAsync(Scene scene, string command) => Shell.RunAsync("bash", "-c", command
        .Replace("/run/dbswitch/dbswitch.sock", scene.Manager.Socket, StringComparison.Ordinal)
        .Replace("dbswitch token ", $"{Dbswitch.Path} token --config {scene.Manager.ConfigurationFile} ", StringComparison.Ordinal));

    [GeneratedRegex(@"^\| (`.*?) \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex("`([A-Za-z]+)")]
    private static partial Regex Key();
}
