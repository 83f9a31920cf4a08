namespace DbSwitch.App.ProxyHost.Supervision;

/// <summary>How long to wait before HAProxy is started again: not at all the first time, then 100 ms, doubling to 5 s, until it has lived for 10 s.</summary>
internal sealed class RestartBackOff(TimeProvider clock)
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan GoodLife = TimeSpan.FromSeconds(10);

    private long _started = clock.GetTimestamp();
    private TimeSpan _next = TimeSpan.Zero;

    /// <summary>HAProxy was started now.</summary>
    public void Started() => _started = clock.GetTimestamp();

    /// <summary>HAProxy ended now.</summary>
    /// <returns>The time to wait before it is started again.</returns>
    public TimeSpan Ended()
    {
        if (clock.GetElapsedTime(_started) >= GoodLife)
        {
            _next = TimeSpan.Zero;
        }

        var delay = _next;
        var doubled = _next == TimeSpan.Zero ? First : _next * 2;
        _next = doubled < Longest ? doubled : Longest;
        return delay;
    }
}
