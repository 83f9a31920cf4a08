using DbSwitch.Configuration;
using DbSwitch.Naming;
using DbSwitch.Proxies;
using DbSwitch.Storage;
using DbSwitch.Switching;
using HaproxyRuntime;
using Microsoft.Extensions.Logging;

namespace DbSwitch.Managing;

/// <summary>All switches and proxies of one configuration, at work. It can be ended and started at any moment: no proxy changes by that.</summary>
public sealed partial class Manager : IAsyncDisposable
{
    private readonly ISwitchStore _store;
    private readonly Func<ProxyConfiguration, DbSwitchConfiguration, ProxyEndpoints> _endpointOf;
    private readonly ResolveName _resolve;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private readonly Action<IReadOnlyCollection<DatabaseSwitch>>? _beginning;
    private readonly SemaphoreSlim _changing = new(1, 1);
    private readonly TaskCompletionSource<Exception> _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Running _running;
    private volatile string? _refusedConfiguration;

    private Manager(DbSwitchConfiguration configuration, ISwitchStore store, Func<ProxyConfiguration, DbSwitchConfiguration, ProxyEndpoints> endpointOf, ResolveName resolve, TimeProvider time, ILoggerFactory loggers, Action<IReadOnlyCollection<DatabaseSwitch>>? beginning)
    {
        _beginning = beginning;
        _store = store;
        _endpointOf = endpointOf;
        _resolve = resolve;
        _time = time;
        _loggers = loggers;
        _logger = loggers.CreateLogger<Manager>();
        _running = new Running(configuration, new Dictionary<string, ProxyLink>(), new Dictionary<string, DatabaseSwitch>(), new CancellationTokenSource(), Task.CompletedTask);
    }

    /// <summary>Raised when what a switch shows may be other than before, and for each of them when a new configuration is in force. Who listens takes note, and does the rest elsewhere.</summary>
    public event Action<DatabaseSwitch>? Changed;

    /// <summary>Raised when a switchover comes to a phase, and at its end (null).</summary>
    public event Action<SwitchoverRecord, SwitchoverPhase?>? Progressed;

    public DbSwitchConfiguration Configuration => _running.Configuration;

    /// <summary>By name, in the configuration's order.</summary>
    public IReadOnlyDictionary<string, DatabaseSwitch> Switches => _running.Switches;

    public IReadOnlyDictionary<string, ProxyLink> Proxies => _running.Links;

    /// <summary>Why the file on disk is not the configuration in force, in one sentence: the last reload was refused. Null when it was taken, or none was asked for.</summary>
    public string? RefusedConfiguration => _refusedConfiguration;

    /// <summary>Completes when the work of a switch has ended by an unexpected error, which it holds: the manager must not go on as if it kept that switch.</summary>
    public Task<Exception> Completion => _failed.Task;

    /// <summary>Starts to look after everything in the configuration.</summary>
    /// <param name="endpointOf">Where the Runtime API of a proxy is, and its master's.</param>
    /// <param name="beginning">Called with all switches before they begin to work, also after a reload: who must not miss anything listens from there.</param>
    /// <exception cref="StoreException">The store can't be read.</exception>
    /// <exception cref="ManagerException">The configuration lacks what the store says is selected, or a proxy that clients may still come through.</exception>
    public static async Task<Manager> StartAsync(
        DbSwitchConfiguration configuration,
        ISwitchStore store,
        Func<ProxyConfiguration, DbSwitchConfiguration, ProxyEndpoints> endpointOf,
        ResolveName resolve,
        TimeProvider time,
        ILoggerFactory loggers,
        CancellationToken cancel,
        Action<IReadOnlyCollection<DatabaseSwitch>>? beginning = null)
    {
        var manager = new Manager(configuration, store, endpointOf, resolve, time, loggers, beginning);
        if (await manager.OutOfSightAsync(configuration, cancel).ConfigureAwait(false) is { Count: > 0 } refusals)
        {
            throw new ManagerException($"{configuration.File} loses sight of what clients may still come through: {string.Join(' ', refusals)} Where no manager runs that could be told: dbswitch serve --release-proxy SWITCH/PROXY, once.");
        }

        await manager.BeginAsync(configuration, cancel).ConfigureAwait(false);
        return manager;
    }

