using System.Globalization;
using System.Text;

namespace DbSwitch.App.ProxyHost.Logs;

/// <summary>One line of HAProxy's log (its format "short", <c>&lt;6&gt;text</c>), and the forms in which it is kept.</summary>
/// <param name="Severity">0 (emerg) to 7 (debug), as in syslog.</param>
/// <param name="Text">Without a line end.</param>
internal sealed record HaproxyLogLine(int Severity, string Text)
{
    public const int Warning = 4;
    private const int Info = 6;
    private static readonly string[] Levels = ["emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"];

    public static HaproxyLogLine Of(ReadOnlySpan<byte> datagram)
    {
        var text = Encoding.UTF8.GetString(datagram).TrimEnd('\n', '\0').Replace('\n', ' ');
        var end = text.IndexOf('>', StringComparison.Ordinal);
        return text.StartsWith('<') && int.TryParse(text.AsSpan(1, Math.Max(0, end - 1)), NumberStyles.None, CultureInfo.InvariantCulture, out var priority)
            ? new HaproxyLogLine(priority % Levels.Length, text[(end + 1)..])
            : new HaproxyLogLine(Info, text);
    }

    /// <summary>With a time and a level, for a file or a terminal.</summary>
    public string ForPeople(DateTimeOffset now) => string.Create(CultureInfo.InvariantCulture, $"{now:yyyy-MM-dd'T'HH:mm:ss.fffzzz} {Levels[Severity]} {Text}");

    /// <summary>For systemd's journal, which has the time and takes the level from the prefix (sd-daemon(3)).</summary>
    public string ForJournal => string.Create(CultureInfo.InvariantCulture, $"<{Severity}>{Text}");
}
