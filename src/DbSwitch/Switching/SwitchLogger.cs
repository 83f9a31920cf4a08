using System.Globalization;
using Microsoft.Extensions.Logging;

namespace DbSwitch.Switching;

/// <summary>
/// Everything that is logged for a switch, by whomever: each line begins with the switch and its generation, and in a switchover with its id, and has them as values for those who read lines by
/// program. So nobody who logs can forget them.
/// </summary>
/// <param name="where">The generation, and the id of the switchover that is under way.</param>
internal sealed class SwitchLogger(ILogger logger, string name, Func<(long Generation, long? Switchover)> where) : ILogger
{
    private readonly string _beginning = name + ": ";

    public bool IsEnabled(LogLevel logLevel) => logger.IsEnabled(logLevel);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => logger.BeginScope(state);

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        var values = state as IReadOnlyList<KeyValuePair<string, object?>> ?? [];
        var text = formatter(state, exception);
        if (values.Any(v => Is(v, "generation")))
        {
            // Of a switchover, which knows better than we: its generation is the one that it leads to. Its message is a sentence of its own, with the switch's name before it.
            var once = text[.._beginning.Length] + text[_beginning.Length..].Replace(": " + _beginning, ": ", StringComparison.Ordinal);
            logger.Log(logLevel, eventId, values, exception, (_, _) => once);
            return;
        }

        var (generation, switchover) = where();
        var rest = text.StartsWith(_beginning, StringComparison.Ordinal) ? text[_beginning.Length..] : text;
        var line = string.Create(CultureInfo.InvariantCulture, $"{_beginning}generation {generation}{(switchover is null ? "" : $", switchover {switchover}")}: {rest}");
        IReadOnlyList<KeyValuePair<string, object?>> all =
        [
            .. values.Where(v => !Is(v, "switch")),
            new("Switch", name),
            new("Generation", generation),
            .. switchover is null ? (KeyValuePair<string, object?>[])[] : [new("Id", switchover)],
        ];
        logger.Log(logLevel, eventId, all, exception, (_, _) => line);
    }

    private static bool Is(KeyValuePair<string, object?> value, string key) => value.Key.Equals(key, StringComparison.OrdinalIgnoreCase);

    /// <summary>Makes every logger of a switch one of these.</summary>
    internal sealed class Factory(ILoggerFactory loggers, string name, Func<(long Generation, long? Switchover)> where) : ILoggerFactory
    {
        public ILogger CreateLogger(string categoryName) => new SwitchLogger(loggers.CreateLogger(categoryName), name, where);

        public void AddProvider(ILoggerProvider provider) => loggers.AddProvider(provider);

        public void Dispose()
        {
            // The loggers behind it are whose they are.
        }
    }
}
