using DbSwitch.App.Http.Answering;

namespace DbSwitch.App.Http.Events;

/// <summary><c>GET /api/v1/events</c>: server-sent events, from what a listener has seen last, or from how things are.</summary>
internal static class EventEndpoint
{
    public const string ContentType = "text/event-stream";

    public static async Task ListenAsync(HttpContext context, EventHub hub, IHostApplicationLifetime lifetime)
    {
        var response = context.Response;
        var lastId = context.Request.Headers["Last-Event-ID"].ToString();
        if (hub.Join(lastId.Length > 0 ? lastId : null, out var first) is not { } listener)
        {
            await Problems.Unavailable($"{EventHub.MostListeners} listen already, and more are not taken. Close some, or ask for /api/v1/switches now and then.").ExecuteAsync(context);
            return;
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping, listener.LeftBehind);
        try
        {
            response.ContentType = ContentType;
            response.Headers["X-Accel-Buffering"] = "no";
            foreach (var frame in first.Prepend(EventFrame.Greeting))
            {
                await response.BodyWriter.WriteAsync(frame, end.Token);
            }

            while (await listener.Frames.WaitToReadAsync(end.Token))
            {
                while (listener.Frames.TryRead(out var frame))
                {
                    await response.BodyWriter.WriteAsync(frame, end.Token);
                }
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            if (listener.LeftBehind.IsCancellationRequested)
            {
                // It took nothing: a proper end would wait for it, too.
                context.Abort();
            }
        }
        finally
        {
            hub.Leave(listener);
        }
    }
}
