using DbSwitch.Databases;
using DbSwitch.Gates;
using DbSwitch.Keeping;
using DbSwitch.Model;
using DbSwitch.Proxies;
using DbSwitch.Storage;
using Microsoft.Extensions.Logging;

namespace DbSwitch.Switching;

/// <summary>
/// One switchover, in two phases over all proxies: fence everywhere, then activate everywhere. Each phase is journalled before it begins, so that a manager that
/// is killed in between knows what to undo or to finish when it is back.
/// </summary>
internal sealed partial class Switchover(string name, KeeperGroup keepers, SwitchGates gates, ISwitchStore store, SwitchRules rules, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan LookDeadline = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan FenceDeadline = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan RestoreDeadline = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan ActivateDeadline = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan GoOnDeadline = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan GoOnInterval = TimeSpan.FromMilliseconds(10);

    /// <summary>Guard: every proxy answers, now. Nothing is touched.</summary>
    /// <returns>Null when it may begin; otherwise why not.</returns>
    public async Task<string?> GuardAsync(Goal present, IReadOnlyList<string> without, CancellationToken cancel)
    {
        // Sessions too: a proxy whose sessions can't be read could be fenced, and never be proven so.
        var missing = await keepers.ReachAsync(present with { ReadsSessions = true }, r => r.Observed is ProxyObservation.Seen or ProxyObservation.Down, LookDeadline, cancel, without: without).ConfigureAwait(false);
        return missing.Count == 0 ? null : Describe(missing, r => r.Observed is ProxyObservation.Unknown u ? u.Reason : r.Problem ?? "was not settled in time");
    }

    /// <summary>From its entry in the journal to its end. Nothing cancels it but the manager's end, after which it is undone or finished, and an operator before the commit.</summary>
    public async Task<SwitchoverEnd> RunAsync(SwitchoverRecord record, SwitchoverPlan plan, Abortion abortion, CancellationToken end)
    {
        var watch = plan.Watch;
        using var count = new SwitchoverCount(keepers, record.Generation, plan.Before.Grace, time);
        count.Begin();
        Started(name, record.Generation, record.Id, record.From ?? "none", record.To ?? "none", record.By);
        if (await PauseAsync(plan, abortion, end).ConfigureAwait(false) is { } notPaused)
        {
            return await UndoAsync(record, plan, notPaused, count, end).ConfigureAwait(false);
        }

        watch.Next(SwitchoverPhase.Fence);
        if (await FenceAsync(plan, count, abortion, end).ConfigureAwait(false) is { } notFenced)
        {
            return await UndoAsync(record, plan, notFenced, count, end).ConfigureAwait(false);
        }

        if (await QuietAsync(plan, abortion, end).ConfigureAwait(false) is { } notQuiet)
        {
            return await UndoAsync(record, plan, notQuiet, count, end).ConfigureAwait(false);
        }

        watch.Next(SwitchoverPhase.Journal);
        Selection selection;
        try
        {
            if (record.To is { } target)
            {
                await store.SaveAddressAsync(name, target, plan.After.Server!.Address, CancellationToken.None).ConfigureAwait(false);
            }

            if (!abortion.TryClose())
            {
                return await UndoAsync(record, plan, AbortedBy(abortion), count, end).ConfigureAwait(false);
            }

            // Invariant 1: the selection changes only here, after every other target was proven fenced on every proxy. From here on it goes forward only.
            selection = await store.CommitAsync(record, time.GetUtcNow(), CancellationToken.None).ConfigureAwait(false);
        }
        catch (StoreException e)
        {
            return await UndoAsync(record, plan, e.Message, count, end).ConfigureAwait(false) with { StoreProblem = e.Message };
        }

        if (await PromoteAsync(plan, end).ConfigureAwait(false) is { } notPromoted)
        {
            watch.Stop();
            record = record with { Committed = true, Report = count.Report(watch.Phases, watch.Took) with { Notes = plan.Notes } };
            return NotPromoted(record, selection, notPromoted);
        }

        watch.Next(SwitchoverPhase.Activate);
        var missing = await ActivateAsync(plan, end).ConfigureAwait(false);
        await ResumeAsync(plan, end).ConfigureAwait(false);
        watch.Split(SwitchoverPhase.Verify, count.LastActivated);
        watch.Stop();
        if (record.To is not null)
        {
            await LetGoOnAsync(count, end).ConfigureAwait(false);
        }

        record = record with { Report = count.Report(watch.Phases, watch.Took) with { Notes = plan.Notes } };
        return missing is null
            ? await EndAsync(record, selection, SwitchoverResult.Succeeded, Done(record, plan)).ConfigureAwait(false)
            : await EndAsync(record, selection, SwitchoverResult.Partial, $"{name}: {record.To ?? "none"} is selected, but not every proxy serves it yet ({missing}); the manager goes on trying. Look at \"dbswitch status\".").ConfigureAwait(false);
    }

    /// <summary>Notes the end of a committed switchover.</summary>
    public async Task<SwitchoverEnd> EndAsync(SwitchoverRecord record, Selection selection, SwitchoverResult result, string message)
    {
        var ended = record with { Committed = true, Result = result, Ended = time.GetUtcNow(), Message = message };
        string? problem = null;
        try
        {
            await store.EndAsync(record, result, message, time.GetUtcNow(), CancellationToken.None).ConfigureAwait(false);
        }
        catch (StoreException e)
        {
            problem = e.Message;
            message += $" Its end could not be noted in the store: {e.Message}";
        }

        Ended(name, record.Generation, record.Id, message);
        return new SwitchoverEnd(ended with { Message = message }, selection) { StoreProblem = problem, Owed = problem is null ? null : ended };
    }

    /// <summary>Fence: on every proxy, no client reaches any server. The new one is made present meanwhile, in maintenance.</summary>
    /// <returns>Null when that is proven everywhere; otherwise why it is to be undone.</returns>
    private async Task<string?> FenceAsync(SwitchoverPlan plan, SwitchoverCount count, Abortion abortion, CancellationToken end)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(end, abortion.Asked);
        count.Fencing();
        try
        {
            var next = plan.After.Server;
            var fence = SwitchoverRules.Fence(plan.After, plan.Grace, plan.After.Hold + plan.Grace + plan.Settle);
            var missing = await keepers.ReachAsync(fence, r => rules.IsFenced(r, next), plan.Grace + FenceDeadline, either.Token, SwitchoverRules.IsHopeless, plan.Without).ConfigureAwait(false);
            if (missing.Count == 0 && plan.Settle > TimeSpan.Zero)
            {
                // Invariant 4: no client reaches the old database any more, and what was delivered may still run there. Nobody can ask a database that is known by its address alone.
                plan.Watch.Next(SwitchoverPhase.Settle);
                var since = time.GetTimestamp();
                while (plan.Settle - time.GetElapsedTime(since) is { Ticks: > 0 } left)
                {
                    // A timer may be a few milliseconds early.
                    await Task.Delay(left + TimeSpan.FromMilliseconds(1), time, either.Token).ConfigureAwait(false);
                }

                plan.Watch.Next(SwitchoverPhase.Fence);
            }

            if (missing.Count == 0 && (keepers.Proxies.Count > 1 || plan.Settle > TimeSpan.Zero))
            {
                // Some proofs are older than the slowest one: once more, now that all are fenced (a proxy may have restarted meanwhile).
                missing = await keepers.ReachAsync(fence, r => rules.IsFenced(r, next), LookDeadline, either.Token, SwitchoverRules.IsHopeless, plan.Without).ConfigureAwait(false);
            }

            return missing.Count == 0 ? null : $"not every proxy could be fenced ({Describe(missing, WhyNotFenced)})";
        }
        catch (OperationCanceledException) when (!end.IsCancellationRequested)
        {
            return AbortedBy(abortion);
        }
    }

    /// <summary>Activate: the new server takes clients on every proxy. What is left over is deleted when that is done, by the goal that follows.</summary>
    private async Task<string?> ActivateAsync(SwitchoverPlan plan, CancellationToken cancel)
    {
        var missing = await keepers.ReachAsync(plan.After with { DeletesLeftovers = false }, SwitchoverRules.IsActivated, ActivateDeadline, cancel, without: plan.Without).ConfigureAwait(false);
        return missing.Count == 0 ? null : Describe(missing, r => r.Problem ?? "does not serve it yet");
    }

    /// <summary>Those that wait look for a server every few milliseconds: what they waited is known when they have gone on.</summary>
    private async Task LetGoOnAsync(SwitchoverCount count, CancellationToken cancel)
    {
        var since = time.GetTimestamp();
        while (count.AnyoneWaits && time.GetElapsedTime(since) < GoOnDeadline)
        {
            keepers.Nudge();
            await keepers.WaitAsync(r => !SwitchoverCount.IsWaitedIn(r), GoOnInterval, cancel).ConfigureAwait(false);
        }
    }

    private static string AbortedBy(Abortion abortion) => $"aborted by {abortion.By}";

    private async Task<SwitchoverEnd> UndoAsync(SwitchoverRecord record, SwitchoverPlan plan, string why, SwitchoverCount count, CancellationToken cancel)
    {
        var notReopened = await ReopenAsync(plan).ConfigureAwait(false);
        why += notReopened;
        plan.Watch.Stop();
        record = record with { Report = count.Report(plan.Watch.Phases, plan.Watch.Took) with { Notes = plan.Notes } };
        var message = $"{name}: rolled back, clients stay with {record.From ?? "none"}: {why}.";
        var undone = record with { Result = SwitchoverResult.RolledBack, Ended = time.GetUtcNow(), Message = message };
        SwitchoverEnd end;
        try
        {
            end = new SwitchoverEnd(undone, await store.RollBackAsync(record, message, time.GetUtcNow(), CancellationToken.None).ConfigureAwait(false));
        }
        catch (StoreException e)
        {
            // The proxies go back all the same: what the journal says is undone at the next start, or before the next switchover.
            end = new SwitchoverEnd(undone with { Message = $"{message} The store could not note it: {e.Message}" }, null) { StoreProblem = e.Message, Owed = undone };
        }

        if (await RestoreAsync(plan.Before with { Generation = end.Selection?.Generation ?? record.Generation }, cancel).ConfigureAwait(false) is { } notYet)
        {
            end = end with { Record = end.Record with { Message = $"{end.Record.Message} Not seen there yet, and tried on: {notYet}." } };
        }

        if (await ResumeAsync(plan, cancel).ConfigureAwait(false) is { } notResumed)
        {
            end = end with { Record = end.Record with { Message = $"{end.Record.Message} {notResumed}." } };
        }

        RolledBack(name, record.Generation, record.Id, end.Record.Message);
        return end with { OwesDatabase = notReopened.Length > 0 };
    }

    /// <summary>Back to what was, on every proxy that can be asked.</summary>
    /// <returns>Null when every proxy was seen to serve it again; otherwise which was not, and why.</returns>
    private async Task<string?> RestoreAsync(Goal before, CancellationToken cancel)
    {
        // A proxy that can't be asked is not waited for, and is named all the same.
        await keepers.ReachAsync(before, r => r.Observed is ProxyObservation.Unknown || SwitchoverRules.Serves(r), RestoreDeadline, cancel).ConfigureAwait(false);
        var missing = keepers.Latest.Where(r => !SwitchoverRules.Serves(r)).ToDictionary(r => r.Proxy, r => (CycleResult?)r);
        return missing.Count == 0 ? null : Describe(missing, r => r.Problem ?? "does not serve it yet");
    }

    private string Done(SwitchoverRecord record, SwitchoverPlan plan) => record.To is { } target && target == record.From
        ? $"{name}: {target} is followed to {plan.After.Server!.Address}, on every proxy; {SwitchoverWords.Say(record.Report!, record)}."
        : $"{name}: {record.To ?? "none"} is selected (before: {record.From ?? "none"}); {SwitchoverWords.Say(record.Report!, record)}.";

    private static string WhyNotFenced(CycleResult result) => result switch
    {
        { Observed: ProxyObservation.Unknown unknown } => unknown.Reason,
        { Problem: { } problem } => problem,
        { Unfenced: { } why } => why,
        { Observed: ProxyObservation.Seen seen } when seen.Servers.Sum(s => s.Sessions?.Count ?? 0) is > 0 and var sessions => $"{sessions} sessions did not end",
        _ => "is not fenced",
    };

    internal static string Describe(IReadOnlyDictionary<string, CycleResult?> missing, Func<CycleResult, string> why) =>
        string.Join("; ", missing.Select(m => $"{m.Key}: {(m.Value is null ? "has not answered yet" : why(m.Value))}"));

    [LoggerMessage(Level = LogLevel.Information, Message = "{Switch}: generation {Generation}, switchover {Id}: from {From} to {To}, by {By}")]
    private partial void Started(string @switch, long generation, long id, string from, string to, string by);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Switch}: generation {Generation}, switchover {Id}: {Message}")]
    private partial void Ended(string @switch, long generation, long id, string message);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Switch}: generation {Generation}, switchover {Id}: {Message}")]
    private partial void RolledBack(string @switch, long generation, long id, string message);
}

