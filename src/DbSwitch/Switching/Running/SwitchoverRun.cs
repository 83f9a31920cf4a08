using DbSwitch.Storage;
using DbSwitch.Switching.Core;
using Microsoft.Extensions.Logging;

namespace DbSwitch.Switching.Running;

/// <summary>
/// One switchover, from its entry in the journal to its end. Nothing cancels it but the manager's end, after which the next manager undoes or finishes it, and an operator before the commit.
/// </summary>
internal sealed partial class SwitchoverRun : IDisposable
{
    private static readonly TimeSpan GoOnDeadline = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan GoOnInterval = TimeSpan.FromMilliseconds(10);

    private readonly Abortion _abortion;
    private readonly SwitchoverCount _count;
    private readonly Stack<ISwitchoverPhase> _begun = new();
    private readonly List<string> _leftOver = [];
    private string? _why;
    private bool _isRolledBack;

    /// <param name="turn">Had by whoever runs it, until its end.</param>
    public SwitchoverRun(SwitchParts parts, Turn turn, SwitchoverRecord record, SwitchoverPlan plan)
    {
        (Parts, Turn, Record, Plan) = (parts, turn, record, plan);
        _abortion = new Abortion(record.Id);
        _count = new SwitchoverCount(parts.Core.Keepers, record.Generation, parts.Configuration.Grace, parts.Time);
    }

    public SwitchParts Parts { get; }

    public Turn Turn { get; }

    public SwitchoverPlan Plan { get; }

    /// <summary>As it is in the journal.</summary>
    public SwitchoverRecord Record { get; private set; }

    public SwitchoverCount Count => _count;

    /// <returns>How it ended. By then the journal has it, or the state knows what is owed to it.</returns>
    /// <exception cref="OperationCanceledException">The manager ends: it is in the journal as it is.</exception>
    public async Task<SwitchoverRecord> RunAsync()
    {
        Plan.Watch.Entered += Enter;
        Turn.Set(Turn.State with { Running = new RunningSwitchover(Record, Plan, _abortion) });
        try
        {
            var end = await GoAsync(Parts.Core.Ending).ConfigureAwait(false);
            Turn.Close();
            Turn.Set(Turn.State with { Running = null, Stage = Stage.Keep, LastEnd = Parts.Time.GetUtcNow() });
            _abortion.End(end);
            Parts.Core.TellProgress(end, null);
            SwitchoverTrace.Emit(end, Plan.Watch);
            return end;
        }
        finally
        {
            Plan.Watch.Entered -= Enter;
        }
    }

    public void Dispose()
    {
        _abortion.Dispose();
        _count.Dispose();
    }

    /// <summary>The point of no return, if nobody has aborted it: from here on it goes forward only.</summary>
    public bool TryClose() => _abortion.TryClose();

    public void Committed(SwitchoverRecord record) => Record = record;

    /// <summary>What could not be taken back, as a part of a sentence, or what is to be known of it as a whole one.</summary>
    public void LeaveOver(string words) => _leftOver.Add(words);

    /// <summary>Ends it in the journal as undone, once: the selection stays, under the next generation, which the proxies are then told.</summary>
    public async Task RollBackAsync()
    {
        if (_isRolledBack)
        {
            return;
        }

        _isRolledBack = true;
        Plan.Watch.Stop();
        Record = Record with { Report = _count.Report(Plan.Watch.Phases, Plan.Watch.Took) with { Notes = Plan.Notes } };
        var stay = Plan.ResolvesDisagreement ? "and none is selected, since the proxies served different targets before; select one" : $"clients stay with {Record.From ?? "none"}";
        var message = $"{Parts.Name}: rolled back, {stay}: {string.Join("; and ", [_why, .. _leftOver])}.";
        _leftOver.Clear();
        var ended = Record with { Result = Plan.ResolvesDisagreement ? SwitchoverResult.Partial : SwitchoverResult.RolledBack, Ended = Parts.Time.GetUtcNow(), Message = message };
        try
        {
            var selection = await Parts.Store.RollBackAsync(Record, message, Turn.State.UndoOwed?.Id == Record.Id, ended.Ended!.Value, CancellationToken.None).ConfigureAwait(false);
            Turn.Set(Turn.State with { Selection = selection, Undone = Record.Generation, Stage = Stage.Keep, Restores = true });
        }
        catch (StoreException e)
        {
            // The proxies go back all the same: what the journal says is undone at the next start, or before the next switchover.
            Parts.Core.SayStoreFailed(e.Message);
            Turn.Set(Turn.State with { EndOwed = ended, Undone = Record.Generation, Stage = Stage.Keep, Restores = true });
            ended = ended with { Message = $"{message} The store could not note it: {e.Message}" };
        }

        Record = ended;
    }

