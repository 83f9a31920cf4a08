using System.Net;
using DbSwitch.Configuration;
using DbSwitch.Configuration.Values;
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
    {
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
        _keepers = new KeeperGroup(configuration.Backend, _proxies, () => Pause is not null, time, loggers);
        Log = new CycleLog(configuration, loggers.CreateLogger<CycleLog>());
        Gates = new SwitchGates(configuration.Gates, time);
        _switchover = new Switchover(Name, _keepers, Gates, store, time, _logger);
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

    /// <summary>Sends clients to another target, or to none: succeeded, refused (nothing touched), or rolled back.</summary>
    /// <param name="ifGeneration">Refuse when the generation is not this one; null for any.</param>
    /// <param name="drain">How long open sessions may end by themselves before they are cut; null for the configuration's.</param>
    public async Task<SwitchoverOutcome> SelectAsync(SwitchoverRequest request, long? ifGeneration, TimeSpan? drain, CancellationToken cancel)
    {
        var outcome = await AloneAsync(request, () => SelectAloneAsync(request, ifGeneration, drain, cancel), cancel).ConfigureAwait(false);
        if (outcome is SwitchoverOutcome.Refused refused)
        {
            SelectionRefused?.Invoke(refused);
        }

        return outcome;
    }

    public void Dispose()
    {
        _keepers.Dispose();
        _moved.Dispose();
        _held.Dispose();
        _ending.Dispose();
    }

    /// <summary>One request at a time: the others are told which.</summary>
    private async Task<SwitchoverOutcome> AloneAsync(SwitchoverRequest request, Func<Task<SwitchoverOutcome>> work, CancellationToken cancel)
    {
        if (UnknownProxy(request.Without) is { } unknown)
        {
            return unknown;
        }

        if (request.Target is { } wanted && !Configuration.Targets.ContainsKey(wanted))
        {
            return new SwitchoverOutcome.Refused(RefusalReason.UnknownTarget, $"{Name} has no target {wanted}; its targets are {string.Join(", ", Configuration.Targets.Keys)}{Suggestion.AtEnd(wanted, Configuration.Targets.Keys)}");
        }

        if (!await _changing.WaitAsync(_tending ? TendPatience : TimeSpan.Zero, cancel).ConfigureAwait(false))
        {
            return Conflict(_running is { } other ? $"a switchover to {other.To ?? "none"} by {other.By} is under way (id {other.Id}); wait for its end" : "another change is under way; try again");
        }

        try
        {
            return await work().ConfigureAwait(false);
        }
        catch (StoreException e)
        {
            StoreProblem = e.Message;
            return new SwitchoverOutcome.Refused(RefusalReason.Guard, $"Nothing was touched: {e.Message}");
        }
        finally
        {
            Running = null;
            _changing.Release();
        }
    }

    private async Task<SwitchoverOutcome> SelectAloneAsync(SwitchoverRequest request, long? ifGeneration, TimeSpan? drain, CancellationToken cancel)
    {
        if (Selection is null)
        {
            return NeedsPerson is null ? NotKnownYet() : await DecideByPersonAsync(request, cancel).ConfigureAwait(false);
        }

        if (Refusal(ifGeneration) is { } refusal)
        {
            return refusal;
        }

        if (await CatchUpAsync(request.By, cancel).ConfigureAwait(false) is { } behind)
        {
            return behind;
        }

        var present = Selection;
        if (request.Target == present.Target)
        {
            return AlreadySelected(present);
        }

        if (NoAddress(request.Target) is { } noAddress)
        {
            return noAddress;
        }

        await SettleAsync().ConfigureAwait(false);
        present = Selection;
        var grace = GraceFor(drain ?? Configuration.Drain);
        var watch = new PhaseWatch(_time, SwitchoverPhase.Guard);
        if (OutlastsCeiling(grace + Configuration.Settle, "the drain and settle:") is { } tooLong)
        {
            return tooLong;
        }

        var (overridden, vetoed) = await AskAsync(request, cancel).ConfigureAwait(false);
        if (vetoed is not null)
        {
            return vetoed;
        }

        var guarded = await GuardTargetAsync(request, cancel).ConfigureAwait(false);
        if (guarded.Refusal is { } notFit)
        {
            return notFit;
        }

        if (await _switchover.GuardAsync(KeepingGoal(), request.Without, cancel).ConfigureAwait(false) is { } no)
        {
            _keepers.Set(KeepingGoal());
            return new SwitchoverOutcome.Refused(RefusalReason.Guard, $"Nothing was touched: {no}.");
        }

        var (promotion, notPrepared) = await PrepareAsync(request, cancel).ConfigureAwait(false);
        if (notPrepared is not null)
        {
            return notPrepared;
        }

        try
        {
            watch.Next(SwitchoverPhase.Journal);
            await EndHoldAsync().ConfigureAwait(false);
            var record = await _store.BeginAsync(Name, present.Generation, request with { Overridden = string.Join("; ", ((string[])[overridden, guarded.Overridden]).Where(o => o.Length > 0)) }, _time.GetUtcNow(), cancel).ConfigureAwait(false);
            StoreProblem = null;
            return record is null
                ? Conflict("its generation in the store is another one than here; was the store changed by hand?")
                : new SwitchoverOutcome.Ended(await RunAsync(record, present, request, AddressOf(request.Target), grace, watch, promotion).ConfigureAwait(false));
        }
        finally
        {
            if (promotion is not null)
            {
                await promotion.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private async Task<SwitchoverRecord> RunAsync(SwitchoverRecord record, Selection present, SwitchoverRequest request, IPEndPoint? address, TimeSpan grace, PhaseWatch watch, IPromotion? promotion)
    {
        using var abortion = new Abortion(record.Id);
        (_abortion, Running, _grace) = (abortion, record, grace);
        watch.Entered += phase => TellProgress(record, phase);
        try
        {
            var plan = new SwitchoverPlan(KeepingGoal(), GoalOf(request.Target, address) with { Generation = record.Generation }, grace, Configuration.Settle, request.Without, watch) { Promotion = promotion, Pauses = !request.Follows && request.Target != present.Target, Force = request.Force };
            var end = await RunAsync(record, present, address, plan, abortion).ConfigureAwait(false);
            abortion.End(end);
            TellProgress(end, null);
            SwitchoverTrace.Emit(end, watch);
            return end;
        }
        finally
        {
            _abortion = null;
        }
    }

    private async Task<SwitchoverRecord> RunAsync(SwitchoverRecord record, Selection present, IPEndPoint? address, SwitchoverPlan plan, Abortion abortion)
    {
        var end = await _switchover.RunAsync(record, plan, abortion, _ending.Token).ConfigureAwait(false);
        (Selection, StoreProblem, _owed, _undone) = (end.Selection ?? present, end.StoreProblem, end.Owed, record.Generation);
        if (end.Record.Committed)
        {
            (_addressInUse, MoveProblem) = (address, null);
            (_awaitsDatabase, DatabaseProblem, _unfinished) = (end.AwaitsDatabase, end.AwaitsDatabase ? end.Record.Message : null, end.AwaitsDatabase ? record : _unfinished);
        }

        (_lastEnd, _undoOwed) = (_time.GetUtcNow(), end.OwesDatabase ? record : null);

        // From here on under the generation that the store has now, which a rollback has made another one.
        _keepers.Set(KeepingGoal());
        return end.Record;
    }
}
