using System.Diagnostics;
using System.Text.Json;
using DbSwitch.App.Http;
using DbSwitch.App.Logging;
using DbSwitch.Configuration.Loading;
using DbSwitch.Databases.Kinds;
using DbSwitch.Managing;
using DbSwitch.Storage;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

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

    /// <summary>What is served is a file of the sources: it must be what the routes are.</summary>
    [Fact]
    public async Task The_description_is_what_the_routes_say()
    {
        var kept = Path.Combine(Checkout.Root, "src", "DbSwitch.App", "Http", "OpenApi", "v1.json");
        var made = Path.Combine(Checkout.Root, "artifacts", "openapi-v1.json");
        await File.WriteAllTextAsync(made, await MadeOfRoutesAsync(), TestContext.Current.CancellationToken);

        // Not the two texts beside each other: they are long.
        var same = (await File.ReadAllTextAsync(kept, TestContext.Current.CancellationToken)) == (await File.ReadAllTextAsync(made, TestContext.Current.CancellationToken));
        same.ShouldBeTrue("The routes have changed, or what they say of themselves. If that is meant: cp artifacts/openapi-v1.json src/DbSwitch.App/Http/OpenApi/v1.json");
    }

    [Fact]
    public async Task The_description_is_served_as_it_is()
    {
        await using var manager = await TcpScene.WithoutProxyAsync();
        using var socket = manager.OverSocket();

        using var answer = await socket.GetAsync("/openapi/v1.json", TestContext.Current.CancellationToken);

        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/json");
        (await answer.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken))
            .ShouldBe(await File.ReadAllBytesAsync(Path.Combine(Checkout.Root, "src", "DbSwitch.App", "Http", "OpenApi", "v1.json"), TestContext.Current.CancellationToken));
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

    /// <summary>By ASP.NET Core, which asks the routes of a server that nobody else asks for anything.</summary>
    private static async Task<string> MadeOfRoutesAsync()
    {
        var folder = Directory.CreateTempSubdirectory("dbso-").FullName;
        try
        {
            var file = Path.Combine(folder, "dbswitch.yaml");
            await File.WriteAllTextAsync(file, TcpScene.Configuration(FreePort.Take()).Text(folder), TestContext.Current.CancellationToken);
            var configuration = ConfigurationFile.Load(file, _ => null, DatabaseKinds.Known.Binders).Configuration!;
            await using var store = SqliteStore.Open(configuration.StateFile);
            await using var web = ApiServer.Build(configuration, null, LogForm.ForOutput(), store, new TaskCompletionSource<Manager>().Task, services => services.AddOpenApi("v1", ApiDocument.Describe));
            await web.StartAsync(TestContext.Current.CancellationToken);
            var document = await web.Services.GetRequiredKeyedService<IOpenApiDocumentProvider>("v1").GetOpenApiDocumentAsync(TestContext.Current.CancellationToken);
            return await document.SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_1, TestContext.Current.CancellationToken) + "\n";
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
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
