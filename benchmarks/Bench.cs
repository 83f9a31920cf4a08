using DbSwitch.Configuration;
using DbSwitch.Managing;
using DbSwitch.Storage;
using DbSwitch.Switching;
using DbSwitch.Switching.Outcomes;
using Microsoft.Extensions.Logging.Abstractions;

namespace DbSwitch.Benchmarks;

/// <summary>A manager in this process, with one switch on real HAProxies and two echo databases.</summary>
internal sealed class Bench : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dbsw-").FullName;
    private SqliteStore? _store;
    private Manager? _manager;

    public EchoDatabase Db1 { get; } = new("db1");

    public EchoDatabase Db2 { get; } = new("db2");

    public required IReadOnlyList<RealHaproxy> Haproxies { get; init; }

    /// <summary>The first, or only one.</summary>
    public RealHaproxy Haproxy => Haproxies[0];

    public DatabaseSwitch Switch => _manager!.Switches["orders"];

    /// <param name="grace">Null for the default.</param>
    /// <param name="behind">"db1", which is selected, and "db2"; null for the two echo databases.</param>
    public static async Task<Bench> StartAsync(string version, int proxies = 1, RealHaproxyOptions? options = null, TimeSpan? grace = null, IReadOnlyList<TargetConfiguration>? behind = null, params GateConfiguration[] gates)
    {
        var haproxies = new List<RealHaproxy>();
        for (var i = 0; i < proxies; i++)
        {
            haproxies.Add(await RealHaproxy.StartAsync(version, options ?? new RealHaproxyOptions { MasterWorker = true }));
        }

        var bench = new Bench { Haproxies = haproxies };
        var targets = (behind ?? [.. new[] { bench.Db1, bench.Db2 }.Select(d => new TargetConfiguration(d.Prefix, d.HostPort))]).ToDictionary(t => t.Name);
        var configuration = new DbSwitchConfiguration(
            Path.Combine(bench._folder, "dbswitch.yaml"),
            Path.Combine(bench._folder, "state.db"),
            new ListenConfiguration(Path.Combine(bench._folder, "s.sock"), null),
            haproxies.Select((h, i) => new ApiProxyConfiguration($"p{i}", h.ApiEndpoint, null)).ToDictionary(p => p.Name, p => (ProxyConfiguration)p),
            new Dictionary<string, SwitchConfiguration> { ["orders"] = new SwitchConfiguration("orders", "db_servers", [.. haproxies.Select((_, i) => $"p{i}")], targets, "db1") { Gates = gates } is var usual && grace is { } time ? usual with { Grace = time } : usual });
        bench._store = SqliteStore.Open(configuration.StateFile);
        bench._manager = await Manager.StartAsync(configuration, bench._store, (p, _) => new ProxyEndpoints(((ApiProxyConfiguration)p).Api, null), (_, _) => throw new NotSupportedException(), TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);
        await bench.SettleAsync();
        return bench;
    }

    public Task SettleAsync() => Until.TrueAsync("the switch to settle", () => Switch.Snapshot.Latest.Count == Haproxies.Count && Switch.Snapshot.Latest.All(r => r.Settled), 60);

    /// <summary>Selects the target that is not selected.</summary>
    public async Task<SwitchoverRecord> SwitchAsync()
    {
        var outcome = await Switch.SelectAsync(new SwitchoverRequest(Switch.Snapshot.Selection!.Target == "db1" ? "db2" : "db1", "bench", ""), null, null, CancellationToken.None);
        return outcome is SwitchoverOutcome.Ended { Record: { Result: SwitchoverResult.Succeeded } record } ? record : throw new InvalidOperationException(outcome.Message);
    }

    public async ValueTask DisposeAsync()
    {
        await _manager!.DisposeAsync();
        await _store!.DisposeAsync();
        foreach (var haproxy in Haproxies)
        {
            await haproxy.DisposeAsync();
        }

        await Db1.DisposeAsync();
        await Db2.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
