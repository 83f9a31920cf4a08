using System.Diagnostics;
using System.Globalization;
using DbSwitch.Testing;

namespace DbSwitch.Benchmarks;

/// <summary>The executable as its users meet it: how soon a command answers, and what an idle manager costs.</summary>
internal static class ExecutableBenchmarks
{
    private const int Runs = 15;
    private static readonly TimeSpan WarmUp = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan Watched = TimeSpan.FromMinutes(1);

    public static async Task StatusAsync()
    {
        Figures.Header("The command line, as whole processes (aim: status below 150)");
        await using var haproxy = await RealHaproxy.StartAsync(HaproxyVersions.Names[0]);
        using var manager = await ServeAsync(haproxy);
        foreach (var arguments in new[] { "status", "status --json", "--help" })
        {
            var figures = new Figures("dbswitch " + arguments);
            for (var run = 0; run < Runs; run++)
            {
                var watch = Stopwatch.StartNew();
                using var process = Process.Start(new ProcessStartInfo(Executable, [.. arguments.Split(' '), "--config", manager.Configuration]) { RedirectStandardOutput = true })!;
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
        using var manager = await ServeAsync(haproxy);
        await Task.Delay(WarmUp);
        manager.Process.Refresh();
        var before = manager.Process.TotalProcessorTime;
        await Task.Delay(Watched);
        manager.Process.Refresh();
        var used = manager.Process.TotalProcessorTime - before;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {used / Watched * 100:0.00} % of a core, {manager.Process.WorkingSet64 / 1e6:0} MB resident"));
    }

    private static string Executable => Environment.GetEnvironmentVariable("DBSWITCH") ?? throw new InvalidOperationException("Run this through ./bench, which says where the executable is (DBSWITCH).");

    private static async Task<Served> ServeAsync(RealHaproxy haproxy)
    {
        var folder = Directory.CreateTempSubdirectory("dbsw-").FullName;
        var configuration = Path.Combine(folder, "dbswitch.yaml");
        await File.WriteAllTextAsync(configuration, $$"""
            state: state.db
            listen: { unix: s.sock }
            proxies: { p: { api: "{{haproxy.ApiEndpoint}}" } }
            switches:
              orders:
                backend: db_servers
                proxies: [p]
                targets: { db1: { address: "127.0.0.1:1" }, db2: { address: "127.0.0.1:2" } }
                initial: db1
            """);
        var process = Process.Start(new ProcessStartInfo(Executable, ["serve", "--config", configuration]) { RedirectStandardOutput = true })!;
        while (await process.StandardOutput.ReadLineAsync() is { } line && !line.Contains("ready:", StringComparison.Ordinal))
        {
        }

        return new Served(process, configuration, folder);
    }

    private sealed record Served(Process Process, string Configuration, string Folder) : IDisposable
    {
        public void Dispose()
        {
            Process.Kill();
            Process.WaitForExit();
            Process.Dispose();
            Directory.Delete(Folder, recursive: true);
        }
    }
}
