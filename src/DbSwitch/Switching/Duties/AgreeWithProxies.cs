using DbSwitch.Model;
using DbSwitch.Proxies;
using DbSwitch.Storage;
using DbSwitch.Switching.Core;
using DbSwitch.Switching.Rules;
using DbSwitch.Switching.Running;
using Microsoft.Extensions.Logging;

namespace DbSwitch.Switching.Duties;

/// <summary>
/// How a switch comes to a selection that is in force when the manager starts: from the store, from an unfinished switchover, or, with an empty store, from what the proxies serve.
/// Until then keepers only look.
/// </summary>
internal sealed partial class AgreeWithProxies(SwitchParts parts) : IDuty
{
    private static readonly TimeSpan LookAroundDeadline = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    public string Name => "agree with the proxies at the start";

    public async Task RunAsync(CancellationToken stop)
    {
        using (var turn = await parts.Core.EnterAsync(TurnKind.Housekeeping, Timeout.InfiniteTimeSpan, stop).ConfigureAwait(false))
        {
            if (turn is null)
            {
                return;
            }

            await RecoverAsync(turn).ConfigureAwait(false);
        }

        while (!IsDecided)
        {
            var unseen = await parts.Core.Keepers.WaitAsync(r => r.Observed is ProxyObservation.Seen, LookAroundDeadline, stop).ConfigureAwait(false);
            using var turn = await parts.Core.EnterAsync(TurnKind.Housekeeping, Timeout.InfiniteTimeSpan, stop).ConfigureAwait(false);
            if (turn is null || IsDecided)
            {
                return;
            }

            try
            {
                await DecideAsync(turn, stop).ConfigureAwait(false);
            }
            catch (StoreException e)
            {
                parts.Core.SayStoreFailed(e.Message);
                await Task.Delay(RetryInterval, parts.Time, stop).ConfigureAwait(false);
            }
        }

        parts.Core.Say(ProblemSource.Start, null);
    }

    private bool IsDecided => parts.Core.State is { IsInForce: true } or { NeedsPerson: not null };

    /// <summary>A switchover that was not committed when the manager ended is undone before anything else: its new target was never made ready anywhere. One that was committed goes forward.</summary>
    private async Task RecoverAsync(Turn turn)
    {
        if (turn.State.Unfinished is { Committed: true } committed)
        {
            // It explains what the proxies serve.
            turn.Set(turn.State with { AwaitsPromotion = turn.State.AwaitsPromotion || parts.Promotes(committed.To), IsInForce = turn.State.Selection is not null });
            return;
        }

        if (turn.State.Unfinished is not { } undone)
        {
            return;
        }

        var message = $"{parts.Name}: rolled back, clients stay with {undone.From ?? "none"}: the manager ended before every proxy was fenced.";
        var ended = undone with { Result = SwitchoverResult.RolledBack, Ended = parts.Time.GetUtcNow(), Message = message };
        var state = turn.State with { Unfinished = null, Undone = undone.Generation, UndoOwed = parts.Promotes(undone.To) ? undone : turn.State.UndoOwed, IsInForce = true, Restores = true };
        Undone(parts.Logger, parts.Name, undone.Generation, undone.Id, message);
        try
        {
            turn.Set(state with { Selection = await parts.Store.RollBackAsync(undone, message, state.UndoOwed?.Id == undone.Id, ended.Ended!.Value, CancellationToken.None).ConfigureAwait(false) });
        }
        catch (StoreException e)
        {
            // The selection is what it was, whether the journal's entry has its end or not: the proxies are kept all the same.
            parts.Core.SayStoreFailed(e.Message);
            turn.Set(state with { EndOwed = ended });
        }

        parts.Core.TellProgress(ended, null);
    }

    private Task DecideAsync(Turn turn, CancellationToken cancel)
    {
        if (turn.State.Selection is null)
        {
            return parts.SeenProxies().Count == parts.Core.Keepers.Proxies.Count ? AdoptAsync(turn, cancel) : Task.CompletedTask;
        }

        return BelieveAsync(turn, turn.State.Selection);
    }

