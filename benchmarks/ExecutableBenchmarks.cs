using System.Diagnostics;
using System.Globalization;

namespace DbSwitch.Benchmarks;

/// <summary>The executable as its users meet it: how soon a command answers, and what an idle manager costs.</summary>
internal static class ExecutableBenchmarks
{
    private const int Runs = 15;
    private static readonly TimeSpan WarmUp = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Watched = TimeSpan.FromMinutes(1);

    public static async Task StatusAsync()
    {
        Figures.Header("The command line, as whole processes (aim: status below 150, with --json below 100)");
        await using var haproxy = await RealHaproxy.StartAsync(HaproxyVersions.Names[0]);
        using var manager = await ServedManager.StartAsync(haproxy);
        foreach (var arguments in new[] { "status", "status --json", "--help" })
        {
            var figures = new Figures("dbswitch " + arguments);
            for (var run = 0; run < Runs; run++)
            {
                var watch = Stopwatch.StartNew();
                using var process = Process.Start(new ProcessStartInfo(ServedManager.Executable, [.. arguments.Split(' '), "--config", manager.Configuration]) { RedirectStandardOutput = true })!;
                await process.StandardOutput.ReadToEndAsync();
                await process.WaitForExitAsync();
                figures.Add(watch.Elapsed);
            }

            figures.Show();
        }
    }

    public static async Task IdleAsync()
    {
        Console.WriteLine($"{Environment.NewLine}An idle manager with one proxy, after {WarmUp.TotalMinutes:0} minutes (aim: below 0.5 % of a core and 100 MB)");
        await using var haproxy = await RealHaproxy.StartAsync(HaproxyVersions.Names[0]);
        using var manager = await ServedManager.StartAsync(haproxy);
        await Task.Delay(WarmUp);
        var used = await manager.CostAsync(Watched);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {used:0.00} % of a core, {manager.Megabytes:0} MB resident"));
    }
}
