using System.Net;
using DbSwitch.Proxies;
using HaproxyRuntime;

namespace DbSwitch.Doctoring;

/// <summary>What one HAProxy says of itself, as far as its Runtime API tells.</summary>
/// <param name="Level">Of our connection: admin, operator, user.</param>
/// <param name="Sockets">Its Runtime API's sockets, as <c>show cli sockets</c> has them: address and level.</param>
/// <param name="Algorithms">The balancing algorithm of each backend of ours; a backend that it does not have is not there.</param>
/// <param name="WaysBack">Backends with a way back to the front (<see cref="WayBack"/>).</param>
/// <param name="HasCompanion">Whether the companion script is loaded.</param>
/// <param name="KeepsGenerations">Whether the script was told to keep its generations over a restart.</param>
/// <param name="MemoryProblem">Why it can't; null when it can.</param>
/// <param name="ClockAhead">How far its clock is ahead of ours, to a second or so.</param>
public sealed record ProxyFacts(
    string Version,
    string Level,
    IReadOnlyList<(string Address, string Level)> Sockets,
    IReadOnlyDictionary<string, string> Algorithms,
    IReadOnlySet<string> WaysBack,
    bool HasCompanion,
    bool KeepsGenerations,
    string? MemoryProblem,
    TimeSpan ClockAhead)
{
    /// <summary>The servers of backends that no switch of ours owns.</summary>
    public IReadOnlyList<ServerState> OtherServers { get; init; } = [];

    /// <summary>By backend: the stick tables that lead clients to its servers.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> StickTables { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    private const string GenerationsVariable = "DBSWITCH_GENERATIONS";

    /// <summary>Asks one. Reading commands only.</summary>
    /// <exception cref="RuntimeApiException">It can't be asked.</exception>
    /// <exception cref="FormatException">It answers something else than HAProxy would, or its companion script is of a version that is not known here.</exception>
    public static async Task<ProxyFacts> AskAsync(RuntimeApi api, IReadOnlyCollection<string> backends, TimeProvider time, CancellationToken cancel)
    {
        var info = await api.ShowInfoAsync(cancel).ConfigureAwait(false);
        var now = time.GetUtcNow();
        var level = await api.ShowCliLevelAsync(cancel).ConfigureAwait(false);
        var present = await api.ShowBackendsAsync(cancel).ConfigureAwait(false);
        var algorithms = new Dictionary<string, string>();
        var waysBack = new HashSet<string>();
        var sticking = new Dictionary<string, IReadOnlyList<string>>();
        foreach (var backend in backends.Where(present.Contains))
        {
            algorithms[backend] = Algorithm(await api.ExecuteAsync(RuntimeCommand.ShowStatisticsOf(backend, StatisticsKinds.Backends), cancel).ConfigureAwait(false));
            var servers = await api.ShowServersStateAsync(backend, cancel).ConfigureAwait(false);
            sticking[backend] = await Proxies.StickTables.ReadAsync(api, backend, WayBack.Without(servers), cancel).ConfigureAwait(false);
            if (servers.Any(WayBack.Is))
            {
                waysBack.Add(backend);
            }
        }

        var companion = Companion.Parse(await api.ExecuteAsync(CompanionCommand.Show, cancel).ConfigureAwait(false), "");
        return new ProxyFacts(
            info.Version,
            level,
            SocketsOf(await api.ExecuteAsync(RuntimeCommand.Raw("show cli sockets"), cancel).ConfigureAwait(false)),
            algorithms,
            waysBack,
            companion is not null,
            (await api.ExecuteAsync(RuntimeCommand.Raw("show env " + GenerationsVariable), cancel).ConfigureAwait(false)).StartsWith(GenerationsVariable + "=", StringComparison.Ordinal),
            companion?.MemoryProblem,
            info.StartTime == 0 ? TimeSpan.Zero : DateTimeOffset.FromUnixTimeSeconds(info.StartTime) + info.Uptime - now)
        {
            StickTables = sticking,
            OtherServers = [.. (await api.ShowServersStateAsync(cancel).ConfigureAwait(false)).Where(s => !backends.Contains(s.Backend))],
        };
    }

    /// <summary>Whether others than this machine may connect to a socket of that name.</summary>
    internal static bool IsOpenToTheNetwork(string socket) =>
        socket.LastIndexOf(':') is >= 0 and var colon
        && !socket.StartsWith("unix@", StringComparison.Ordinal) && !socket.StartsWith('/') && !socket.StartsWith("sockpair@", StringComparison.Ordinal) && !socket.StartsWith("abns@", StringComparison.Ordinal)
        && !(IPAddress.TryParse(socket[(socket.IndexOf('@', StringComparison.Ordinal) + 1)..colon].Trim('[', ']'), out var address) && IPAddress.IsLoopback(address));

    /// <summary>Lines <c>ADDRESS LEVEL PROCESSES</c>, behind a header.</summary>
    private static IReadOnlyList<(string Address, string Level)> SocketsOf(string answer) =>
    [
        .. answer.Split('\n').Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Where(words => words.Length >= 2).Select(words => (words[0], words[1])),
    ];

    /// <summary>The column <c>algo</c> of <c>show stat</c>; empty where the level may not see it.</summary>
    private static string Algorithm(string csv)
    {
        var lines = csv.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        var column = lines is [var header, ..] ? Array.IndexOf(header.TrimStart('#', ' ').Split(','), "algo") : -1;
        return column >= 0 && lines is [_, var backend, ..] && backend.Split(',') is var values && values.Length > column ? values[column] : "";
    }
}
