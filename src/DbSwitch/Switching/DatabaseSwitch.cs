using DbSwitch.Configuration;
using DbSwitch.Databases;
using DbSwitch.Databases.Kinds;
using DbSwitch.Gates;
using DbSwitch.Keeping;
using DbSwitch.Model;
using DbSwitch.Naming;
using DbSwitch.Proxies;
using DbSwitch.Storage;
using DbSwitch.Switching.Commands;
using DbSwitch.Switching.Core;
using DbSwitch.Switching.Duties;
using DbSwitch.Switching.Outcomes;
using DbSwitch.Switching.Rules;
using DbSwitch.Switching.Running;
using Microsoft.Extensions.Logging;

namespace DbSwitch.Switching;

/// <summary>
/// One switch at work: what it is put together of, what may be asked of it, and what it shows. It changes in <see cref="SwitchCore"/> alone; a store that fails, and a manager that ends, change
/// nothing in any proxy.
/// </summary>
public sealed class DatabaseSwitch : IAsyncDisposable
{
    private readonly SwitchParts _parts;
    private readonly DutyRunner _runner;
    private readonly IReadOnlyList<IDuty> _duties;
    private readonly Selecting _selecting;
    private readonly Holding _holding;
    private readonly Pausing _pausing;
    private readonly Aborting _aborting;
    private readonly ReleasingProxies _releasing;
    private readonly LoadReading _load;

    /// <param name="stored">What the store says of it.</param>
    /// <param name="hooks">Programs of the operator's that are asked before a switchover begins, in this order.</param>
    /// <param name="design">What it is built with instead of the usual; for tests.</param>
    internal DatabaseSwitch(
        SwitchConfiguration configuration, IReadOnlyList<ProxyLink> proxies, ISwitchStore store, StoredSwitch stored, IReadOnlyList<HookConfiguration> hooks, ResolveName resolve, TimeProvider time, ILoggerFactory loggers, SwitchDesign? design = null)
    {
        design ??= SwitchDesign.Usual;
        SwitchCore? core = null;
        loggers = new SwitchLogger.Factory(loggers, configuration.Name, () => (core!.State.Running?.Record.Generation ?? core.State.Selection?.Generation ?? 0, core.State.Running?.Record.Id));
        core = new SwitchCore(configuration, proxies, SwitchState.From(stored, time), time, loggers, design.Rules.Decide);
        var logger = loggers.CreateLogger<DatabaseSwitch>();
        TargetProbes? probes = null;
        var addresses = new TargetAddresses(configuration, resolve, stored.Addresses, (t, a) => RememberedAddresses.NoteUnlessSelectedAsync(configuration.Name, store, core, logger, t, a), time, loggers.CreateLogger<TargetAddresses>())
        {
            Accepts = (address, cancel) => AddressLook.AcceptsAsync(address, time, cancel),
            Answers = target => probes!.Latest(target) is { Health: Health.Healthy },
            IsInUse = target => core.State is { Selection.Target: { } selected, AddressInUse: not null } && selected == target,
        };
        probes = new TargetProbes(configuration, t => addresses.Of(t).Address, time, loggers.CreateLogger<TargetProbes>(), design.Kinds);
        _parts = new SwitchParts(configuration, core, store, addresses, probes, new SwitchGates(configuration.Gates, time), new SelfStartingServers([.. configuration.Targets.Values.Select(t => t.ServerName)]), hooks, design.Phases, design.Rules, time, logger);
        var commands = new OperatorCommands(_parts);
        (_selecting, _holding, _pausing, _aborting, _releasing) = (new Selecting(_parts, commands), new Holding(_parts, commands), new Pausing(_parts, commands), new Aborting(_parts), new ReleasingProxies(_parts, commands));
        _runner = new DutyRunner(_parts);
        _duties = DutiesOf(_parts, _selecting, _holding);
        _load = new LoadReading(configuration, target => addresses.Of(target).Address, proxies);
        Log = new CycleLog(configuration, address => configuration.Targets.Keys.FirstOrDefault(t => address.Equals(addresses.Of(t).Address)), loggers.CreateLogger<CycleLog>());
        core.Keepers.Reported += Log.Take;
        core.Keepers.Reported += _parts.SelfStarting.Take;
        core.Keepers.Reported += (_, _) => core.Tell();
        probes.Changed += core.Tell;
        core.Progressed += (_, phase) =>
        {
            if (phase is null)
            {
                probes.AskAgain();
            }
        };
        addresses.Changed += core.Tell;
    }

