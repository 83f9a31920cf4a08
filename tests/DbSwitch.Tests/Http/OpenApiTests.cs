using System.Diagnostics;
using System.Text.Json;

namespace DbSwitch.Tests.Http;

/// <summary>The API's description for programs: a client generator of others takes it, and a program that uses what it made compiles.</summary>
public sealed class OpenApiTests
{
    private const string Program =
        """
        import type { components, paths } from "./api";

        type Switches = paths["/api/v1/switches"]["get"]["responses"][200]["content"]["application/json"];
        export function whereDoClientsGo(switches: Switches): Record<string, string | null> {
            return Object.fromEntries(switches.map(s => [s.name, s.selection?.target ?? null]));
        }

        type Select = paths["/api/v1/switches/{name}/switchovers"]["post"];
        export const headers: Select["parameters"]["header"] = { "Idempotency-Key": "one" };
        export const asked: Partial<components["schemas"]["SwitchoverBody"]> = { target: "db2", ifGeneration: 7 };
        export function why(conflict: Select["responses"][409]["content"]["application/problem+json"]): string {
            return `${conflict.type}: ${conflict.detail} (${conflict.current?.selection?.target})`;
        }

        export function isOver(event: components["schemas"]["SwitchoverView"]): boolean {
            return event.phase == null;
        }

        """;

    [Fact]
    public async Task The_description_names_what_routes_cannot_say()
    {
        await using var manager = await TcpScene.WithoutProxyAsync();
        using var socket = manager.OverSocket();

        var document = JsonDocument.Parse(await socket.GetStringAsync("/openapi/v1.json", TestContext.Current.CancellationToken)).RootElement;

        document.GetProperty("openapi").GetString().ShouldStartWith("3.1.");
        document.GetProperty("servers")[0].GetProperty("url").GetString().ShouldBe("/");
        document.GetProperty("components").GetProperty("securitySchemes").GetProperty("bearer").GetProperty("scheme").GetString().ShouldBe("bearer");
        var events = document.GetProperty("paths").GetProperty("/api/v1/events").GetProperty("get");
        events.GetProperty("responses").GetProperty("200").GetProperty("content").GetProperty("text/event-stream").GetProperty("schema").GetProperty("description").GetString()!.ShouldContain("switchover (SwitchoverView)");
        events.GetProperty("parameters").EnumerateArray().ShouldContain(p => p.GetProperty("name").GetString() == "Last-Event-ID");
        var ids = document.GetProperty("paths").EnumerateObject().SelectMany(p => p.Value.EnumerateObject()).Select(o => o.Value.GetProperty("operationId").GetString()).ToList();
        ids.ShouldBeUnique();
    }

    [Fact, Trait("Category", "Slow")]
    public async Task A_client_generator_takes_it_and_what_it_makes_compiles()
    {
        RequireNpm();
        await using var manager = await TcpScene.WithoutProxyAsync();
        using var socket = manager.OverSocket();
        var folder = Path.Combine(Checkout.Root, "artifacts", "openapi-client");
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "api.json"), await socket.GetStringAsync("/openapi/v1.json", TestContext.Current.CancellationToken), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(folder, "program.ts"), Program, TestContext.Current.CancellationToken);

        await RunAsync(folder, "npm", "install", "--no-save", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", folder, "openapi-typescript@7.13.0", "typescript@5.9.3");
        await RunAsync(folder, "node_modules/.bin/openapi-typescript", "api.json", "-o", "api.ts");
        await RunAsync(folder, "node_modules/.bin/tsc", "--noEmit", "--strict", "--target", "es2022", "--lib", "es2022", "program.ts");
    }

    private static void RequireNpm()
    {
        var found = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, "npm")));
        Assert.SkipUnless(found || Environment.GetEnvironmentVariable("CI") == "true", "npm is not installed (on Debian: apt-get install npm), and the client generator comes from there.");
    }

    private static async Task RunAsync(string folder, string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("timeout", ["120", program, .. arguments]) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        process.ExitCode.ShouldBe(0, $"{program}: {output}{await error}");
    }
}
