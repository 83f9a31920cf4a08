using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using DbSwitch.Configuration;
using DbSwitch.Managing;
using DbSwitch.Storage;
using DbSwitch.Switching;
using DbSwitch.Switching.Outcomes;
using HaproxyRuntime;

namespace DbSwitch.Tests.Stage;

/// <summary>A manager in this process, on real proxies and a real store: it can be ended and started again, and its names resolve as the test says.</summary>
internal sealed class ManagerUnderTest : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateDirectory($"/tmp/dbsw-{RandomNumberGenerator.GetHexString(6, lowercase: true)}").FullName;
    private readonly Dictionary<string, ProxyConfiguration> _proxies = [];
    private readonly Dictionary<string, SwitchConfiguration> _switches = [];
    private SqliteStore? _store;
    private Manager? _manager;

    /// <summary>What a name resolves to; a name without an entry does not resolve.</summary>
    public ConcurrentDictionary<string, IPAddress[]> Names { get; } = new();

    /// <summary>Proxies whose host says that HAProxy is down.</summary>
    public HashSet<string> Down { get; } = [];

    public TestLog Log { get; } = new();

    /// <summary>What the store throws, by the method's name; null for nothing.</summary>
    public Func<string, Exception?> StoreTrouble { get; set; } = _ => null;

    public TimeSpan Hold { get; init; } = TimeSpan.FromSeconds(5);

    public TimeSpan Grace { get; init; } = TimeSpan.FromMilliseconds(100);

    public TimeSpan Settle { get; init; } = TimeSpan.Zero;

    public IReadOnlyList<GateConfiguration> Gates { get; init; } = [];

    public IReadOnlyList<HookConfiguration> Hooks { get; init; } = [];

    public Manager Manager => _manager ?? throw new InvalidOperationException("not started");

    public ISwitchStore Store => _store ?? throw new InvalidOperationException("not started");

    public string StateFile => Path.Combine(_folder, "state.db");

    public DatabaseSwitch Orders => Manager.Switches["orders"];

    public ManagerUnderTest Proxy(string name, RuntimeEndpoint api, RuntimeEndpoint? master = null)
    {
        _proxies[name] = new ApiProxyConfiguration(name, api, master);
        return this;
    }

    /// <summary>The switch "orders" on all proxies, backend db_servers.</summary>
    public ManagerUnderTest Switch(string? initial, params (string Name, HostPort Address)[] targets) => Switch("orders", "db_servers", initial, targets);

    public ManagerUnderTest Switch(string name, string backend, string? initial, params (string Name, HostPort Address)[] targets)
    {
        _switches[name] = new SwitchConfiguration(name, backend, [.. _proxies.Keys], targets.ToDictionary(t => t.Name, t => new TargetConfiguration(t.Name, t.Address)), initial) { Drain = TimeSpan.Zero, Hold = Hold, Grace = Grace, Settle = Settle };
        return this;
    }

    /// <summary>The switch "orders" on all proxies, with targets that are more than an address.</summary>
    public ManagerUnderTest Switch(string? initial, params TargetConfiguration[] targets)
    {
        _switches["orders"] = new SwitchConfiguration("orders", "db_servers", [.. _proxies.Keys], targets.ToDictionary(t => t.Name), initial) { Drain = TimeSpan.Zero, Hold = Hold, Grace = Grace, Gates = Gates };
        return this;
    }

    public DbSwitchConfiguration Configuration => new(Path.Combine(_folder, "dbswitch.yaml"), StateFile, new ListenConfiguration(Path.Combine(_folder, "s.sock"), null), _proxies, _switches) { Hooks = Hooks.ToDictionary(h => h.Name) };

    public async Task<ManagerUnderTest> StartAsync()
    {
        _store = SqliteStore.Open(StateFile);
        _manager = await Manager.StartAsync(Configuration, new TroubledStore(_store, method => StoreTrouble(method)), (p, _) => new ProxyEndpoints(((ApiProxyConfiguration)p).Api, ((ApiProxyConfiguration)p).Master, () => Down.Contains(p.Name)), ResolveAsync, TimeProvider.System, Log, CancellationToken.None);
        return this;
    }

    /// <summary>As after a kill: what runs is left where it is, the store is closed as it is.</summary>
    public async Task EndAsync()
    {
        if (_manager is not null)
        {
            await _manager.DisposeAsync();
            _manager = null;
        }

        if (_store is not null)
        {
            await _store.DisposeAsync();
            _store = null;
        }
    }

    public Task<SwitchoverOutcome> SelectAsync(string? target, string by = "test", long? ifGeneration = null, bool force = false) => Orders.SelectAsync(new SwitchoverRequest(target, by, "because") { Force = force }, ifGeneration, null, CancellationToken.None);

    public Task<SwitchoverOutcome> RequestAsync(SwitchoverRequest request, TimeSpan? drain = null) => Orders.SelectAsync(request, null, drain, CancellationToken.None);

    /// <summary>Selects and expects it to succeed.</summary>
    public async Task SwitchToAsync(string? target)
    {
        await Orders.DecidedAsync(TimeSpan.FromSeconds(10), CancellationToken.None);
        var outcome = await SelectAsync(target);
        var record = outcome.ShouldBeOfType<SwitchoverOutcome.Ended>(outcome.Message).Record;
        record.Result.ShouldBe(SwitchoverResult.Succeeded, outcome.Message);
    }

    /// <summary>Waits until every proxy of "orders" serves it.</summary>
    public async Task SettledAsync(string? target) =>
        await Until.TrueAsync($"every proxy to serve {target ?? "none"}", () => Orders.Snapshot.Selection?.Target == target
            && Orders.Snapshot.Latest is { Count: > 0 } latest && latest.Count == Orders.Configuration.Proxies.Count && latest.All(r => r.Settled));

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private Task<IPAddress[]> ResolveAsync(string name, CancellationToken cancel) =>
        Names.TryGetValue(name, out var addresses) ? Task.FromResult(addresses) : Task.FromException<IPAddress[]>(new SocketException((int)SocketError.HostNotFound));
}
