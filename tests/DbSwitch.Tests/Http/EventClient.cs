using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;

namespace DbSwitch.Tests.Http;

/// <summary>One who listens to <c>/api/v1/events</c>, and keeps all that comes.</summary>
internal sealed class EventClient : IAsyncDisposable
{
    private readonly ConcurrentQueue<ReceivedEvent> _received = new();
    private readonly ConcurrentQueue<ReceivedEvent> _loads = new();
    private readonly CancellationTokenSource _end = new();
    private readonly HttpResponseMessage _response;
    private readonly Task _reading;

    private EventClient(HttpResponseMessage response)
    {
        _response = response;
        _reading = ReadAsync();
    }

    /// <summary>What changes, and is told to who was away; not <see cref="Loads"/>.</summary>
    public IReadOnlyList<ReceivedEvent> Received => [.. _received];

    /// <summary>Numbers that are only about now.</summary>
    public IReadOnlyList<ReceivedEvent> Loads => [.. _loads];

    /// <summary>Completes when the other side has ended it.</summary>
    public Task Ended => _reading;

    public static async Task<EventClient> ListenAsync(HttpClient client, string? lastId = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/events");
        if (lastId is not null)
        {
            request.Headers.Add("Last-Event-ID", lastId);
        }

        var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.ToString().ShouldBe("text/event-stream");
        return new EventClient(response);
    }

    /// <summary>Waits for the first event that is as asked for.</summary>
    public async Task<ReceivedEvent> GetAsync(string what, Func<ReceivedEvent, bool> isIt, double seconds = 10)
    {
        ReceivedEvent? found = null;
        await Until.TrueAsync(what, () => (found = _received.FirstOrDefault(isIt)) is not null, seconds);
        return found!;
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _response.Dispose();
        await _reading;
        _end.Dispose();
    }

    private async Task ReadAsync()
    {
        try
        {
            using var reader = new StreamReader(await _response.Content.ReadAsStreamAsync(_end.Token));
            string? id = null, kind = null, data = null;
            while (await reader.ReadLineAsync(_end.Token) is { } line)
            {
                switch (line.Split(": ", 2))
                {
                    case ["id", var value]: id = value; break;
                    case ["event", var value]: kind = value; break;
                    case ["data", var value]: data = value; break;
                    case [""] when kind is not null && data is not null:
                        (kind == "load" ? _loads : _received).Enqueue(new ReceivedEvent(id, kind, data, Stopwatch.GetTimestamp()));
                        (id, kind, data) = (null, null, null);
                        break;
                }
            }
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or HttpRequestException)
        {
            // It was ended here, or cut there.
        }
    }
}