/// <param name="Before">What every proxy goes back to when it is undone.</param>
/// <param name="After">What every proxy shall be like in the end.</param>
/// <param name="Grace">How long open sessions may end by themselves before they are cut.</param>
/// <param name="Settle">How long is waited between the fence and the commit.</param>
/// <param name="Without">Proxies that are not waited for.</param>
/// <param name="Watch">Runs since the request.</param>
internal sealed record SwitchoverPlan(Goal Before, Goal After, TimeSpan Grace, TimeSpan Settle, IReadOnlyList<string> Without, PhaseWatch Watch)
{
    private readonly List<string> _notes = [];

    /// <summary>What is done to the databases themselves; null for nothing.</summary>
    public IPromotion? Promotion { get; init; }

    /// <summary>Whether the clients of gates are made to wait: not where nobody has planned it, and open transactions have nobody to end them.</summary>
    public bool Pauses { get; init; }

    /// <summary>The operator wants it, also where gates can't be paused.</summary>
    public bool Force { get; init; }

    /// <summary>What a person should know or do afterwards, each a sentence.</summary>
    public IReadOnlyList<string> Notes => [.. _notes, .. Promotion?.Notes ?? []];

    public void Note(string sentence) => _notes.Add(sentence);
}

/// <param name="Selection">What is selected now; null when the store could not say, and it is what it was.</param>
internal sealed record SwitchoverEnd(SwitchoverRecord Record, Selection? Selection)
{
    /// <summary>Why the store could not be written, or null.</summary>
    public string? StoreProblem { get; init; }

    /// <summary>It is committed, and clients are not let in before the new target's database is what it shall be: its entry in the journal stays open.</summary>
    public bool AwaitsDatabase { get; init; }

    /// <summary>It was undone but for the databases, where that could not be done yet.</summary>
    public bool OwesDatabase { get; init; }

    /// <summary>An end, or a rollback, that the store does not know of yet.</summary>
    public SwitchoverRecord? Owed { get; init; }
}
