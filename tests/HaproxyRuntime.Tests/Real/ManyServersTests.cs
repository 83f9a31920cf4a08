using System.Globalization;

namespace HaproxyRuntime.Tests.Real;

/// <summary>A backend of ten thousand servers on a real HAProxy, read completely with the default deadlines and limits.</summary>
public sealed class ManyServersTests
{
    private const int Servers = 10_000;

    [Theory, EveryHaproxy]
    public async Task Ten_thousand_servers_are_read_completely(string version)
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions
        {
            Backend = [.. Enumerable.Range(1, Servers).Select(i => string.Create(CultureInfo.InvariantCulture, $"server s{i} 10.{i >> 16}.{(i >> 8) & 255}.{i & 255}:5432 weight {i % 256} disabled"))],
        });
        await using var session = await RuntimeSession.OpenAsync(haproxy.ApiEndpoint, cancel: cancel);
        foreach (var api in (RuntimeApi[])[session, new RuntimeClient(haproxy.ApiEndpoint)])
        {
            var names = Enumerable.Range(1, Servers).Select(i => $"s{i}").ToList();
            var states = await api.ShowServersStateAsync("db_servers", cancel);
            states.Select(s => s.Name).ShouldBe(names);
            states.ShouldAllBe(s => s.Weight == s.Id % 256 && s.InMaintenance && s.Address != null && s.Port == 5432);
            (await api.ShowServersStateAsync(cancel)).Count.ShouldBe(Servers);

            var statistics = await api.ShowStatisticsAsync(cancel);
            statistics.Where(s => s.Kind == StatisticsKind.Server).Select(s => s.Name).ShouldBe(names);
            statistics.Count.ShouldBe(Servers + 2);
            (await api.ShowStatisticsAsync("db_servers", StatisticsKinds.Backends, cancel)).ShouldHaveSingleItem().Kind.ShouldBe(StatisticsKind.Backend);

            (await api.ShowServerConnectionsAsync("db_servers", cancel)).Select(s => s.Name).ShouldBe(names);

            // What a person may want to know before the limit is lowered: 10,000 servers' counters are some 4 MB, a sixteenth of it.
            (await api.ShowStatisticsCsvAsync(cancel)).Length.ShouldBeInRange(2_000_000, new RuntimeOptions().MaximumAnswerBytes / 8);
        }
    }
}
