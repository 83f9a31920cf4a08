using DbSwitch.Configuration;
using DbSwitch.Managing;
using DbSwitch.Storage;
using DbSwitch.Switching;
using DbSwitch.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace DbSwitch.Benchmarks;

/// <summary>A manager in this process, with one switch on one real HAProxy and two echo databases.</summary>
internal sealed class Bench : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dbsw-").FullName;
    private SqliteStore? _store;
    private Manager? _manager;

    public EchoDatabase Db1 { get; } = new("db1");

    public EchoDatabase Db2 { get; } = new("db2");

    public required RealHaproxy Haproxy { get; init; }

    public DatabaseSwitch Switch => _manager!.Switches["orders"];

    public static async Task<Bench> StartAsync(string version)
    {
        var bench = new Bench { Haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions { MasterWorker = true }) };
        var targets = new[] { bench.Db1, bench.Db2 }.ToDictionary(d => d.Prefix, d => new TargetConfiguration(d.Prefix, d.HostPort));
        var configuration = new DbSwitchConfiguration(
            Path.Combine(bench._folder, "dbswitch.yaml"),
            Path.Combine(bench._folder, "state.db"),
            new ListenConfiguration(Path.Combine(bench._folder, "s.sock"), null),
            new Dictionary<string, ProxyConfiguration> { ["p"] = new ApiProxyConfiguration("p", bench.Haproxy.ApiEndpoint, null) },
            new Dictionary<string, SwitchConfiguration> { ["orders"] = new("orders", "db_servers", ["p"], targets, "db1") });
        bench._store = SqliteStore.Open(configuration.StateFile);
        bench._manager = await Manager.StartAsync(configuration, bench._store, (p, _) => new ProxyEndpoints(((ApiProxyConfiguration)p).Api, null), (_, _) => throw new NotSupportedException(), TimeProvider.System, NullLoggerFactory.Instance, CancellationToken.None);
        await bench.SettleAsync();
        return bench;
    }

    public Task SettleAsync() => Until.TrueAsync("the switch to settle", () => Switch.Latest is [{ Settled: true }]);

    public async ValueTask DisposeAsync()
    {
        await _manager!.DisposeAsync();
        await _store!.DisposeAsync();
        await Haproxy.DisposeAsync();
        await Db1.DisposeAsync();
        await Db2.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
