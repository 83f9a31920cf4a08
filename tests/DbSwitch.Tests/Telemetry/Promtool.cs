using System.Diagnostics;

namespace DbSwitch.Tests.Telemetry;

/// <summary>Prometheus' own checker: installed, or from scripts/get-promtool. Where it is missing a test is skipped, and fails where CI=true.</summary>
internal static class Promtool
{
    private static readonly string[] Folders = [Path.Combine(Checkout.Root, "artifacts", "promtool"), .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')];

    /// <summary>Runs it, and expects that it finds nothing wrong.</summary>
    /// <returns>What it said.</returns>
    public static async Task<string> IsContentAsync(string? input, string folder, params string[] arguments)
    {
        var program = Folders.Select(f => Path.Combine(f, "promtool")).FirstOrDefault(File.Exists);
        Assert.SkipUnless(program is not null || Environment.GetEnvironmentVariable("CI") == "true", "promtool is missing: scripts/get-promtool fetches it.");
        using var process = Process.Start(new ProcessStartInfo(program ?? "promtool", arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder })!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken), process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken));
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        var said = await output + await error;
        process.ExitCode.ShouldBe(0, said);
        return said;
    }
}
