using System.Diagnostics;
using System.Globalization;
using HaproxyRuntime;

namespace DbSwitch.Benchmarks;

/// <summary>The library alone: how fast long answers become values, and what a command costs beside a bare socket that does the least that can be done.</summary>
internal static class LibraryBenchmark
{
    private const int Servers = 10_000;
    private const int Parses = 30;
    private const int Rounds = 4_000;
    private const int OneShotRounds = 1_000;

    // The ratio is taken of so many rounds at a time, and its median shown: what befalls the machine in between spoils a few of them only.
    private const int Block = 100;

    // What runs often is compiled anew in the background, and faster then.
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(1);

    public static async Task RunAsync()
    {
        await ParseAsync();
        foreach (var version in HaproxyVersions.Names)
        {
            await RoundTripsAsync(version);
        }
    }

    private static async Task ParseAsync()
    {
        const string Version = "3.2";
        await using var haproxy = await RealHaproxy.StartAsync(Version, new RealHaproxyOptions
        {
            Backend = [.. Enumerable.Range(1, Servers).Select(i => string.Create(CultureInfo.InvariantCulture, $"server s{i} 10.{i >> 16}.{(i >> 8) & 255}.{i & 255}:5432 disabled"))],
        });
        var client = new RuntimeClient(haproxy.ApiEndpoint);
        Figures.Header($"HAProxy {Version}'s answers about {Servers:N0} servers, read into values");
        var states = await client.ExecuteAsync(RuntimeCommand.ShowServersState("db_servers"));
        var statistics = await client.ExecuteAsync(RuntimeCommand.ShowStatistics);
        var connections = await client.ExecuteAsync(RuntimeCommand.ShowServerConnections("db_servers"));
        var own = await client.ExecuteAsync(RuntimeCommand.ShowSessions);
        var sessions = string.Concat(Enumerable.Repeat(own.Split('\n')[0] + "\n", Servers));
        Parse("show servers state", states, ServerState.ParseAll);
        Parse("show servers conn", connections, ServerConnections.ParseAll);
        Parse("show stat", statistics, ProxyStatistics.ParseAll);
        Parse("show sess, as many sessions", sessions, SessionState.ParseAll);
        Parse("for scale: show servers state, only split at line feeds and spaces", states, text => text.Split('\n').Select(line => line.Split(' ')).ToList());
    }

    private static void Parse<T>(string name, string answer, Func<string, IReadOnlyList<T>> parse)
    {
        var figures = new Figures($"{name}: {answer.Length / 1e6:0.0} MB", "ms");
        long allocated = 0;
        for (var run = 0; run < Parses; run++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var watch = Stopwatch.StartNew();
            var values = parse(answer);
            figures.Add(watch.Elapsed);
            allocated = (GC.GetAllocatedBytesForCurrentThread() - before) / values.Count;
        }

        figures.Show($"{allocated,7:N0} bytes each");
    }

    private static async Task RoundTripsAsync(string version)
    {
        Figures.Header($"HAProxy {version}, one command after the other (aim: a session's median at most 1.2 times the bare socket's)", "µs");

        // One thread: which of several a connection is given to makes a greater difference than what is measured.
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { Global = ["nbthread 1"] });
        var path = ((RuntimeEndpoint.Unix)haproxy.ApiEndpoint).Path;
        await using var session = await RuntimeSession.OpenAsync(haproxy.ApiEndpoint);
        using var bare = await BareSession.OpenAsync(path);
        var client = new RuntimeClient(haproxy.ApiEndpoint);
        foreach (var command in (RuntimeCommand[])[RuntimeCommand.ShowVersion, RuntimeCommand.ShowInfo])
        {
            await CompareAsync(command.Text + ", kept open", Rounds, () => bare.AskAsync(command.Text), () => session.ExecuteAsync(command));
            await CompareAsync(command.Text + ", a connection each", OneShotRounds, () => BareSession.AskOnceAsync(path, command.Text), () => client.ExecuteAsync(command));
        }
    }

    /// <summary>Taken in turns, so that whatever the machine does meanwhile befalls both.</summary>
    private static async Task CompareAsync(string name, int rounds, Func<Task<string>> bare, Func<Task<string>> ours)
    {
        var ratios = new List<double>();
        var (bareBlock, ourBlock) = (new Figures("", "µs"), new Figures("", "µs"));
        var (bareFigures, ourFigures) = (new Figures(name + ": bare socket", "µs"), new Figures(name + ": HaproxyRuntime", "µs"));
        for (var warmUp = Stopwatch.StartNew(); warmUp.Elapsed < s_warmUp;)
        {
            await bare();
            await ours();
        }

        for (var round = 0; round < rounds; round++)
        {
            var (first, second) = round % 2 == 0 ? (bare, ours) : (ours, bare);
            var watch = Stopwatch.StartNew();
            await first();
            var one = watch.Elapsed;
            watch.Restart();
            await second();
            var other = watch.Elapsed;

            var (bareTime, ourTime) = round % 2 == 0 ? (one, other) : (other, one);
            bareFigures.Add(bareTime);
            ourFigures.Add(ourTime);
            bareBlock.Add(bareTime);
            ourBlock.Add(ourTime);
            if (round % Block == Block - 1)
            {
                ratios.Add(ourBlock.Median / bareBlock.Median);
                (bareBlock, ourBlock) = (new Figures("", "µs"), new Figures("", "µs"));
            }
        }

        var (bareBytes, ourBytes) = (await AllocatedAsync(bare), await AllocatedAsync(ours));
        bareFigures.Show($"{bareBytes,7:N0} bytes");
        ourFigures.Show(string.Create(CultureInfo.InvariantCulture, $"{ourBytes,7:N0} bytes, {ratios.Order().ElementAt(ratios.Count / 2):0.00} times"));
    }

    private static async Task<long> AllocatedAsync(Func<Task<string>> ask)
    {
        const int Times = 500;
        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var i = 0; i < Times; i++)
        {
            await ask();
        }

        return (GC.GetTotalAllocatedBytes(precise: true) - before) / Times;
    }
}
