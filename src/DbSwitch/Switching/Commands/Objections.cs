using DbSwitch.Configuration.Values;
using DbSwitch.Databases;
using DbSwitch.Keeping;
using DbSwitch.Model;
using DbSwitch.Proxies;
using DbSwitch.Switching.Core;
using DbSwitch.Switching.Outcomes;
using DbSwitch.Switching.Rules;
using DbSwitch.Switching.Running;

namespace DbSwitch.Switching.Commands;

/// <summary>
/// What may speak against a command, in the order in which it is asked: first what the request itself says, then what is known, then what others have to be asked for.
/// All commands and the dry run use this one list. Nothing in it touches a proxy or a database.
/// </summary>
internal sealed class Objections
{
    private static readonly TimeSpan LookDeadline = TimeSpan.FromSeconds(5);

    private readonly SwitchParts _parts;
    private readonly HookQuestions _hooks;
    private readonly IReadOnlyList<Objection> _ofTheRequest;
    private readonly IReadOnlyList<Objection> _inOrder;

    public Objections(SwitchParts parts)
    {
        (_parts, _hooks) = (parts, new HookQuestions(parts));
        _ofTheRequest =
        [
            new(Command.Selections, UnknownProxy),
            new(Command.Selections, UnknownTarget),
        ];
        _inOrder =
        [
            new(Command.Pause, Held),
            new(Command.Selections | Command.Hold, NothingKnownYet),
            new(Command.Selections, AnotherGeneration),
            new(Command.Selections | Command.Hold, Paused),
            new(Command.Selections | Command.Hold, StillLookingAround),
            new(Command.Hold, PersonMustDecide),
            new(Command.Hold, NothingToHold),
            new(Command.Hold, HeldAlready),
            new(Command.Selections, TakesOverFromUnseenProxies),
            new(Command.Selections, SelectedAlready),
            new(Command.Selections, NoAddress),
            new(Command.Foresee, StoreFailing),
            new(Command.Selections, OutlastsCeiling),
            new(Command.Select, _hooks.AskAsync),
            new(Command.Selections, NotFitAsync),
            new(Command.Selections | Command.Hold, ProxyDoesNotAnswerAsync),
            new(Command.Selections, MaintenanceIsOverruled),
            new(Command.Hold, NoCompanion),
            new(Command.Hold, OutlastsCeiling),
        ];
    }

    /// <summary>The first thing that speaks against the request as it stands; null when nothing does.</summary>
    public Task<SwitchoverOutcome?> ToRequestAsync(CommandRequest request, CancellationToken cancel) => FirstAsync(_ofTheRequest, request, cancel);

    /// <summary>The first thing that speaks against doing it now; null when nothing does. Asked with the turn.</summary>
    public Task<SwitchoverOutcome?> ToDoingAsync(CommandRequest request, CancellationToken cancel) => FirstAsync(_inOrder, request, cancel);

    /// <summary>What is said to who did not get the turn.</summary>
    public SwitchoverOutcome.Refused NotNow() =>
        _parts.Core.HasEnded ? Conflict($"the manager is reading its configuration again, or ending; try again")
        : State.Running?.Record is { } other ? Conflict($"a switchover to {other.To ?? "none"} by {other.By} is under way (id {other.Id}); wait for its end")
        : Conflict("another change is under way; try again");

    public static SwitchoverOutcome.Refused Conflict(string why) => new(RefusalReason.Conflict, $"Refused: {why}.");

    public static SwitchoverOutcome.Refused Guard(string why) => new(RefusalReason.Guard, $"Refused: {why.TrimEnd('.')}.");

    private SwitchState State => _parts.Core.State;

    private IReadOnlyList<CycleResult> Latest => _parts.Core.Keepers.Latest;

    private static async Task<SwitchoverOutcome?> FirstAsync(IReadOnlyList<Objection> objections, CommandRequest request, CancellationToken cancel)
    {
        foreach (var objection in objections.Where(o => o.To.HasFlag(request.Command)))
        {
            if (await objection.Ask(request, cancel).ConfigureAwait(false) is { } no)
            {
                return no;
            }
        }

        return null;
    }

