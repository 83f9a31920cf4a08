using DbSwitch.Storage;

namespace DbSwitch.Switching.Core;

/// <summary>Whether a switchover may still be aborted: by whom it was, or that it is too late. Whoever comes first, of the one that aborts and the commit, wins.</summary>
internal sealed class Abortion(long id) : IDisposable
{
    private readonly Lock _deciding = new();
    private readonly CancellationTokenSource _asked = new();
    private readonly TaskCompletionSource<SwitchoverRecord> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _closed;

    /// <summary>The switchover's.</summary>
    public long Id => id;

    /// <summary>Who aborted it; null while nobody has.</summary>
    public string? By { get; private set; }

    public CancellationToken Asked => _asked.Token;

    /// <summary>How the switchover ended; cancelled when the manager ends before.</summary>
    public Task<SwitchoverRecord> Ended => _ended.Task;

    /// <returns>Whether it is aborted, by this one or by another; false when it is too late.</returns>
    public bool TryAbort(string by)
    {
        lock (_deciding)
        {
            if (!_closed)
            {
                By ??= by;
                _ = _asked.CancelAsync();
            }

            return !_closed;
        }
    }

    /// <summary>The point of no return: from here on it goes forward only.</summary>
    /// <returns>False when somebody has aborted it.</returns>
    public bool TryClose()
    {
        lock (_deciding)
        {
            _closed = By is null;
            return _closed;
        }
    }

    public void End(SwitchoverRecord record) => _ended.TrySetResult(record);

    public void Dispose()
    {
        lock (_deciding)
        {
            _closed = true;
            _asked.Dispose();
        }

        _ended.TrySetCanceled();
    }
}
