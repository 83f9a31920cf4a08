using System.Globalization;
using DbSwitch.App.Client;
using DbSwitch.App.Http;

namespace DbSwitch.App.Watching;

/// <summary>An event in one line.</summary>
internal static class WatchWords
{
    /// <param name="only">The one switch to watch; null for all.</param>
    public static bool Concerns(ManagerEvent one, string? only) => only is null || (one.Switch?.Name ?? one.Switchover?.Switch ?? one.Log?.Switch) is not { } name || name == only;

    /// <returns>Null where another event says the same: a switchover's end is in the log, with its sentence.</returns>
    public static string? Of(ManagerEvent one) =>
        one.Switch is { } view ? $"{StatusText.Headline(view)}; {view.State}{string.Concat(view.Problems.Select(p => "; " + p))}"
        : one.Switchover is { } switchover ? switchover.Phase is null ? null : string.Create(CultureInfo.InvariantCulture, $"{switchover.Switch}: generation {switchover.Generation}, switchover {switchover.Id}: {switchover.Phase}")
        : one.Log is { } log ? $"{(log.Level == "info" ? "" : log.Level + ": ")}{log.Message}"
        : one.Reset?.Message;
}
