using DbSwitch.Configuration;
using DbSwitch.Databases;
using DbSwitch.Gates;
using DbSwitch.Keeping;
using DbSwitch.Model;
using DbSwitch.Naming;
using DbSwitch.Proxies;
using DbSwitch.Storage;
using DbSwitch.Switching.Core;
using DbSwitch.Switching.Rules;
using DbSwitch.Switching.Running;

namespace DbSwitch.Switching;

/// <summary>What a switch shows, at one moment: the API, the page, the metrics and <c>status</c> read this and nothing else. Immutable.</summary>
public sealed record SwitchSnapshot
{
    public required SwitchConfiguration Configuration { get; init; }

    public string Name => Configuration.Name;

    /// <summary>Null while nothing is known: the store is empty, and not every proxy could be asked yet.</summary>
    public Selection? Selection { get; init; }

    public PauseState? Pause { get; init; }

    /// <summary>New connections are made to wait, by whom and until when; null when they are not.</summary>
    public HoldState? Hold { get; init; }

    /// <summary>The switchover that is under way, or null.</summary>
    public SwitchoverRecord? Running { get; init; }

    /// <summary>Where the switchover that is under way is; null when there is none.</summary>
    public SwitchoverPhase? Phase { get; init; }

    /// <summary>Until when open sessions may end by themselves before they are cut; null while there is no fence under way.</summary>
    public DateTimeOffset? DrainsUntil { get; init; }

    /// <summary>Why nothing is selected although something may be: a person must say what.</summary>
    public string? NeedsPerson { get; init; }

    /// <summary>The selected target is not promoted yet, and no client is let in before.</summary>
    public bool AwaitsPromotion { get; init; }

    /// <summary>Why the store could not be written when it last was tried; null when it could.</summary>
    public string? StoreProblem { get; init; }

    /// <summary>Why the selected target's new address is not in use yet; null when it is, or there is none.</summary>
    public string? MoveProblem { get; init; }

    /// <summary>What is wrong with the selected target's database, or with following a primary; null when nothing is.</summary>
    public string? DatabaseProblem { get; init; }

    /// <summary>Which target does not follow the selected one although it is to, and why; null when there is none.</summary>
    public string? ReplicaProblem { get; init; }

    /// <summary>Why clients may still wait in a gate although no switchover is under way; null when none does.</summary>
    public string? GateProblem { get; init; }

    /// <summary>For which proxies the manager waits before it does anything; null when it does not.</summary>
    public string? StartProblem { get; init; }

    /// <summary>Why nobody keeps this switch any more; null while somebody does.</summary>
    public string? Stopped { get; init; }

    /// <summary>The latest result of each proxy, in the configuration's order; one that was not looked at yet has none.</summary>
    public required IReadOnlyList<CycleResult> Latest { get; init; }

    /// <summary>By target.</summary>
    public required IReadOnlyDictionary<string, TargetSnapshot> Targets { get; init; }

    /// <summary>By name: the latest look at each gate; null before the first.</summary>
    public required IReadOnlyDictionary<string, GateLook?> Gates { get; init; }

    /// <summary>Sessions with servers that take no new clients any more, as of the latest look at each proxy; old workers are not counted.</summary>
    public int SessionsLeft => Latest.Select(r => r.Observed).OfType<ProxyObservation.Seen>().SelectMany(s => s.Servers).Where(s => !s.MayTakeClients).Sum(s => s.Sessions?.Count ?? 0);

    /// <summary>The target that a server stands for: by what we call it, or, where haproxy.cfg calls it otherwise, by its address. Null for a stranger.</summary>
    public string? TargetOf(ObservedServer server)
    {
        ArgumentNullException.ThrowIfNull(server);
        return Configuration.Targets.Values.FirstOrDefault(t => t.ServerName == server.Name)?.Name
            ?? Targets.FirstOrDefault(t => t.Value.Address.Address is { } address && server.HasAddress(address)).Key;
    }

    internal static SwitchSnapshot Of(SwitchParts parts)
    {
        var (state, problems) = (parts.Core.State, parts.Core.Problems);
        return new SwitchSnapshot
        {
            Configuration = parts.Configuration,
            Selection = state.Selection,
            Pause = state.Pause,
            Hold = state.Hold?.Said,
            Running = state.Running?.Record,
            Phase = state.Running?.Phase,
            DrainsUntil = state.Running?.DrainsUntil,
            NeedsPerson = state.NeedsPerson,
            AwaitsPromotion = state.AwaitsPromotion,
            StoreProblem = problems.Of(ProblemSource.Store),
            MoveProblem = problems.Of(ProblemSource.Address),
            DatabaseProblem = problems.Of(ProblemSource.Database) ?? problems.Of(ProblemSource.Primary) ?? problems.Of(ProblemSource.Empty),
            ReplicaProblem = problems.Of(ProblemSource.Replica),
            GateProblem = problems.Of(ProblemSource.Gate),
            StartProblem = problems.Of(ProblemSource.Start),
            Stopped = problems.Of(ProblemSource.Stopped),
            Latest = parts.Core.Keepers.Latest,
            Targets = parts.Configuration.Targets.Keys.ToDictionary(t => t, t => TargetSnapshot.Of(parts, state, t)),
            Gates = parts.Gates.Latest,
        };
    }
}

/// <param name="Address">What is known of its address.</param>
/// <param name="Probe">The latest look at its database; null before the first, and while there is none since the last switchover: what was seen before it is true no more.</param>
/// <param name="Guards">What the guards would say of a switchover to it, from the latest looks; empty for the selected one, and while nothing is known.</param>
public sealed record TargetSnapshot(TargetAddress Address, Probe? Probe, IReadOnlyList<Guard> Guards)
{
    /// <summary>What it last told about itself, however long ago; null for never.</summary>
    public DatabaseFacts? Known { get; init; }

    /// <summary>How it becomes a replica of the selected one again, as lines to paste; empty where nothing is to be done by hand.</summary>
    public IReadOnlyList<string> RejoinSteps { get; init; } = [];

    /// <summary>It was not asked again yet since the last switchover.</summary>
    public bool IsOutdated { get; init; }

    internal static TargetSnapshot Of(SwitchParts parts, SwitchState state, string target)
    {
        var (probe, selected) = (parts.Probes.Latest(target), state.Selection?.Target);
        var isOutdated = IsBefore(probe, state) || (selected is not null && IsBefore(parts.Probes.Latest(selected), state));
        return new TargetSnapshot(
            parts.Addresses.Of(target),
            IsBefore(probe, state) ? null : probe,
            target == selected || isOutdated ? [] : [.. parts.Probes.Foreseen(target, selected), parts.SelfStarting.Guard(parts.ServerOf(target), []), OverruledMaintenance.Guard(parts.Configuration.Backend, parts.Core.Keepers.Latest, []), .. parts.Gates.Foreseen])
        {
            Known = parts.Probes.Known(target),
            RejoinSteps = parts.Probes.RejoinSteps(target, selected),
            IsOutdated = isOutdated,
        };
    }

    // What must not be asked without need was asked by the switchover itself.
    private static bool IsBefore(Probe? probe, SwitchState state) => probe is not null && probe.Facts?.WhyNotAskedAgain is null && probe.At - probe.Took < state.LastEnd;
}
