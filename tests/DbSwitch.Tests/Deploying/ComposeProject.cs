using System.Globalization;
using System.Text.Json;

namespace DbSwitch.Tests.Deploying;

/// <summary>A project of deploy/compose on a real engine, by the commands that a page shows. Ended, networks and all, whatever a test did.</summary>
internal sealed class ComposeProject(DockerEngine engine, ShownCommands shown, string file = "docker-compose.yml", string folder = "") : IAsyncDisposable
{
    private string Folder { get; } = Path.Combine(Checkout.Root, "deploy", "compose", folder);

    /// <summary>A command of the page.</summary>
    public Task<string> RunShownAsync(string beginning) => engine.MustAsync(shown.Take(beginning), Folder);

    /// <summary>A command of compose that the page does not show.</summary>
    public Task<string> RunAsync(string command) => engine.MustAsync($"docker compose --ansi never -f {file} {command}", Folder);

    /// <summary>One that may fail.</summary>
    public Task<(int ExitCode, string Output)> TryAsync(string command) => engine.RunAsync($"docker compose --ansi never -f {file} {command}", Folder);

    /// <summary>Whether a command of compose ends well.</summary>
    public async Task<bool> SucceedsAsync(string command) => (await TryAsync(command)).ExitCode == 0;

    /// <summary>One hello through the proxy, as a client in the clients' network sends it.</summary>
    public Task<string> HelloAsync() => RunAsync("exec -T client dbswitch client db-proxy:8320 --once");

    /// <summary>What the client of the project has printed in the last seconds. Compose clears the terminal's line before each, terminal or not.</summary>
    public async Task<IReadOnlyList<string>> ClientSaysAsync(int seconds) =>
        (await RunAsync($"logs --no-log-prefix --since {seconds.ToString(CultureInfo.InvariantCulture)}s client")).Replace("\u001b[2K", "", StringComparison.Ordinal).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    public async Task<JsonElement> InspectAsync(string service)
    {
        var id = (await RunAsync($"ps -a -q {service}")).Trim();
        return JsonDocument.Parse(await engine.MustAsync($"docker inspect {id}")).RootElement[0];
    }

    public async Task<string> AddressAsync(string service, string network) =>
        (await InspectAsync(service)).GetProperty("NetworkSettings").GetProperty("Networks").GetProperty(network).GetProperty("IPAddress").GetString()!;

    public Task UntilHealthyAsync(string service) => Until.TrueAsync(
        $"{service} to be healthy", async () => (await InspectAsync(service)).GetProperty("State").GetProperty("Health").GetProperty("Status").GetString() == "healthy", seconds: 60);

    /// <summary>Until a hello is answered with this; an answer is worth more than what any part says of itself.</summary>
    public Task UntilAnsweredAsync(string prefix) => Until.TrueAsync(
        $"a hello that {prefix} answers",
        async () => (await engine.RunAsync($"docker compose -f {file} exec -T client dbswitch client db-proxy:8320 --once", Folder)).Output.StartsWith(prefix, StringComparison.Ordinal),
        seconds: 30);

    public async ValueTask DisposeAsync()
    {
        await engine.RunAsync($"docker compose -f {file} down --volumes --remove-orphans --timeout 1; docker network prune --force", Folder);
    }
}