    private SwitchoverOutcome.Refused? UnknownProxy(CommandRequest request) =>
        request.Selection.Without.FirstOrDefault(p => !_parts.Configuration.Proxies.Contains(p)) is { } unknown
            ? new SwitchoverOutcome.Refused(RefusalReason.UnknownProxy, $"{_parts.Name} has no proxy {unknown} to do without; its proxies are {string.Join(", ", _parts.Configuration.Proxies)}{Suggestion.AtEnd(unknown, _parts.Configuration.Proxies)}")
        : _parts.Configuration.Proxies.All(request.Selection.Without.Contains) ? Guard("without all of its proxies there is nothing to switch")
        : null;

    private SwitchoverOutcome.Refused? UnknownTarget(CommandRequest request) => request.Selection.Target is { } wanted && !_parts.Configuration.Targets.ContainsKey(wanted)
        ? new SwitchoverOutcome.Refused(RefusalReason.UnknownTarget, $"{_parts.Name} has no target {wanted}; its targets are {string.Join(", ", _parts.Configuration.Targets.Keys)}{Suggestion.AtEnd(wanted, _parts.Configuration.Targets.Keys)}")
        : null;

    // A manager that keeps its hands off could not let them go on in time.
    private SwitchoverOutcome.Refused? Held(CommandRequest request) => State.Hold is { } hold ? Conflict($"new connections wait, held by {hold.Said.By} until {hold.Said.Until:u}; let them go on first (dbswitch release)") : null;

    private SwitchoverOutcome.Refused? NothingKnownYet(CommandRequest request) => State is { Selection: null, NeedsPerson: null }
        ? Guard($"what {_parts.Name}'s proxies serve is not known yet ({string.Join("; ", Latest.Where(r => r.Problem is not null).Select(r => $"{r.Proxy}: {r.Problem}"))})")
        : null;

    private SwitchoverOutcome.Refused? AnotherGeneration(CommandRequest request) => request.IfGeneration is { } expected && State.Selection is { } present && expected != present.Generation
        ? Conflict($"its generation is {present.Generation}, not {expected}: {present.Target ?? "none"} was selected by {present.By}")
        : null;

    private SwitchoverOutcome.Refused? Paused(CommandRequest request) => State.Pause is { } pause
        ? Conflict($"{_parts.Name} is paused by {pause.By}{(pause.Reason.Length > 0 ? $" ({pause.Reason})" : "")}; resume it first")
        : null;

    // Who says that no client comes through those that were not seen has waited for them long enough.
    private SwitchoverOutcome.Refused? StillLookingAround(CommandRequest request) => State is { IsInForce: false, NeedsPerson: null } && !(request.Selection.Without.Count > 0 && Unseen(request).Count == 0)
        ? Guard(_parts.Core.Problems.Of(ProblemSource.Start) ?? $"the manager has just started and is looking at {_parts.Name}'s proxies; try again")
        : null;

    // What is not in force must not be made so by anything but the decision itself.
    private SwitchoverOutcome.Refused? PersonMustDecide(CommandRequest request) => State is { IsInForce: false, NeedsPerson: { } why } ? Guard(why) : null;

    private SwitchoverOutcome.Refused? NothingToHold(CommandRequest request) => State is { Selection.Target: null } or { AddressInUse: null } ? Conflict("no target is selected: new connections wait already, or are closed") : null;

    private SwitchoverOutcome.Refused? HeldAlready(CommandRequest request) => State.Hold is { Said: { } other }
        ? Conflict($"new connections wait already, held by {other.By} until {other.Until:u}{(other.Reason.Length > 0 ? $" ({other.Reason})" : "")}; end that first (dbswitch release)")
        : null;