    /// <summary>
    /// A store that is not empty is believed once a proxy confirms it, or all were seen and none contradicts it. Where the proxies serve another target, and none the one that it says is selected,
    /// it is an old one, and a person must say. A proxy that was never seen confirms nothing and contradicts nothing: it is waited for.
    /// </summary>
    private async Task BelieveAsync(Turn turn, Selection selection)
    {
        if (turn.State.AddressInUse is null && parts.AddressOf(selection.Target) is { } address)
        {
            turn.Set(turn.State with { AddressInUse = address });
            await RememberedAddresses.NoteAsync(parts.Name, parts.Store, parts.Core, parts.Logger, selection.Target!, address).ConfigureAwait(false);
        }

        var server = selection.Target is { } target && turn.State.AddressInUse is { } inUse ? new ServerSpec(ServerNames.For(target, inUse.Port), inUse) : null;
        switch (parts.Rules.Judge(parts.SeenProxies(), Awaited(), server, selection.Generation, parts.Servers()))
        {
            case StoreVerdict.Believe:
                turn.Set(turn.State with { IsInForce = true });
                break;
            case StoreVerdict.Contradicted no:
                AskPerson(turn, $"{parts.Name}: the store says that {selection.Target ?? "none"} is selected (generation {selection.Generation}), and its proxies serve another target ({no.Situation}): an old store? Nothing is changed until a person decides with \"dbswitch select\".");
                break;
            case StoreVerdict.Wait wait:
                parts.Core.Say(ProblemSource.Start, $"waits for {string.Join(" and ", wait.Unseen)} before anything is changed: no proxy has confirmed yet what the store says ({selection.Target ?? "none"}, generation {selection.Generation}). If it is right: dbswitch select {selection.Target ?? "--none"}{string.Concat(wait.Unseen.Select(p => $" --without {p}"))}");
                break;
        }
    }

    /// <summary>With an empty store nothing is decided until every proxy has been seen.</summary>
    private async Task AdoptAsync(Turn turn, CancellationToken cancel)
    {
        var seen = parts.SeenProxies();
        switch (parts.Rules.Adopt(seen, parts.Servers(), parts.Configuration.Initial))
        {
            case AdoptionAnswer.Take take:
                var selection = new Selection(take.Target, parts.Rules.Heard(seen.Values) + 1, parts.Time.GetUtcNow(), "dbswitch", take.Reason);
                if (!await parts.Store.InitializeAsync(parts.Name, selection, take.Address, cancel).ConfigureAwait(false))
                {
                    throw new StoreException($"{parts.Name} has a selection in the store already, which was not there a moment ago.");
                }

                turn.Set(turn.State with { Selection = selection, AddressInUse = take.Address, IsInForce = true });
                Selected(parts.Logger, parts.Name, take.Target ?? "none", take.Reason);
                break;
            case AdoptionAnswer.AskPerson ask:
                AskPerson(turn, $"{parts.Name}: the store is empty and its proxies do not all serve one of its targets ({ask.Situation}). Nothing is changed until a person decides.");
                break;
        }
    }

    // Where there is no HAProxy nobody is served, and nobody can be hurt.
    private List<string> Awaited() => [.. parts.Core.Keepers.Proxies.Except(parts.Core.Keepers.Latest.Where(r => r.Observed is ProxyObservation.Down).Select(r => r.Proxy))];

    private void AskPerson(Turn turn, string problem)
    {
        turn.Set(turn.State with { NeedsPerson = problem });
        AsksPerson(parts.Logger, problem);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Switch}: {Target} is selected: {Reason}")]
    private static partial void Selected(ILogger logger, string @switch, string target, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Switch}: generation {Generation}, switchover {Id}: {Message}")]
    private static partial void Undone(ILogger logger, string @switch, long generation, long id, string message);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Problem}")]
    private static partial void AsksPerson(ILogger logger, string problem);
}
