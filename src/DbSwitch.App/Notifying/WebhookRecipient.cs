using System.Globalization;
using System.Net;
using System.Text;
using DbSwitch.Configuration;

namespace DbSwitch.App.Notifying;

/// <summary>A POST for each notice, signed, and sent again with a growing pause until it is taken. Its address is in no log: with many services it is a secret.</summary>
internal sealed partial class WebhookRecipient(WebhookConfiguration webhook, TimeProvider time, ILogger logger) : Recipient($"webhook {webhook.Name}", logger)
{
    /// <summary>Pauses of 1, 2, 4, … 64 s in between: two minutes in all, in which what follows waits.</summary>
    private const int MostAttempts = 8;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    // What the other side answers is of no interest, and where it would send us is no place that the configuration names.
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) }) { Timeout = Timeout.InfiniteTimeSpan };
    private readonly ILogger _logger = logger;

    protected override async Task<string?> DeliverAsync(Notice notice, CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            var (problem, isFinal) = await TryAsync(notice, cancel);
            if (problem is null)
            {
                return null;
            }

            if (isFinal || attempt == MostAttempts)
            {
                return isFinal ? problem : string.Create(CultureInfo.InvariantCulture, $"{problem}; it was tried {MostAttempts} times");
            }

            if (attempt == 1)
            {
                TriedAgain(_logger, notice.View.Switch, notice.View.Event, Called, problem);
            }

            await Task.Delay(FirstPause * Math.Pow(2, attempt - 1), time, cancel);
        }
    }

    /// <returns>Null when it was taken; whether trying again is of no use.</returns>
    private async Task<(string? Problem, bool IsFinal)> TryAsync(Notice notice, CancellationToken cancel)
    {
        using var deadline = new CancellationTokenSource(webhook.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancel);
        using var request = new HttpRequestMessage(HttpMethod.Post, webhook.Url.Value) { Content = new StringContent(notice.Json, Encoding.UTF8, "application/json") };
        request.Headers.TryAddWithoutValidation("User-Agent", "dbswitch");
        request.Headers.TryAddWithoutValidation("Dbswitch-Event", notice.View.Event);
        request.Headers.TryAddWithoutValidation("Dbswitch-Notice", notice.View.Id);
        var timestamp = time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        request.Headers.TryAddWithoutValidation("Dbswitch-Timestamp", timestamp);
        if (webhook.Secret is { } secret)
        {
            request.Headers.TryAddWithoutValidation("Dbswitch-Signature", Signature.Of(secret.Value, timestamp, notice.Json));
        }

        try
        {
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            return response.IsSuccessStatusCode ? (null, true) : (string.Create(CultureInfo.InvariantCulture, $"it answered {(int)response.StatusCode}"), IsFinal(response.StatusCode));
        }
        catch (HttpRequestException e)
        {
            // Its own words name the host.
            return ($"it can't be reached ({e.HttpRequestError})", false);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return (string.Create(CultureInfo.InvariantCulture, $"it did not answer within {webhook.Timeout.TotalSeconds:0.###} s"), false);
        }
    }

    /// <summary>Who does not want it, or is elsewhere now, won't want it in a second either; too many and too slow pass.</summary>
    private static bool IsFinal(HttpStatusCode status) => (int)status < 500 && status is not (HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Switch}: {Event}: {Recipient}: {Problem}; it is told again")]
    private static partial void TriedAgain(ILogger logger, string @switch, string @event, string recipient, string problem);
}
