using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace DbSwitch.App.ProxyHost;

/// <summary>The host's own messages as HAProxy's log lines look: time, level, text. Categories and event numbers tell an operator nothing.</summary>
internal sealed class HostLineFormatter() : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "proxy-host";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var level = logEntry.LogLevel switch
        {
            LogLevel.Warning => "warning",
            LogLevel.Error or LogLevel.Critical => "err",
            LogLevel.Information => "info",
            _ => "debug",
        };
        var text = logEntry.Formatter(logEntry.State, logEntry.Exception);
        textWriter.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{TimeProvider.System.GetLocalNow():yyyy-MM-dd'T'HH:mm:ss.fffzzz} {level} {text}"));
        if (logEntry.Exception is { } exception)
        {
            textWriter.WriteLine(exception);
        }
    }
}
