using System.Diagnostics;

namespace HaproxyRuntime.Tests.Package;

/// <summary>Runs the SDK, or a program that it built, to its end.</summary>
internal static class Dotnet
{
    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(5);

    /// <summary>The configuration that the tests were built with, and with them what they test: artifacts/bin/PROJECT/release.</summary>
    public static string Configuration { get; } = new DirectoryInfo(AppContext.BaseDirectory).Name;

    /// <summary>A program of this checkout.</summary>
    public static string Built(string project) => Path.Combine(Checkout.Root, "artifacts", "bin", project, Configuration, project + ".dll");

    public static async Task<(int ExitCode, string Output)> TryAsync(string folder, params string[] arguments)
    {
        using var process = Start(folder, arguments);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        deadline.CancelAfter(s_longest);
        try
        {
            var (output, error) = (process.StandardOutput.ReadToEndAsync(deadline.Token), process.StandardError.ReadToEndAsync(deadline.Token));
            await process.WaitForExitAsync(deadline.Token);
            return (process.ExitCode, await output + await error);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    /// <summary>What it printed; it has to succeed.</summary>
    public static async Task<string> RunAsync(string folder, params string[] arguments)
    {
        var (exitCode, output) = await TryAsync(folder, arguments);
        exitCode.ShouldBe(0, $"dotnet {string.Join(' ', arguments)}\n{output}");
        return output;
    }

    public static Process Start(string folder, params string[] arguments)
    {
        var host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var start = new ProcessStartInfo(host, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };

        // No build server may outlive the test, and nothing of the build that the tests run in may reach the one they start.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment["DOTNET_NOLOGO"] = "1";
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("MSBuild", StringComparison.Ordinal) || name is "VSTEST_HOST_DEBUG").ToList())
        {
            start.Environment.Remove(name);
        }

        return Process.Start(start)!;
    }
}
