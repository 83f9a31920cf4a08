using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace DbSwitch.App.Logging;

/// <summary>One line for each event: time, level, text. The day is told in files; who sits at a terminal knows it. Categories and event numbers tell an operator nothing.</summary>
internal sealed class LogFormatter(LogForm form) : ConsoleFormatter(FormatterName)
{
    private const string FormatterName = "line";

    private static readonly string TimeFormat = Console.IsOutputRedirected ? "yyyy-MM-dd'T'HH:mm:ss.fffzzz" : "HH:mm:ss.fff";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var message = logEntry.Formatter(logEntry.State, logEntry.Exception);
        var text = form.Json
            ? JsonLine.Of(TimeProvider.System.GetUtcNow(), logEntry.LogLevel, message, logEntry.State as IReadOnlyList<KeyValuePair<string, object?>> ?? [], logEntry.Exception)
            : Line(logEntry.LogLevel, message) + (logEntry.Exception is { } exception ? "\n" + exception : "");

        // The journal takes each line for an entry of its own.
        var priority = Priority(logEntry.LogLevel);
        textWriter.Write(form.ForJournal ? string.Concat(text.Split('\n').Select(line => $"<{priority}>{line}\n")) : text + "\n");
    }

    /// <summary>Makes this the form of everything that is logged.</summary>
    public static void Use(ILoggingBuilder logging, LogForm form) =>
        logging.ClearProviders().AddConsole(o => o.FormatterName = FormatterName).Services.AddSingleton<ConsoleFormatter>(new LogFormatter(form));

    private string Line(LogLevel level, string message)
    {
        if (form.ForJournal)
        {
            return message;
        }

        var word = level switch
        {
            LogLevel.Trace or LogLevel.Debug => "debug  ",
            LogLevel.Information => "info   ",
            LogLevel.Warning => "warning",
            _ => "error  ",
        };
        return $"{TimeProvider.System.GetLocalNow().ToString(TimeFormat, CultureInfo.InvariantCulture)} {word} {message}";
    }

    /// <summary>Of syslog(3).</summary>
    private static int Priority(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => 7,
        LogLevel.Information => 6,
        LogLevel.Warning => 4,
        LogLevel.Critical => 2,
        _ => 3,
    };
}
