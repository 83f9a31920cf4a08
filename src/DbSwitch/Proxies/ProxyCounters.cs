using HaproxyRuntime;

namespace DbSwitch.Proxies;

/// <summary>What HAProxy counts, as far as it says whether clients are served. Nothing is proven fenced by it.</summary>
/// <param name="Servers">Of one backend.</param>
/// <param name="Frontends">Of the whole process.</param>
public sealed record ProxyCounters(IReadOnlyList<ProxyStatistics> Servers, IReadOnlyList<ProxyStatistics> Frontends)
{
    /// <summary>All frontends: HAProxy takes -1 for every proxy.</summary>
    private const string Every = "-1";

    public static async Task<ProxyCounters> ReadAsync(RuntimeApi api, string backend, CancellationToken cancel)
    {
        var (servers, frontends) = (api.ShowStatisticsAsync(backend, StatisticsKinds.Servers, cancel), api.ShowStatisticsAsync(Every, StatisticsKinds.Frontends, cancel));
        return new ProxyCounters(await servers.ConfigureAwait(false), await frontends.ConfigureAwait(false));
    }
}