    public string Name => _parts.Name;

    public SwitchConfiguration Configuration => _parts.Configuration;

    /// <summary>What it shows now.</summary>
    public SwitchSnapshot Snapshot => SwitchSnapshot.Of(_parts);

    public CycleLog Log { get; }

    /// <summary>How much the targets have to do, as it was when it was last asked for (<see cref="ReadLoadAsync"/>).</summary>
    public IReadOnlyList<TargetLoad> Load => _load.Latest;

    /// <summary>Raised when what it shows may be other than before, on whatever thread it became so: who listens takes note, and does the rest elsewhere. After each look at a proxy it may be so.</summary>
    public event Action? Changed { add => _parts.Core.Changed += value; remove => _parts.Core.Changed -= value; }

    /// <summary>Raised when a switchover comes to a phase, and at its end (null). The same holds for who listens.</summary>
    public event Action<SwitchoverRecord, SwitchoverPhase?>? Progressed { add => _parts.Core.Progressed += value; remove => _parts.Core.Progressed -= value; }

    /// <summary>Raised after each look at a proxy: the result before it (null for the first) and the new one.</summary>
    public event Action<CycleResult?, CycleResult>? Looked { add => _parts.Core.Keepers.Reported += value; remove => _parts.Core.Keepers.Reported -= value; }

    /// <summary>Raised when a switchover was asked for and refused.</summary>
    public event Action<SwitchoverOutcome.Refused>? SelectionRefused { add => _selecting.Refused += value; remove => _selecting.Refused -= value; }

    /// <summary>Raised each time that the store could not do what it was asked for.</summary>
    public event Action? StoreFailed { add => _parts.Core.StoreFailed += value; remove => _parts.Core.StoreFailed -= value; }

    /// <summary>Looks at every proxy and keeps it in line, until stopped.</summary>
    /// <exception cref="DutyException">Something in it ended by an unexpected error: it is not kept any more.</exception>
    public async Task RunAsync(CancellationToken stop)
    {
        using var both = CancellationTokenSource.CreateLinkedTokenSource(stop, _parts.Core.Ending);
        await _parts.Addresses.ResolveAllAsync(both.Token).ConfigureAwait(false);
        await _runner.RunAsync(_duties, both.Token).ConfigureAwait(false);
    }

    /// <summary>Sends clients to another target, or to none: succeeded, refused (nothing touched), or rolled back.</summary>
    /// <param name="ifGeneration">Refuse when the generation is not this one; null for any.</param>
    /// <param name="drain">How long open sessions may end by themselves before they are cut; null for the configuration's.</param>
    public Task<SwitchoverOutcome> SelectAsync(SwitchoverRequest request, long? ifGeneration, TimeSpan? drain, CancellationToken cancel) => _selecting.SelectAsync(request, ifGeneration, drain, cancel);

    /// <summary>As <see cref="SelectAsync"/>, without doing it: foreseen, unchanged, or refused in the same words.</summary>
    public Task<SwitchoverOutcome> ForeseeAsync(SwitchoverRequest request, long? ifGeneration, TimeSpan? drain, CancellationToken cancel) => _selecting.ForeseeAsync(request, ifGeneration, drain, cancel);

    /// <summary>Makes new connections wait, on every proxy or on none.</summary>
    /// <param name="time">For how long at most; more than 0.</param>
    public Task<HoldOutcome> HoldAsync(string by, string reason, TimeSpan time, CancellationToken cancel) => _holding.HoldAsync(by, reason, time, cancel);

