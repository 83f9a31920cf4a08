using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace DbSwitch.Tests.Simulation;

/// <summary>The simulation in a process of its own, since it needs a thread pool of one thread.</summary>
internal static partial class SimulationRun
{
    /// <summary>Runs seeds, in two processes when they are many.</summary>
    /// <returns>What they said of the first that failed; empty when none did.</returns>
    public static async Task<string> FailuresAsync(int first, int count)
    {
        var half = count / 2;
        var ends = await Task.WhenAll(RunAsync(first, half), RunAsync(first + half, count - half));
        return string.Join("\n", ends.Where(e => e.ExitCode != 0).Select(e => e.Output));
    }

    /// <summary>A digest of all that happened in these seeds.</summary>
    public static async Task<string> DigestAsync(int first, int count) => (await RunAsync(first, count, "None", "--digest")).Output;

    /// <summary>The first seed that finds a flaw; null when none of so many does.</summary>
    public static async Task<(int Seed, string What)?> FirstFoundAsync(DbSwitch.Simulation.Flaw flaw, int count)
    {
        var found = Seed().Match((await RunAsync(1, count, flaw.ToString())).Output);
        return found.Success ? (int.Parse(found.Groups[1].Value, CultureInfo.InvariantCulture), found.Groups[2].Value) : null;
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(int first, int count, params string[] more)
    {
        using var process = Process.Start(new ProcessStartInfo("dotnet", [typeof(DbSwitch.Simulation.Flaw).Assembly.Location, first.ToString(CultureInfo.InvariantCulture), count.ToString(CultureInfo.InvariantCulture), .. more])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            return (process.ExitCode, await output + await errors);
        }
        finally
        {
            process.Kill();
        }
    }

    [GeneratedRegex("^seed ([0-9]+): (.*)", RegexOptions.Multiline)]
    private static partial Regex Seed();
}
