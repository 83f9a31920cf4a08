namespace DbSwitch.App.ProxyHost.Logs;

/// <summary>How many lines a second are worth keeping: a storm of connections must fill neither the disk nor the journal, and what is left out is counted.</summary>
internal sealed class LogLimit(TimeProvider clock, int perSecond = LogLimit.LinesPerSecond, int burst = LogLimit.Burst)
{
    public const int LinesPerSecond = 1000;
    public const int Burst = 5000;

    private double _left = burst;
    private long _asked = clock.GetTimestamp();
    private long _unreported;

    /// <summary>All that were left out so far.</summary>
    public long Dropped { get; private set; }

    /// <summary>Whether one more line may be kept now.</summary>
    public bool Admits()
    {
        var now = clock.GetTimestamp();
        _left = Math.Min(burst, _left + (clock.GetElapsedTime(_asked, now).TotalSeconds * perSecond));
        _asked = now;
        if (_left >= 1)
        {
            _left--;
            return true;
        }

        Dropped++;
        _unreported++;
        return false;
    }

    /// <summary>How many were left out since this was last asked.</summary>
    public long TakeUnreported()
    {
        var unreported = _unreported;
        _unreported = 0;
        return unreported;
    }
}