    /// <summary>Lets them go on, to the target that is selected.</summary>
    public Task<HoldOutcome> ReleaseAsync(string by, CancellationToken cancel) => _holding.ReleaseAsync(by, cancel);

    /// <summary>The manager keeps its hands off until it is resumed.</summary>
    public Task<RequestOutcome> PauseAsync(PauseState pause, CancellationToken cancel) => _pausing.PauseAsync(pause, cancel);

    public Task<RequestOutcome> ResumeAsync(string by, CancellationToken cancel) => _pausing.ResumeAsync(by, cancel);

    /// <summary>An operator's word that a proxy may be taken out of this switch: a configuration without it is accepted from then on.</summary>
    public Task<RequestOutcome> ReleaseProxyAsync(string proxy, string by, CancellationToken cancel) => _releasing.ReleaseAsync(proxy, by, cancel);

    /// <summary>Aborts a switchover, and waits until every proxy is as before.</summary>
    public Task<AbortOutcome> AbortAsync(long id, string by, CancellationToken cancel) => _aborting.AbortAsync(id, by, cancel);

    /// <summary>Waits until a selection is in force, or a person must say which; false when the deadline passes before.</summary>
    public Task<bool> DecidedAsync(TimeSpan deadline, CancellationToken cancel) => _parts.Core.DecidedAsync(deadline, cancel);

    /// <summary>Asks every proxy, all at once, for <see cref="Load"/>.</summary>
    public Task ReadLoadAsync() => _load.ReadAsync();

    /// <summary>Whether a proxy, as it was looked at last, has something that leads clients to a server in maintenance.</summary>
    internal Guard WhatOverrulesMaintenance(CycleResult latest) => OverruledMaintenance.Guard(Configuration.Backend, [latest], []);

    /// <summary>Asks every gate anew.</summary>
    public Task<IReadOnlyList<(GateConfiguration Gate, GateLook Look)>> LookAtGatesAsync(CancellationToken cancel) => _parts.Gates.LookAsync(cancel);

    /// <summary>Asks for the targets' names now, not at the next tick.</summary>
    public Task ResolveNamesAsync(CancellationToken cancel) => _parts.Addresses.ResolveAllAsync(cancel);

    /// <summary>Stops looking; every proxy stays as it is. When it has ended, nothing of it writes to the store any more: another switch of this name may take over from there.</summary>
    public Task EndAsync() => _parts.Core.EndAsync();

    public async ValueTask DisposeAsync()
    {
        await _parts.Probes.DisposeAsync().ConfigureAwait(false);
        await _parts.Gates.DisposeAsync().ConfigureAwait(false);
        _parts.Core.Dispose();
    }

    private static IReadOnlyList<IDuty> DutiesOf(SwitchParts parts, Selecting selecting, Holding holding) =>
    [
        new Loop("keep its proxies in line", parts.Core.Keepers.RunAsync),
        new Loop("resolve names", parts.Addresses.RunAsync),
        new Loop("look at its databases", parts.Probes.RunAsync),
        new AgreeWithProxies(parts),
        new FollowAddress(parts),
        new FinishSwitchover(parts),
        new MendStore(parts),
        new EndHolds(parts, holding),
        .. parts.Configuration.Targets.Keys.Any(parts.Probes.MayPromote) ? [new ReopenDatabase(parts)] : (IDuty[])[],
        .. parts.Probes.Follows ? [new FollowPrimary(parts, selecting)] : (IDuty[])[],
        .. parts.Probes.HoldsWhenEmpty ? [new LeaveEmptyDatabase(parts, selecting)] : (IDuty[])[],
        .. parts.Probes.Attaches ? [new AttachReplicas(parts)] : (IDuty[])[],
        .. parts.Gates.IsEmpty ? [] : (IDuty[])[new KeepGatesOpen(parts)],
    ];
}
