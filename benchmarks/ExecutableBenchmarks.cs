using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace DbSwitch.Benchmarks;

/// <summary>The executable as its users meet it, the native one beside the one that needs .NET: how soon it answers, and what an idle manager costs.</summary>
internal static class ExecutableBenchmarks
{
    private const int Runs = 25;
    private const int Starts = 7;
    private const int Switches = 100;
    private const int LastOnes = 20;
    private static readonly TimeSpan WarmUp = TimeSpan.FromMinutes(9);
    private static readonly TimeSpan Watched = TimeSpan.FromMinutes(1);

    public static async Task StatusAsync()
    {
        Figures.Header("The command line, as whole processes (aim, native: status 25, --help and completion 15)");
        await using var haproxy = await RealHaproxy.StartAsync(HaproxyVersions.Names[0]);
        using var manager = await ServedManager.StartAsync(haproxy);
        var figures = (
            from arguments in new[] { $"status --config {manager.Configuration}", $"status --json --config {manager.Configuration}", "--help", "complete -- dbswitch st" }
            from build in Build.All
            select (Build: build, Arguments: arguments, Figures: new Figures($"{build.Name}: dbswitch {arguments.Split(" --config")[0]}"))).ToList();

        // By turns: what else the machine does meets all of them.
        for (var run = 0; run < Runs; run++)
        {
            foreach (var one in figures)
            {
                var watch = Stopwatch.StartNew();
                using var process = Process.Start(new ProcessStartInfo(one.Build.Path, one.Arguments.Split(' ')) { RedirectStandardOutput = true })!;
                await process.StandardOutput.ReadToEndAsync();
                await process.WaitForExitAsync();
                one.Figures.Add(watch.Elapsed);
            }
        }

        figures.ForEach(one => one.Figures.Show());
        await StartsAsync();
    }

    public static async Task IdleAsync()
    {
        Console.WriteLine($"{Environment.NewLine}An idle manager with one switch and one proxy, after {(WarmUp + Watched).TotalMinutes:0} minutes, side by side (aim, native: at most 0.3 % of a core and 60 MB)");
        var managers = new List<(Build Build, RealHaproxy Haproxy, ServedManager Manager)>();
        foreach (var build in Build.All)
        {
            var haproxy = await RealHaproxy.StartAsync(HaproxyVersions.Names[0]);
            managers.Add((build, haproxy, await ServedManager.StartAsync(haproxy, build)));
        }

        await Task.Delay(WarmUp);
        var used = await Task.WhenAll(managers.Select(m => m.Manager.CostAsync(Watched)));
        foreach (var ((build, haproxy, manager), cost) in managers.Zip(used))
        {
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {build.Name}: {cost:0.00} % of a core, {manager.Megabytes:0} MB resident"));
            manager.Dispose();
            await haproxy.DisposeAsync();
        }
    }

    /// <summary>From a start to the first answer, and whether the first switchover after it is as fast as the hundredth.</summary>
    private static async Task StartsAsync()
    {
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        Figures.Header("From the start of serve to its first answer (aim, native: 300), and its switchovers");
        foreach (var build in Build.All)
        {
            var (answer, first, last) = (new Figures($"{build.Name}: to the first answer"), new Figures($"{build.Name}: the first switchover"), new Figures($"{build.Name}: switchovers {Switches - LastOnes + 1} to {Switches}"));
            for (var start = 0; start < Starts; start++)
            {
                await using var haproxy = await RealHaproxy.StartAsync(HaproxyVersions.Names[0]);
                using var manager = await ServedManager.StartAsync(haproxy, build, ($"{db1.HostPort}", $"{db2.HostPort}"));
                using var http = manager.Client();
                answer.Add(manager.ToFirstAnswer);
                first.Add(await SwitchAsync(http, "db2"));

                // The many once only: they take long.
                for (var i = 2; start == 0 && i <= Switches; i++)
                {
                    var took = await SwitchAsync(http, i % 2 == 0 ? "db1" : "db2");
                    if (i > Switches - LastOnes)
                    {
                        last.Add(took);
                    }
                }
            }

            answer.Show();
            first.Show(string.Create(CultureInfo.InvariantCulture, $"({first.Median / last.Median:0.0} times the last ones; aim, native: at most 1.5)"));
            last.Show();
        }
    }

    /// <summary>What the manager itself says that it took.</summary>
    private static async Task<TimeSpan> SwitchAsync(HttpClient http, string target)
    {
        using var body = new StringContent($$"""{ "target": "{{target}}" }""", System.Text.Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync("/api/v1/switches/orders/switchovers?wait=60s", body);
        answer.EnsureSuccessStatusCode();
        using var read = JsonDocument.Parse(await answer.Content.ReadAsStreamAsync());
        return TimeSpan.FromMilliseconds(read.RootElement.GetProperty("switchover").GetProperty("report").GetProperty("milliseconds").GetDouble());
    }
}
