using System.Net;
using DbSwitch.Configuration;
using DbSwitch.Databases;
using DbSwitch.Gates;
using DbSwitch.Keeping;
using DbSwitch.Model;
using DbSwitch.Naming;
using DbSwitch.Proxies;
using DbSwitch.Storage;
using Microsoft.Extensions.Logging;

namespace DbSwitch.Switching;

/// <summary>
/// One switch at work: its selection, its keepers, and the one switchover that may run at a time. What it does to proxies it does by giving the keepers a goal.
/// A store that fails, and a manager that ends, change nothing in any proxy.
/// </summary>
public sealed partial class DatabaseSwitch : IDisposable
{
    private readonly ISwitchStore _store;
    private readonly SwitchRules _rules;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly IReadOnlyList<ProxyLink> _proxies;
    private readonly KeeperGroup _keepers;
    private readonly Switchover _switchover;
    private readonly Pulse _moved;
    private readonly SelfStartingServers _selfStarting;
    private readonly Pulse _held;

    // Held by whoever changes the selection, the goal or the pause.
    private readonly SemaphoreSlim _changing = new(1, 1);
    private readonly CancellationTokenSource _ending = new();
    private readonly TaskCompletionSource _decided = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile SwitchoverRecord? _running;
    private volatile Abortion? _abortion;

    // The selected target's address that the proxies have, or are to have: it changes by a switchover or a move alone, never because a name resolves to another.
    private IPEndPoint? _addressInUse;

    // The generation of a switchover that was undone and that the store could not note: proxies may have heard of it.
    private long _undone;
    private TimeSpan _grace;
    private SwitchoverRecord? _owed;
    private volatile SwitchoverRecord? _unfinished;

    // Whether what the store says is to be kept: not before the proxies have had a chance to contradict it.
    private volatile bool _believed;

    public DatabaseSwitch(SwitchConfiguration configuration, IEnumerable<ProxyLink> proxies, ISwitchStore store, StoredSwitch stored, ResolveName resolve, TimeProvider time, ILoggerFactory loggers)
        : this(configuration, proxies, store, stored, resolve, time, loggers, SwitchRules.Right)
    {
    }

    internal DatabaseSwitch(SwitchConfiguration configuration, IEnumerable<ProxyLink> proxies, ISwitchStore store, StoredSwitch stored, ResolveName resolve, TimeProvider time, ILoggerFactory loggers, SwitchRules rules)
    {
        _rules = rules;
        Configuration = configuration;
        loggers = new SwitchLogger.Factory(loggers, configuration.Name, () => (_running?.Generation ?? Selection?.Generation ?? 0, _running?.Id));
        _store = store;
        _time = time;
        _logger = loggers.CreateLogger<DatabaseSwitch>();
        Selection = stored.Selection;
        Pause = stored.Pause;
        (Hold, _releaseOwed) = stored.Hold is { } hold && hold.Until > time.GetUtcNow() ? (hold, false) : (null, stored.Hold is not null);
        _unfinished = stored.Unfinished;
        Addresses = new TargetAddresses(configuration, resolve, stored.Addresses, RememberAddressAsync, time, loggers.CreateLogger<TargetAddresses>());
        Probes = new TargetProbes(configuration, AddressOf, time, loggers.CreateLogger<TargetProbes>());
        _awaitsDatabase = _unfinished is { Committed: true } committed && Promotes(committed.To);
        _proxies = [.. proxies];
        _keepers = new KeeperGroup(configuration.Backend, _proxies, () => Pause is not null, time, loggers, rules.Decide);
        Log = new CycleLog(configuration, loggers.CreateLogger<CycleLog>());
        Gates = new SwitchGates(configuration.Gates, time);
        _switchover = new Switchover(Name, _keepers, Gates, store, rules, time, _logger);
        _keepers.Reported += Log.Take;
        _selfStarting = new SelfStartingServers([.. configuration.Targets.Values.Select(t => t.ServerName)]);
        _keepers.Reported += _selfStarting.Take;
        Probes.Changed += Tell;
        _addressInUse = Selection?.Target is { } target ? stored.Addresses.GetValueOrDefault(target) : null;
        _moved = new Pulse(time);
        _held = new Pulse(time);
        Addresses.Changed += _moved.Nudge;
        Addresses.Changed += Tell;
        _keepers.Reported += (_, _) => Tell();
    }

    public string Name => Configuration.Name;

    public SwitchConfiguration Configuration { get; }

    public TargetAddresses Addresses { get; }

    /// <summary>What the targets' databases say of themselves.</summary>
    public TargetProbes Probes { get; }

    /// <summary>The poolers that stand before the proxies.</summary>
    public SwitchGates Gates { get; }

    public CycleLog Log { get; }

    /// <summary>Null while nothing is known: the store is empty, and not every proxy could be asked yet.</summary>
    public Selection? Selection { get; private set { field = value; Tell(); } }

    public PauseState? Pause { get; private set { field = value; Tell(); } }

    /// <summary>New connections are made to wait, by whom and until when; null when they are not.</summary>
    public HoldState? Hold { get; private set { field = value; Tell(); } }

    /// <summary>The switchover that is under way, or null.</summary>
    public SwitchoverRecord? Running { get => _running; private set { _running = value; Tell(); } }

    /// <summary>Why nothing is selected although something may be: a person must say what.</summary>
    public string? NeedsPerson { get; private set { field = value; Tell(); } }

    /// <summary>The latest result of each proxy.</summary>
    public IReadOnlyList<CycleResult> Latest => _keepers.Latest;

    /// <summary>Why the store could not be written when it last was tried; null when it could.</summary>
    public string? StoreProblem
    {
        get;
        private set
        {
            field = value;
            if (value is not null)
            {
                StoreFailed?.Invoke();
            }

            Tell();
        }
    }

    /// <summary>Why the selected target's new address is not in use yet; null when it is, or there is none.</summary>
    public string? MoveProblem { get; private set { field = value; Tell(); } }

    /// <summary>Looks at every proxy and keeps it in line, until stopped.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(stop, _ending.Token);
        await Addresses.ResolveAllAsync(both.Token).ConfigureAwait(false);
        var interrupted = _unfinished is not null;
        await RecoverAsync().ConfigureAwait(false);
        await Task.WhenAll(
            _keepers.RunAsync(both.Token), BelieveStoreAsync(interrupted, both.Token), Addresses.RunAsync(both.Token), FollowAddressAsync(both.Token), TendDatabaseAsync(both.Token), TendGatesAsync(both.Token), FollowPrimaryAsync(both.Token), Probes.RunAsync(both.Token), AdoptWhenAllAreSeenAsync(both.Token), FinishAsync(), MendStoreAsync(both.Token), ReleaseInTimeAsync(both.Token)).ConfigureAwait(false);
    }

    /// <summary>Stops looking; every proxy stays as it is. When it has ended, nothing of it writes to the store any more: another switch of this name may take over from there.</summary>
    public async Task EndAsync()
    {
        await _ending.CancelAsync().ConfigureAwait(false);

        // And never released: who comes too late is told to try again.
        await _changing.WaitAsync(CancellationToken.None).ConfigureAwait(false);
    }

    public void Dispose()
    {
        _keepers.Dispose();
        _moved.Dispose();
        _held.Dispose();
        _ending.Dispose();
    }
}
