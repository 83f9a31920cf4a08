using System.Text.Json;
using DbSwitch.App.Contracts;
using DbSwitch.Managing;
using DbSwitch.Switching;

namespace DbSwitch.App.Http.Events;

/// <summary>
/// Tells how many sessions each target has, once a second, and only while somebody listens: it is another number each time, so it is no part of what a switch shows, is not kept for who was
/// away, and costs the proxies a question.
/// </summary>
/// <param name="hub">Whom it is told.</param>
internal sealed partial class LoadSource(EventHub hub, TimeProvider time, ILogger<LoadSource> logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <param name="always">Whether it is asked for although nobody listens here: it is sent elsewhere.</param>
    public async Task RunAsync(Manager manager, bool always, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                if (hub.Listeners == 0)
                {
                    hub.ForgetLoads();
                }

                if (always || hub.Listeners > 0)
                {
                    await TellAsync(manager);
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The manager ends.
        }
    }

    private async Task TellAsync(Manager manager)
    {
        try
        {
            var switches = manager.Switches.Values.ToList();
            await Task.WhenAll(switches.Select(s => s.ReadLoadAsync()));
            foreach (var one in switches)
            {
                hub.ShowLoad(one.Name, JsonSerializer.SerializeToUtf8Bytes(Of(one), ContractsJson.Default.LoadView));
            }
        }
        catch (Exception e)
        {
            // Who listens is told the next numbers.
            Unforeseen(e);
        }
    }

    private static LoadView Of(DatabaseSwitch one) => new(one.Name, [.. one.Load.Select(l => new TargetLoadView(l.Proxy, l.Target, l.Sessions, l.NewPerSecond))]);

    [LoggerMessage(Level = LogLevel.Error, Message = "an unexpected error; the numbers of sessions are missing this time")]
    private partial void Unforeseen(Exception error);
}
