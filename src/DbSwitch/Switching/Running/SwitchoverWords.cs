using System.Globalization;
using DbSwitch.Storage;

namespace DbSwitch.Switching.Running;

/// <summary>What a switchover did to clients, in the words of its final sentence.</summary>
internal static class SwitchoverWords
{
    /// <summary>Ends a sentence: <c>37 connections waited, 112 ms at most; 2 sessions were cut; 143 ms in all, generation 7</c>.</summary>
    public static string Say(SwitchoverReport report, SwitchoverRecord record) => string.Join("; ", ((string?[])
    [
        record.To is null ? null : Waits(report.Waits),
        record.To is null || report.NotHeld.Count == 0 ? null : $"new connections were closed meanwhile, as {string.Join(" and ", report.NotHeld)} {(report.NotHeld.Count == 1 ? "has" : "have")} no companion script",
        report.SessionsDrained == 0 ? null : $"{Sessions(report.SessionsDrained)} drained",
        report.SessionsCut == 0 ? "no session was cut" : $"{Sessions(report.SessionsCut)} cut",
        record.Waivers.Length == 0 ? null : record.Waivers,
        string.Create(CultureInfo.InvariantCulture, $"{report.Took.TotalMilliseconds:0} ms in all, generation {record.Generation}"),
    ]).OfType<string>());

    /// <summary>What a person may do instead of waiting for a promotion, as a sentence.</summary>
    public static string WayBack(SwitchoverRecord record) => record.From is { } from && from != record.To
        ? $"To give it up: dbswitch select {from} (it is opened again while {record.To} is a replica), or dbswitch select --none."
        : "To give it up: dbswitch select --none.";

    private static string? Waits(WaitReport? waits) => waits switch
    {
        null => null,
        { Connections: 0 } => "no connection had to wait",
        _ => string.Create(CultureInfo.InvariantCulture, $"{waits.Connections} {(waits.Connections == 1 ? "connection" : "connections")} waited, {waits.Longest.TotalMilliseconds:0} ms at most{(waits.InVain > 0 ? $", {waits.InVain} of them in vain" : "")}"),
    };

    private static string Sessions(int count) => string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? "session was" : "sessions were")}");
}