    private async Task<SwitchoverRecord> GoAsync(CancellationToken end)
    {
        _count.Begin();
        Started(Parts.Logger, Parts.Name, Record.Generation, Record.Id, Record.From ?? "none", Record.To ?? "none", Record.By);
        string? notYet = null;
        foreach (var phase in Parts.Phases.Where(p => p.AppliesTo(this)))
        {
            Plan.Watch.Next(phase.Name);
            _begun.Push(phase);
            var why = await DoAsync(phase, end).ConfigureAwait(false);
            if (why is not null && !Record.Committed)
            {
                return await UndoAsync(why, end).ConfigureAwait(false);
            }

            if (why is not null && phase.ClientsWaitForIt)
            {
                return NotPromoted(why);
            }

            notYet ??= why;
        }

        return await EndAsync(notYet, end).ConfigureAwait(false);
    }

    private async Task<string?> DoAsync(ISwitchoverPhase phase, CancellationToken end)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(end, _abortion.Asked);
        try
        {
            return await phase.DoAsync(this, Record.Committed ? end : either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_abortion.By is not null && !end.IsCancellationRequested)
        {
            return $"aborted by {_abortion.By}";
        }
        catch (StoreException e)
        {
            Parts.Core.SayStoreFailed(e.Message);
            return e.Message.TrimEnd('.');
        }
    }

    /// <summary>From the phase that failed back to the first.</summary>
    private async Task<SwitchoverRecord> UndoAsync(string why, CancellationToken end)
    {
        _why = _abortion.By is { } by ? $"aborted by {by}" : why;
        foreach (var phase in _begun)
        {
            await phase.UndoAsync(this, end).ConfigureAwait(false);
        }

        await RollBackAsync().ConfigureAwait(false);
        Record = Record with { Message = string.Join(' ', [Record.Message, .. _leftOver]) };
        RolledBack(Parts.Logger, Parts.Name, Record.Generation, Record.Id, Record.Message);
        return Record;
    }

    private SwitchoverRecord NotPromoted(string why)
    {
        Plan.Watch.Stop();
        var message = $"{Parts.Name}: {Record.To} is selected, and no client is let in before its database is promoted ({why}); the manager goes on trying. Look at \"dbswitch status\". {SwitchoverWords.WayBack(Record)}";
        Parts.Core.Say(ProblemSource.Database, message);
        Ended(Parts.Logger, Parts.Name, Record.Generation, Record.Id, message);
        return Record with { Result = SwitchoverResult.Partial, Message = message, Report = _count.Report(Plan.Watch.Phases, Plan.Watch.Took) with { Notes = Plan.Notes } };
    }

    private async Task<SwitchoverRecord> EndAsync(string? notYet, CancellationToken end)
    {
        Plan.Watch.Split(SwitchoverPhase.Verify, _count.LastActivated);
        Plan.Watch.Stop();
        if (Record.To is not null)
        {
            await LetGoOnAsync(end).ConfigureAwait(false);
        }

        var report = _count.Report(Plan.Watch.Phases, Plan.Watch.Took) with { Notes = Plan.Notes };
        var record = Record with { Report = report };
        return notYet is null
            ? await Journal.EndAsync(Parts, Turn, record, SwitchoverResult.Succeeded, Done(record)).ConfigureAwait(false)
            : await Journal.EndAsync(Parts, Turn, record, SwitchoverResult.Partial, $"{Parts.Name}: {Record.To ?? "none"} is selected, but not every proxy serves it yet ({notYet}); the manager goes on trying. Look at \"dbswitch status\".").ConfigureAwait(false);
    }

    /// <summary>Those that wait look for a server every few milliseconds: what they waited is known when they have gone on.</summary>
    private async Task LetGoOnAsync(CancellationToken end)
    {
        var since = Parts.Time.GetTimestamp();
        while (_count.AnyoneWaits && Parts.Time.GetElapsedTime(since) < GoOnDeadline)
        {
            Parts.Core.Keepers.Nudge();
            await Parts.Core.Keepers.WaitAsync(r => !SwitchoverCount.IsWaitedIn(r), GoOnInterval, end).ConfigureAwait(false);
        }
    }

    private string Done(SwitchoverRecord record) => record.To is { } target && target == record.From
        ? $"{Parts.Name}: {target} is followed to {Plan.Address}, on every proxy; {SwitchoverWords.Say(record.Report!, record)}."
        : $"{Parts.Name}: {record.To ?? "none"} is selected (before: {record.From ?? "none"}); {SwitchoverWords.Say(record.Report!, record)}.";

    private void Enter(SwitchoverPhase phase)
    {
        if (Turn.State.Running is { } running)
        {
            Turn.Set(Turn.State with { Running = running with { Phase = phase, DrainsUntil = phase == SwitchoverPhase.Fence ? running.DrainsUntil ?? Record.Started + Plan.Grace : null } });
        }

        Parts.Core.TellProgress(Record, phase);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Switch}: generation {Generation}, switchover {Id}: from {From} to {To}, by {By}")]
    private static partial void Started(ILogger logger, string @switch, long generation, long id, string from, string to, string by);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Switch}: generation {Generation}, switchover {Id}: {Message}")]
    private static partial void Ended(ILogger logger, string @switch, long generation, long id, string message);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Switch}: generation {Generation}, switchover {Id}: {Message}")]
    private static partial void RolledBack(ILogger logger, string @switch, long generation, long id, string message);
}