    /// <summary>Why a configuration can't take the present one's place now; empty when it can. Nothing is touched.</summary>
    /// <exception cref="StoreException">The store, which knows what clients come through, can't be read.</exception>
    public async Task<IReadOnlyList<string>> WouldRefuseAsync(DbSwitchConfiguration next, CancellationToken cancel) =>
        WouldRefuse(next) is { Count: > 0 } refusals ? refusals : await OutOfSightAsync(next, cancel).ConfigureAwait(false);

    private IReadOnlyList<string> WouldRefuse(DbSwitchConfiguration next) =>
    [
        .. ConfigurationChange.Refusals(Configuration, next, Switches.ToDictionary(s => s.Key, s => s.Value.Snapshot.Selection?.Target)),
        .. Switches.Values.Where(s => s.Snapshot.Running is not null).Select(s => $"{s.Name}: a switchover is under way; reload again when it has ended."),
    ];

    /// <summary>What became of the latest reload is shown with every switch.</summary>
    /// <param name="problem">Null when the file is in force.</param>
    public void NoteRefusedConfiguration(string? problem)
    {
        if (_refusedConfiguration != problem)
        {
            _refusedConfiguration = problem;
            foreach (var one in Switches.Values)
            {
                Changed?.Invoke(one);
            }
        }
    }

    /// <summary>Takes over a new configuration, whole or not at all.</summary>
    /// <returns>Why it was refused, sentence by sentence; empty when it is in force.</returns>
    public async Task<IReadOnlyList<string>> ReloadAsync(DbSwitchConfiguration next, CancellationToken cancel)
    {
        await _changing.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            var refusals = await WouldRefuseAsync(next, cancel).ConfigureAwait(false);
            if (refusals.Count == 0)
            {
                // What the store has against it is found out while the present one is still at work.
                await LoadAsync(next, cancel).ConfigureAwait(false);

                // Nobody is in the data path: the switches stop looking for a moment, and go on from the store.
                await EndAsync(_running).ConfigureAwait(false);
                try
                {
                    await BeginAsync(next, CancellationToken.None).ConfigureAwait(false);
                }
                catch
                {
                    await BeginAsync(Configuration, CancellationToken.None).ConfigureAwait(false);
                    throw;
                }

                Reloaded(next.File);
                foreach (var one in Switches.Values)
                {
                    Changed?.Invoke(one);
                }
            }

            return refusals;
        }
        finally
        {
            _changing.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync(_running).ConfigureAwait(false);
        foreach (var link in _running.Links.Values)
        {
            await link.DisposeAsync().ConfigureAwait(false);
        }

        _running.Stop.Dispose();
        _changing.Dispose();
    }

    private async Task BeginAsync(DbSwitchConfiguration configuration, CancellationToken cancel)
    {
        var stored = await LoadAsync(configuration, cancel).ConfigureAwait(false);
        foreach (var one in configuration.Switches.Values)
        {
            await _store.RememberProxiesAsync(one.Name, one.Backend, KnownProxies(one, configuration), cancel).ConfigureAwait(false);
        }

        // A link knows which command was never answered: it is kept as long as its proxy stays the same.
        var before = _running.Links;
        var links = configuration.Proxies.Values.ToDictionary(p => p.Name, p =>
        {
            var (api, master, isDown) = _endpointOf(p, configuration);
            return before.TryGetValue(p.Name, out var link) && (link.Endpoint, link.Master) == (api, master) ? link : new ProxyLink(p.Name, api, new RuntimeOptions { Time = _time }, master, isDown);
        });
        var switches = configuration.Switches.Values.ToDictionary(
            s => s.Name,
            s => new DatabaseSwitch(s, [.. s.Proxies.Select(p => links[p])], _store, stored[s.Name], [.. configuration.Hooks.Values.Where(h => h.Events.Contains(NoticeEvents.BeforeSwitchover))], _resolve, _time, _loggers));
        foreach (var one in switches.Values)
        {
            one.Changed += () => Changed?.Invoke(one);
            one.Progressed += (record, phase) => Progressed?.Invoke(record, phase);
        }

        _beginning?.Invoke(switches.Values);
        foreach (var gone in before.Values.Except(links.Values))
        {
            await gone.DisposeAsync().ConfigureAwait(false);
        }

        var stop = new CancellationTokenSource();
        var work = Task.WhenAll([.. switches.Values.Select(s => WatchAsync(s.RunAsync(stop.Token))), .. links.Values.Select(l => new ReloadWatch(l).RunAsync(stop.Token))]);
        _running = new Running(configuration, links, switches, stop, work);
    }

