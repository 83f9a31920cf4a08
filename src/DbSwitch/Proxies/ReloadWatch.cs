namespace DbSwitch.Proxies;

/// <summary>
/// Notices at once that a proxy reloaded. HAProxy does not say so: a kept-open Runtime API connection stays with the old worker, keeps it alive, and shows
/// servers that look healthy, while clients reach the new worker, which has none of the servers that were added (measured on 2.6, 3.0 and 3.2). The only word of it
/// is <c>Stopping: 1</c> in <c>show info</c>, so that is asked for many times a second.
/// </summary>
public sealed class ReloadWatch(ProxyLink proxy, TimeProvider time)
{
    /// <summary>A reload goes unnoticed for half of this on average.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(50);

    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false))
            {
                await proxy.LeaveOldWorkerAsync(stop).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The manager ends.
        }
    }
}