    /// <summary>
    /// Where nothing is in force, or a proxy has heard of a higher generation than the store knows, what the proxies serve is taken over first, or none where they do not agree, above all their
    /// generations. Nothing changes for clients by that; it is not done before nothing else speaks against the command.
    /// </summary>
    private SwitchoverOutcome.Refused? TakesOverFromUnseenProxies(CommandRequest request)
    {
        var seen = _parts.SeenProxies();
        var heard = seen.Count == 0 ? 0 : _parts.Rules.Heard(seen.Values);
        if (State.IsInForce && heard <= State.Generation)
        {
            return null;
        }

        if (Unseen(request).Count > 0 || seen.Count == 0)
        {
            return Guard($"what {_parts.Name}'s proxies serve would be taken over, and not all of them can be asked ({string.Join("; ", Latest.Where(r => r.Observed is not ProxyObservation.Seen).Select(r => $"{r.Proxy}: {r.Problem}"))})");
        }

        if (Math.Max(State.Generation, heard) >= Generations.Highest)
        {
            var proxies = string.Join(" and ", seen.Where(p => p.Value.Companion?.Generation == heard).Select(p => p.Key));
            return Guard($"{proxies} has heard of generation {heard}, which no switch reaches: somebody wrote it there. Restart that HAProxy, without its line in the file DBSWITCH_GENERATIONS where it has one, then select again (docs/operating.md, \"A generation that nobody reached\")");
        }

        var served = _parts.Rules.Adopt(seen, _parts.Servers(), null) as AdoptionAnswer.Take;
        request.TakenOverAt = served?.Address;
        request.TakenOver = new Selection(served?.Target, Math.Max(State.Generation, heard) + 1, _parts.Time.GetUtcNow(), request.Selection.By, "taken over from the proxies: the store was empty or older");
        return null;
    }

    private List<string> Unseen(CommandRequest request) => [.. _parts.Core.Keepers.Proxies.Except(_parts.SeenProxies().Keys).Except(request.Selection.Without)];

    private SwitchoverOutcome.Unchanged? SelectedAlready(CommandRequest request) => request.TakenOver is null && State.Selection is { } present && request.Selection.Target == present.Target
        ? new SwitchoverOutcome.Unchanged(string.Join(' ', ((string?[])
        [
            $"{_parts.Name}: {present.Target ?? "none"} is selected already, since {present.Since:u} by {present.By}.",
            WhatIsWrong() is { Length: > 0 } wrong ? $"It is not all as it should be, still retrying: {wrong}." : "Nothing was done.",
            State.Hold is { Said: { } hold } ? $"New connections wait: it is held by {hold.By} until {hold.Until:u}; \"dbswitch release\" lets them go on." : null,
        ]).OfType<string>()))
        : null;

    private string WhatIsWrong() => string.Join("; ", ((string?[])
    [
        .. Enum.GetValues<ProblemSource>().Select(_parts.Core.Problems.Of),
        State.UndoOwed is not null && _parts.Core.Problems.Of(ProblemSource.Database) is null ? $"{State.Selection?.Target} may still be closed to clients by a switchover that was undone" : null,
        .. Latest.Where(r => r.Problem is not null).Select(r => $"{r.Proxy}: {r.Problem}"),
    ]).OfType<string>().Select(p => p.TrimEnd('.')));

    private SwitchoverOutcome.Refused? NoAddress(CommandRequest request) => request.Selection.Target is { } target && _parts.Addresses.Of(target) is { Address: null } unknown
        ? Guard($"{target} has no address ({unknown.Problem})")
        : null;

    private SwitchoverOutcome.Refused? StoreFailing(CommandRequest request) => _parts.Core.Problems.Of(ProblemSource.Store) is { } trouble ? Guard(trouble) : null;