    private async Task<Dictionary<string, StoredSwitch>> LoadAsync(DbSwitchConfiguration configuration, CancellationToken cancel)
    {
        var stored = new Dictionary<string, StoredSwitch>();
        foreach (var one in configuration.Switches.Values)
        {
            var loaded = stored[one.Name] = await _store.LoadAsync(one.Name, cancel).ConfigureAwait(false);
            if (loaded.Selection is { Target: { } selected } selection && !one.Targets.ContainsKey(selected))
            {
                throw new ManagerException($"{configuration.File}: {one.Name} has no target {selected}, which is the one that is selected (generation {selection.Generation}). Put it back, or select another one with the configuration of before.");
            }
        }

        return stored;
    }

    /// <summary>Why a configuration would lose sight of something that clients may still come through.</summary>
    private async Task<IReadOnlyList<string>> OutOfSightAsync(DbSwitchConfiguration next, CancellationToken cancel)
    {
        var before = new Dictionary<string, StoredSwitch>();
        foreach (var name in await _store.SwitchesAsync(cancel).ConfigureAwait(false))
        {
            before[name] = await _store.LoadAsync(name, cancel).ConfigureAwait(false);
        }

        var changed = before.SelectMany(b => next.Switches.TryGetValue(b.Key, out var after)
            ? b.Value.Proxies.Join(KnownProxies(after, next), p => p.Name, p => p.Name, (was, now) => (Was: was.Api, Now: now.Api)).Where(p => p.Was != p.Now)
            : []).Distinct().ToList();
        var same = new HashSet<(string, string)>();
        foreach (var (was, now) in changed)
        {
            if (await SameProcess.AnswersAtAsync(was, now, _time, cancel).ConfigureAwait(false))
            {
                same.Add((was, now));
            }
        }

        return OutOfSight.Refusals(before, next, s => KnownProxies(s, next), (was, now) => same.Contains((was, now)));
    }

    private List<KnownProxy> KnownProxies(SwitchConfiguration one, DbSwitchConfiguration configuration) =>
        [.. one.Proxies.Select(p => (Name: p, At: _endpointOf(configuration.Proxies[p], configuration))).Select(p => new KnownProxy(p.Name, p.At.Api.ToString()!, p.At.Master?.ToString()))];

    private async Task WatchAsync(Task work)
    {
        try
        {
            await work.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // It was told to end.
        }
        catch (Exception e)
        {
            Failed(e);
            _failed.TrySetResult(e);
        }
    }

    private static async Task EndAsync(Running running)
    {
        await Task.WhenAll(running.Switches.Values.Select(s => s.EndAsync())).ConfigureAwait(false);
        await running.Stop.CancelAsync().ConfigureAwait(false);
        await running.Work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        foreach (var one in running.Switches.Values)
        {
            await one.DisposeAsync().ConfigureAwait(false);
        }
    }

    [LoggerMessage(Level = LogLevel.Critical, Message = "a switch has stopped after an unexpected error; every proxy stays as it is")]
    private partial void Failed(Exception error);

    [LoggerMessage(Level = LogLevel.Information, Message = "{File} is in force")]
    private partial void Reloaded(string file);

    private sealed record Running(
        DbSwitchConfiguration Configuration,
        IReadOnlyDictionary<string, ProxyLink> Links,
        IReadOnlyDictionary<string, DatabaseSwitch> Switches,
        CancellationTokenSource Stop,
        Task Work);
}

/// <param name="Api">The Runtime API of the worker that takes clients.</param>
/// <param name="Master">The master socket, where there is one.</param>
/// <param name="IsDown">Asks a managed proxy's host whether HAProxy has ended and is not started again yet; null where there is no host.</param>
public sealed record ProxyEndpoints(RuntimeEndpoint Api, RuntimeEndpoint? Master, Func<bool>? IsDown = null);
