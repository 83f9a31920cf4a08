using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace DbSwitch.App.Logging;

/// <summary>One line for each event: time, level, text. The day is told in files; who sits at a terminal knows it. Categories and event numbers tell an operator nothing.</summary>
internal sealed class LineFormatter() : ConsoleFormatter(FormatterName)
{
    private const string FormatterName = "line";

    private static readonly string TimeFormat = Console.IsOutputRedirected ? "yyyy-MM-dd'T'HH:mm:ss.fffzzz" : "HH:mm:ss.fff";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var level = logEntry.LogLevel switch
        {
            LogLevel.Trace or LogLevel.Debug => "debug  ",
            LogLevel.Information => "info   ",
            LogLevel.Warning => "warning",
            _ => "error  ",
        };
        textWriter.WriteLine($"{TimeProvider.System.GetLocalNow().ToString(TimeFormat, CultureInfo.InvariantCulture)} {level} {logEntry.Formatter(logEntry.State, logEntry.Exception)}");
        if (logEntry.Exception is { } exception)
        {
            textWriter.WriteLine(exception);
        }
    }

    /// <summary>Makes this the form of everything that is logged.</summary>
    public static void Use(ILoggingBuilder logging) =>
        logging.ClearProviders().AddConsole(o => o.FormatterName = FormatterName).Services.AddSingleton<ConsoleFormatter, LineFormatter>();
}
