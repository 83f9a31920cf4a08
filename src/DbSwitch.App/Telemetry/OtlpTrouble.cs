using System.Diagnostics.Tracing;

namespace DbSwitch.App.Telemetry;

/// <summary>The exporter says what goes wrong to nobody but who listens to its event sources: here it becomes a line of the log, now and then.</summary>
internal sealed partial class OtlpTrouble(ILogger logger, string endpoint, TimeProvider time) : EventListener
{
    private const string Exporter = "OpenTelemetry-Exporter-OpenTelemetryProtocol";
    private static readonly long Between = TimeSpan.FromMinutes(10).Ticks;
    private long _last = long.MinValue;

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == Exporter)
        {
            EnableEvents(eventSource, EventLevel.Warning);
        }
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        // The base class calls this before our own fields are set, too.
        if (logger is null || eventData.EventSource.Name != Exporter)
        {
            return;
        }

        var (last, now) = (Interlocked.Read(ref _last), time.GetUtcNow().Ticks);
        if ((last == long.MinValue || now - last > Between) && Interlocked.CompareExchange(ref _last, now, last) == last)
        {
            NotSent(endpoint, string.Join(' ', eventData.Payload ?? []));
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "metrics and traces can't be sent to {Endpoint} (nothing else is affected): {Problem}")]
    private partial void NotSent(string endpoint, string problem);
}
