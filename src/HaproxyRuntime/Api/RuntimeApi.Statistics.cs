namespace HaproxyRuntime;

/// <content>Counters: <c>show stat</c> (management guide sections 9.1 and 9.3).</content>
public abstract partial class RuntimeApi
{
    /// <summary><c>show stat</c>: the counters of every frontend, backend and server.</summary>
    /// <exception cref="RuntimeApiException">There was no complete answer, or it is not one of HAProxy's.</exception>
    public Task<IReadOnlyList<ProxyStatistics>> ShowStatisticsAsync(CancellationToken cancel = default) => ReadAsync(RuntimeCommand.ShowStatistics, ProxyStatistics.ParseAll, cancel);

    /// <summary><c>show stat PROXY KINDS</c>: the counters of one proxy.</summary>
    /// <param name="proxy">See <see cref="RuntimeCommand.ShowStatisticsOf"/>.</param>
    /// <param name="kinds">Which lines.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="RuntimeApiException">Of kind <see cref="RuntimeApiError.Refused"/> when there is no such proxy.</exception>
    public Task<IReadOnlyList<ProxyStatistics>> ShowStatisticsAsync(string proxy, StatisticsKinds kinds = StatisticsKinds.All, CancellationToken cancel = default) =>
        ReadAsync(RuntimeCommand.ShowStatisticsOf(proxy, kinds), ProxyStatistics.ParseAll, cancel);

    /// <summary><c>show stat</c> as the CSV text that HAProxy prints, header included, for what reads CSV already. It is checked to be complete lines of it.</summary>
    /// <exception cref="RuntimeApiException">There was no complete answer, or it is not one of HAProxy's.</exception>
    public Task<string> ShowStatisticsCsvAsync(CancellationToken cancel = default) =>
        ReadAsync(
            RuntimeCommand.ShowStatistics,
            answer => answer.StartsWith("# pxname,svname,", StringComparison.Ordinal) && answer.EndsWith('\n') ? answer : throw new FormatException("the table has no header, or no end"),
            cancel);
}
