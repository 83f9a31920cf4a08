using DbSwitch.Storage;
using Microsoft.Extensions.Logging;

namespace DbSwitch.Switching;

/// <summary>What becomes of a switch whose store could not be written: the proxies are kept as before, and what is owed to the store is noted once it can be.</summary>
public sealed partial class DatabaseSwitch
{
    private static readonly TimeSpan MendInterval = TimeSpan.FromSeconds(1);

    /// <summary>Tries a store that failed again and again, so that the status is true without anybody selecting anything.</summary>
    private async Task MendStoreAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await Task.Delay(MendInterval, _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if ((StoreProblem is null && !_releaseOwed) || !await _changing.WaitAsync(TimeSpan.Zero, CancellationToken.None).ConfigureAwait(false))
            {
                continue;
            }

            _tending = true;
            try
            {
                await SettleAsync().ConfigureAwait(false);
                await _store.ProbeAsync(stop).ConfigureAwait(false);
                StoreProblem = null;
                StoreIsBack(Name);
            }
            catch (StoreException e)
            {
                StoreProblem = e.Message;
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
        }
    }

    /// <summary>Notes what the store does not know of yet: it takes no new switchover before the last one has its end.</summary>
    private async Task SettleAsync()
    {
        if (_unfinished is { Committed: true } left)
        {
            _owed = left with { Result = SwitchoverResult.Partial, Message = FinishedAs(left, "the manager was started again, and the next switchover began before every proxy was seen to serve it") };
            _unfinished = null;
        }

        if (_owed is { Committed: true } ended)
        {
            await _store.EndAsync(ended, ended.Result, ended.Message, ended.Ended ?? _time.GetUtcNow(), CancellationToken.None).ConfigureAwait(false);
        }
        else if (_owed is { } undone)
        {
            Selection = await _store.RollBackAsync(undone, undone.Message, undone.Ended ?? _time.GetUtcNow(), CancellationToken.None).ConfigureAwait(false);
        }

        _owed = null;
        await SettleHoldAsync().ConfigureAwait(false);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Switch}: the store can be written again")]
    private partial void StoreIsBack(string @switch);
}
