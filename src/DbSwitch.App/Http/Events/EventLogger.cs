using DbSwitch.App.Contracts;
using Microsoft.Extensions.Logging.Abstractions;

namespace DbSwitch.App.Http.Events;

/// <summary>What the heart logs, as events too: a change is told there in one line already, with its switch and its generation.</summary>
internal sealed class EventLogger(EventSource source, TimeProvider time) : ILoggerProvider, ILogger
{
    /// <summary>The web server's own troubles are no matter of a switch.</summary>
    public ILogger CreateLogger(string categoryName) => categoryName.StartsWith("DbSwitch.", StringComparison.OrdinalIgnoreCase) && !categoryName.StartsWith("DbSwitch.App.", StringComparison.Ordinal) ? this : NullLogger.Instance;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Information;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public void Log<TState>(LogLevel logLevel, Microsoft.Extensions.Logging.EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var values = state as IReadOnlyList<KeyValuePair<string, object?>> ?? [];
        object? ValueOf(string key) => values.FirstOrDefault(v => v.Key.Equals(key, StringComparison.OrdinalIgnoreCase)).Value;
        source.Take(new LogView(
            time.GetUtcNow(),
            logLevel switch { LogLevel.Information => "info", LogLevel.Warning => "warning", _ => "error" },
            ValueOf("Switch") as string,
            ValueOf("Generation") as long?,
            ValueOf("Id") as long?,
            ValueOf("Proxy") as string,
            formatter(state, exception)));
    }

    public void Dispose()
    {
        // It owns nothing.
    }
}
