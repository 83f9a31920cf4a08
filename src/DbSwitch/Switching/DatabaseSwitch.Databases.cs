using DbSwitch.Databases;
using DbSwitch.Storage;
using Microsoft.Extensions.Logging;

namespace DbSwitch.Switching;

/// <summary>What is owed to the databases themselves: a promotion that a switchover was committed to, and a selected database that a switchover had closed and did not come to open again.</summary>
public sealed partial class DatabaseSwitch
{
    private static readonly TimeSpan PrepareDeadline = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan TendDeadline = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan TendPatience = TimeSpan.FromSeconds(8);

    // Set between a commit and the end of its promotion: the selected target is fenced like all others meanwhile.
    private volatile bool _awaitsDatabase;

    // A switchover that was taken back, and whose databases may not be as before yet.
    private volatile SwitchoverRecord? _undoOwed;

    // Who selects meanwhile waits for it, since an operator's way out must not depend on luck.
    private volatile bool _tending;

    // Set between a switchover's end, which everybody can read by then, and the moment in which the next one can begin.
    private volatile bool _isOver;

    // When the last switchover ended: what was seen before it says nothing about what it left.
    private DateTimeOffset _lastEnd;

    /// <summary>What is wrong with the selected target's database, and is being put right; null when nothing is.</summary>
    public string? DatabaseProblem { get; private set; }

    private bool Promotes(string? target) => target is not null && Probes.PromotionTo(target, null, false) is not null;

    /// <returns>The promotion, prepared (null where there is nothing to do), or why it can't begin.</returns>
    private async Task<(IPromotion? Promotion, SwitchoverOutcome.Refused? Refusal)> PrepareAsync(SwitchoverRequest request, CancellationToken cancel)
    {
        if (Probes.PromotionTo(request.Target, Selection?.Target, request.Force) is not { } promotion)
        {
            return (null, null);
        }

        using var timer = new CancellationTokenSource(PrepareDeadline, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancel);
        try
        {
            await promotion.PrepareAsync(either.Token).WaitAsync(either.Token).ConfigureAwait(false);
            return (promotion, null);
        }
        catch (Exception e) when (e is DatabaseException || (e is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            await promotion.DisposeAsync().ConfigureAwait(false);
            return (null, new SwitchoverOutcome.Refused(RefusalReason.Guard, $"Nothing was touched: {(e is DatabaseException ? e.Message : $"the databases have not answered within {PrepareDeadline.TotalSeconds:0} s")}."));
        }
    }

    private async Task TendDatabaseAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await Task.Delay(RetryInterval / 4, _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!IsOwed || !await _changing.WaitAsync(TimeSpan.Zero, CancellationToken.None).ConfigureAwait(false))
            {
                continue;
            }

            var promoted = false;
            _tending = true;
            try
            {
                promoted = await TendOnceAsync(stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            finally
            {
                _tending = false;
                _changing.Release();
            }

            if (promoted)
            {
                await FinishAsync().ConfigureAwait(false);
            }
        }
    }

    private bool IsOwed => _believed && Pause is null && Selection?.Target is { } target && (_awaitsDatabase || _undoOwed is not null || Probes.Latest(target) is { Facts.IsClosedByUs: true } look && look.At > _lastEnd);

    /// <returns>Whether clients may be let in now.</returns>
    private async Task<bool> TendOnceAsync(CancellationToken stop)
    {
        // Only now, alone, is it certain what is selected and what is owed.
        if (!IsOwed || Selection is not { Target: { } selected })
        {
            return false;
        }

        var (to, from) = _awaitsDatabase ? (selected, null) : _undoOwed is { } undone ? (undone.To, undone.From) : (selected, selected);
        if (Probes.PromotionTo(to, from, false) is not { } promotion)
        {
            _undoOwed = null;
            return false;
        }

        await using (promotion.ConfigureAwait(false))
        {
            if (_awaitsDatabase)
            {
                Say(await Switchover.FinishAsync(promotion, TendDeadline, _time, stop).ConfigureAwait(false) is { } notYet ? $"{selected} is selected, and no client is let in before its database is promoted: {notYet}" : null);
                if (DatabaseProblem is null)
                {
                    _awaitsDatabase = false;
                    _keepers.Set(KeepingGoal());
                    Promoted(Name, selected);
                }

                return DatabaseProblem is null;
            }

            await OpenAsync(promotion, selected, stop).ConfigureAwait(false);
            return false;
        }
    }

    private async Task OpenAsync(IPromotion promotion, string target, CancellationToken stop)
    {
        using var timer = new CancellationTokenSource(TendDeadline, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, stop);
        try
        {
            await promotion.UndoAsync(either.Token).WaitAsync(either.Token).ConfigureAwait(false);
            _undoOwed = null;
            Say(null);
            Opened(Name, target);
        }
        catch (Exception e) when (e is DatabaseException || (e is OperationCanceledException && !stop.IsCancellationRequested))
        {
            Say($"{target} is selected, and a switchover that was undone has left it closed to clients: {Switchover.Words(e)}");
        }

        // Not again before it was looked at again.
        await Probes.GuardAsync(target, null, false, stop).ConfigureAwait(false);
    }

    private void Say(string? problem)
    {
        if (problem == DatabaseProblem)
        {
            return;
        }

        DatabaseProblem = problem;
        Tell();
        if (problem is not null)
        {
            Owes(Name, problem);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Switch}: {Problem}")]
    private partial void Owes(string @switch, string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Switch}: {Target} is promoted and takes writes; its clients are let in")]
    private partial void Promoted(string @switch, string target);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Switch}: {Target} was closed to clients by a switchover that was undone, and is open again")]
    private partial void Opened(string @switch, string target);
}
