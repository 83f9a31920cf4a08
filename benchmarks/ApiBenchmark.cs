using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace DbSwitch.Benchmarks;

/// <summary>The HTTP API: how soon an event reaches who listens, and what two hundred cost that only listen.</summary>
internal static class ApiBenchmark
{
    private const int Changes = 200;
    private const int Listeners = 200;
    private static readonly TimeSpan WarmUp = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Watched = TimeSpan.FromMinutes(1);

    public static async Task RunAsync()
    {
        await using var haproxy = await RealHaproxy.StartAsync(HaproxyVersions.Names[0]);
        using var manager = await ServedManager.StartAsync(haproxy);
        using var http = Client(manager.Socket);
        foreach (var listeners in (int[])[1, Listeners])
        {
            await LatencyAsync(http, listeners);
        }

        await IdleAsync(http, manager);
    }

    /// <summary>A pause has the time at which it began in it, by the clock of this machine; what the store takes to write it is counted in.</summary>
    private static async Task LatencyAsync(HttpClient http, int listeners)
    {
        Figures.Header($"From a change to its event, with {listeners} who listen (aim: below 20)");
        var (median, last) = (new Figures("the median one of them"), new Figures("the last one of them"));
        var all = await ListenAsync(http, listeners);
        for (var change = 0; change < Changes; change++)
        {
            var reason = "change " + change.ToString(CultureInfo.InvariantCulture);
            var told = all.Select(l => HearAsync(l, reason)).ToList();
            using var body = new StringContent($$"""{ "reason": "{{reason}}" }""", Encoding.UTF8, "application/json");
            using var answer = await http.PostAsync("/api/v1/switches/orders/pause", body);
            answer.EnsureSuccessStatusCode();
            var times = (await Task.WhenAll(told)).Order().ToList();
            median.Add(times[times.Count / 2]);
            last.Add(times[^1]);
            await Task.Delay(20);
        }

        median.Show($"(p99 {median.Quantile(0.99):0.0})");
        last.Show($"(p99 {last.Quantile(0.99):0.0})");
        all.ForEach(l => l.Dispose());
    }

    private static async Task IdleAsync(HttpClient http, ServedManager manager)
    {
        Console.WriteLine($"{Environment.NewLine}{Listeners} who listen while nothing happens (aim: below 0.5 % of a core more than without)");
        (await http.PostAsync("/api/v1/switches/orders/resume", null)).Dispose();
        await Task.Delay(WarmUp);
        var without = await manager.CostAsync(Watched);
        var all = await ListenAsync(http, Listeners);
        await Task.Delay(TimeSpan.FromSeconds(5));
        var with = await manager.CostAsync(Watched);
        all.ForEach(l => l.Dispose());
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {with:0.00} % of a core; {without:0.00} % without them; {manager.Megabytes:0} MB resident"));
    }

    private static async Task<List<StreamReader>> ListenAsync(HttpClient http, int count)
    {
        var all = new List<StreamReader>();
        for (var i = 0; i < count; i++)
        {
            all.Add(new StreamReader(await http.GetStreamAsync("/api/v1/events")));
        }

        return all;
    }

    /// <summary>Reads on until the pause of this reason is told; how long ago it began then.</summary>
    private static async Task<TimeSpan> HearAsync(StreamReader events, string reason)
    {
        while (await events.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("data: {\"name\"", StringComparison.Ordinal) && line.Contains($"\"{reason}\"", StringComparison.Ordinal))
            {
                var now = DateTimeOffset.UtcNow;
                return now - JsonDocument.Parse(line["data: ".Length..]).RootElement.GetProperty("pause").GetProperty("since").GetDateTimeOffset();
            }
        }

        throw new InvalidOperationException("The manager has ended the events.");
    }

    private static HttpClient Client(string path) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancel) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancel);
            return new NetworkStream(socket, ownsSocket: true);
        },
    }) { BaseAddress = new Uri("http://localhost") };
}
