using System.Globalization;
using DbSwitch.Keeping;
using DbSwitch.Model;
using DbSwitch.Proxies;

namespace DbSwitch.Switching.Rules;

/// <summary>What a switchover would do in one proxy, as it is now. Pure.</summary>
internal static class Foresight
{
    /// <param name="next">The server that clients would go to; null for none.</param>
    /// <param name="grace">How long sessions may end by themselves.</param>
    public static string Say(string proxy, ProxyObservation.Seen seen, ServerSpec? next, TimeSpan grace)
    {
        var time = string.Create(CultureInfo.InvariantCulture, $"{grace.TotalSeconds:0.###} s");
        List<string> parts =
        [
            .. seen.Servers.Where(s => s.MayTakeClients || s.Sessions is { Count: > 0 }).Select(s => Fenced(s, time, "")),
            .. seen.OldWorkers.SelectMany(w => w.Servers.Where(s => s.Sessions is { Count: > 0 }).Select(s => Fenced(s, time, $" in the old worker (pid {w.Pid})"))),
            .. seen.OldWorkers.Where(w => Decider.WhyHopeless(w) is not null).Select(w => $"an old worker (pid {w.Pid}) can't be asked ({w.Problem}), which may have it rolled back"),
        ];
        if (parts.Count == 0)
        {
            parts.Add("nothing is served, so nothing has to be fenced");
        }

        if (next is not null)
        {
            parts.Add(seen.Servers.FirstOrDefault(s => s.Name == next.Name) switch
            {
                null => $"{next.Name} would be added at {next.Address} and made ready",
                var there when there.HasAddress(next.Address) => $"{next.Name} would be made ready",
                _ => $"{next.Name} would be moved to {next.Address} and made ready",
            });
            parts.Add(seen.Companion is null ? "new connections would be closed meanwhile (no companion script)" : "new connections would wait");
        }

        return $"{proxy}: {string.Join("; ", parts)}";
    }

    private static string Fenced(ObservedServer server, string time, string where) => $"{server.Name}{where} would be fenced, " + (server.Sessions?.Count switch
    {
        null or 0 => "it has no session",
        1 => $"its session has {time} to end by itself, and is cut then",
        var several => $"its {several} sessions have {time} to end by themselves, the rest is cut then",
    });
}
