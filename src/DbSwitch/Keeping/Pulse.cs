namespace DbSwitch.Keeping;

/// <summary>Waits for a nudge or a tick, whichever comes first. A nudge that comes while nobody waits ends the next wait at once.</summary>
public sealed class Pulse : IDisposable
{
    private readonly SemaphoreSlim _signal = new(0, 1);
    private readonly ITimer _timer;

    public Pulse(TimeProvider time) => _timer = time.CreateTimer(_ => Nudge(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);

    /// <summary>May be called by anyone, on any thread, also after the last wait.</summary>
    public void Nudge()
    {
        lock (_signal)
        {
            if (_signal.CurrentCount == 0)
            {
                _signal.Release();
            }
        }
    }

    public async Task WaitAsync(TimeSpan tick, CancellationToken cancel)
    {
        _timer.Change(tick, Timeout.InfiniteTimeSpan);
        await _signal.WaitAsync(cancel).ConfigureAwait(false);
        _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    public void Dispose() => _timer.Dispose();
}
