using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using Xunit;

namespace DbSwitch.Testing;

/// <summary>
/// A real Docker engine of the tests' own (tests/Testing/Docker/engine), with stand-ins for the base images that our Dockerfiles ask for.
/// It and every container end with the tests, even when they are killed.
/// </summary>
public sealed class DockerEngine : IAsyncDisposable
{
    private static readonly string s_scripts = Path.Combine(Checkout.Root, "tests", "Testing", "Docker");
    private static readonly string s_client = Path.Combine(Checkout.Root, "artifacts", "docker");

    private readonly string _folder;
    private readonly GuardedProcess _process;

    private DockerEngine(string folder, GuardedProcess process) => (_folder, _process) = (folder, process);

    private int Init => int.Parse(File.ReadAllText(Path.Combine(_folder, "init.pid")), CultureInfo.InvariantCulture);

    /// <summary>Starts one, without images. Where there can't be one the test is skipped, and fails where CI=true.</summary>
    public static async Task<DockerEngine> StartAsync()
    {
        if (Missing() is { } reason)
        {
            if (Environment.GetEnvironmentVariable("CI") == "true")
            {
                throw new InvalidOperationException(reason);
            }

            Assert.Skip(reason);
        }

        var folder = $"/tmp/dbsw-{RandomNumberGenerator.GetHexString(6, lowercase: true)}";
        Directory.CreateDirectory(folder);
        var engine = new DockerEngine(folder, await GuardedProcess.StartAsync(Path.Combine(folder, "output"), Path.Combine(s_scripts, "engine"), folder));
        try
        {
            await Until.TrueAsync("the Docker engine", async () => (await engine.RunAsync("docker version")).ExitCode == 0, seconds: 30);
            return engine;
        }
        catch (TimeoutException e)
        {
            var output = await File.ReadAllTextAsync(Path.Combine(folder, "output"));
            await engine.DisposeAsync();
            throw new TimeoutException($"{e.Message} It says:\n{output}", e);
        }
    }

    /// <summary>Imports the stand-ins; what they are made of is fetched the first time, which takes a while.</summary>
    /// <param name="which">Names that the script knows; see there.</param>
    public Task ImportAsync(params string[] which) => MustAsync($"{Path.Combine(s_scripts, "stand-ins")} {string.Join(' ', which)}", Checkout.Root);

    /// <summary>A command line, as one types it, with "docker" meaning this engine.</summary>
    /// <param name="command">For bash.</param>
    /// <param name="folder">Where; the checkout's root if null.</param>
    public async Task<(int ExitCode, string Output)> RunAsync(string command, string? folder = null)
    {
        var start = new ProcessStartInfo("timeout", ["--kill-after=1", "900", "bash", "-c", $"docker() {{ command docker --config '{s_client}' \"$@\"; }}; {command}"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? Checkout.Root,
        };

        // The images are built by the engine itself: BuildKit would ask registries, which are not reachable from in there.
        (start.Environment["DOCKER_HOST"], start.Environment["DOCKER_BUILDKIT"]) = ($"unix://{_folder}/docker.sock", "0");
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await error);
    }

    /// <summary>The same; fails, with what it said, when it fails.</summary>
    public async Task<string> MustAsync(string command, string? folder = null)
    {
        var (exitCode, output) = await RunAsync(command, folder);
        return exitCode == 0 ? output : throw new InvalidOperationException($"{command}: exit code {exitCode}.\n{output}");
    }

    /// <summary>A command on the engine's host, as somebody sees it who is logged in there: published ports are on its loopback.</summary>
    public Task<(int ExitCode, string Output)> OnHostAsync(string command) => RunAsync($"nsenter --target {Init} --net --pid --mount -- {command}");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        var init = File.Exists(Path.Combine(_folder, "init.pid")) ? Init : 0;
        await _process.DisposeAsync();
        await Until.TrueAsync("the engine's namespaces to end", () => init == 0 || !LinuxProcess.IsAlive(init));
        Directory.Delete(_folder, recursive: true);
    }

    private static string? Missing()
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
        {
            return "A Docker engine of the tests' own needs Linux and root.";
        }

        var programs = (string[])["dockerd", "docker", "iptables", "nsenter", "unshare"];
        return programs.FirstOrDefault(program => !OnThePath(program)) is { } missing ? $"No Docker engine of the tests' own: {missing} is not installed (on Debian: docker.io, iptables)."
            : !File.Exists(Path.Combine(s_client, "cli-plugins", "docker-compose")) ? "Docker Compose v2 is not here; scripts/get-compose fetches it."
            : null;
    }

    private static bool OnThePath(string program) =>
        $"{Environment.GetEnvironmentVariable("PATH")}:/usr/local/sbin:/usr/sbin:/sbin".Split(':', StringSplitOptions.RemoveEmptyEntries).Any(folder => File.Exists(Path.Combine(folder, program)));
}
