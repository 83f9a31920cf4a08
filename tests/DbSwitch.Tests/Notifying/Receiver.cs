using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace DbSwitch.Tests.Notifying;

/// <summary>A webhook's other side, at a port of its own. How it answers is its test's to say.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    private readonly WebApplication _web;
    private readonly ConcurrentQueue<ReceivedNotice> _received = new();

    private Receiver(WebApplication web) => _web = web;

    public string Url => _web.Urls.Single() + "/hook";

    public IReadOnlyList<ReceivedNotice> Received => [.. _received];

    /// <param name="answer">The status for the request of this number, from 1; may take its time.</param>
    public static async Task<Receiver> StartAsync(Func<int, CancellationToken, Task<int>> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var receiver = new Receiver(builder.Build());
        receiver._web.MapPost("/hook", async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            var body = await reader.ReadToEndAsync(context.RequestAborted);
            receiver._received.Enqueue(new ReceivedNotice(context.Request.Headers.ToDictionary(h => h.Key, h => h.Value.ToString(), StringComparer.OrdinalIgnoreCase), body));
            context.Response.StatusCode = await answer(receiver._received.Count, context.RequestAborted);
        });
        await receiver._web.StartAsync(TestContext.Current.CancellationToken);
        return receiver;
    }

    public static Task<Receiver> StartAsync() => StartAsync((_, _) => Task.FromResult(204));

    public Task ReceivesAsync(int count) => Until.TrueAsync($"{count} notices", () => Received.Count >= count, 30);

    public ValueTask DisposeAsync() => _web.DisposeAsync();
}

internal sealed record ReceivedNotice(IReadOnlyDictionary<string, string> Headers, string Body)
{
    public JsonElement Json { get; } = JsonDocument.Parse(Body).RootElement;

    public string Event => Json.GetProperty("event").GetString()!;

    public string Message => Json.GetProperty("message").GetString()!;
}