    /// <summary>Who waits through all of it waits for so much longer; HAProxy itself ends a wait at the ceiling of its configuration.</summary>
    private SwitchoverOutcome.Refused? OutlastsCeiling(CommandRequest request) =>
        _parts.Configuration.Hold + request.Wait is var needed && SwitchoverRules.Ceiling(Latest) is { } ceiling && needed > ceiling.Time
            ? Guard($"a connection would have to wait for up to {Durations.Show(needed)} ({request.WaitFor} {Durations.Show(request.Wait)}, and hold: {Durations.Show(_parts.Configuration.Hold)}), and {ceiling.Proxy} lets none wait for longer than {Durations.Show(ceiling.Time)}. Take less, or raise inspect-delay and the last number of dbswitch-hold in its haproxy.cfg")
            : null;

    /// <summary>Whether the target's database is fit to take clients, asked anew. Who selects none asks nothing of any database.</summary>
    private async Task<SwitchoverOutcome?> NotFitAsync(CommandRequest request, CancellationToken cancel)
    {
        if (request.Selection is not { Target: { } target } selection)
        {
            return null;
        }

        var present = request.TakenOver is { } takenOver ? takenOver.Target : State.Selection?.Target;
        request.Guards =
        [
            .. await _parts.Probes.GuardAsync(target, selection.Follows || present == target ? null : present, selection.Force, _parts.ClosureBy(target, 0), cancel).ConfigureAwait(false),
            _parts.SelfStarting.Guard(_parts.ServerOf(target), selection.Without),
            .. selection.Follows ? [] : await _parts.Gates.GuardAsync(cancel).ConfigureAwait(false),
        ];
        if (GuardRules.Refusal(target, request.Guards) is not { } why)
        {
            return null;
        }

        if (!selection.Force)
        {
            // It ends with what to type next, so without a full stop.
            return new SwitchoverOutcome.Refused(RefusalReason.Guard, $"Refused: {why}") { Guards = request.Guards };
        }

        request.Overridden.Add($"forced although {GuardRules.Failures(request.Guards)}");
        return null;
    }

    /// <summary>Every proxy answers, now, with its sessions too: one whose sessions can't be read could be fenced, and never be proven so.</summary>
    private async Task<SwitchoverOutcome?> ProxyDoesNotAnswerAsync(CommandRequest request, CancellationToken cancel) =>
        await ProxyLook.WhyNotAsync(request.Turn, request.Selection.Without, LookDeadline, cancel).ConfigureAwait(false) is { } no ? Guard(no) : null;

    /// <summary>As the proxies were seen just now: a fence that haproxy.cfg leads clients around is proven in vain.</summary>
    private SwitchoverOutcome.Refused? MaintenanceIsOverruled(CommandRequest request)
    {
        var guard = OverruledMaintenance.Guard(_parts.Configuration.Backend, Latest, request.Selection.Without);
        if (guard.Verdict == GuardVerdict.Passed)
        {
            return null;
        }

        request.Guards = [.. request.Guards, guard];
        if (!request.Selection.Force)
        {
            return new SwitchoverOutcome.Refused(RefusalReason.Guard, $"Refused: {guard.Words}. {guard.Next}") { Guards = request.Guards };
        }

        request.Overridden.Add($"forced although {guard.Words}");
        return null;
    }

    private SwitchoverOutcome.Refused? NoCompanion(CommandRequest request) => Latest.Where(r => r.Observed is ProxyObservation.Seen { Companion: null }).Select(r => r.Proxy).ToList() is { Count: > 0 } bare
        ? Guard($"{string.Join(" and ", bare)} {(bare.Count == 1 ? "has" : "have")} no companion script, so new connections would be closed instead of waiting; load deploy/dbswitch.lua (docs/companion.md)")
        : null;

    /// <param name="To">The commands that it may speak against.</param>
    private sealed record Objection(Command To, Func<CommandRequest, CancellationToken, Task<SwitchoverOutcome?>> Ask)
    {
        public Objection(Command to, Func<CommandRequest, SwitchoverOutcome?> ask)
            : this(to, (request, _) => Task.FromResult(ask(request)))
        {
        }
    }
}
