using DbSwitch.Managing;

namespace DbSwitch.App.Telemetry;

/// <summary><c>GET /metrics</c>: for who may look.</summary>
internal static class MetricsEndpoint
{
    // A proxy that is slow to say how much it has to do must not cost the scrape, which may be over in a few seconds.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    public static void Map(IEndpointRouteBuilder routes, Task<Manager> starting) => routes.MapGet("/metrics", async (HttpContext context, MetricsText metrics, TimeProvider time) =>
    {
        var manager = await starting.WaitAsync(context.RequestAborted);
        await Task.WhenAll(manager.Switches.Values.Select(s => s.ReadLoadAsync())).WaitAsync(Patience, time, context.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return Results.Text(metrics.Read(), MetricsText.ContentType);
    }).ExcludeFromDescription();
}
