using DbSwitch.Model;
using DbSwitch.Proxies;

namespace DbSwitch.Switching;

/// <summary>What an empty store makes of living proxies. Pure.</summary>
public static class Adoption
{
    /// <summary>
    /// A store that is not empty and says what no proxy serves, while they serve another target: it is an old one. (A switchover that was under way explains
    /// it otherwise: ask only when there was none.)
    /// </summary>
    /// <param name="selected">The selected target's server; null for none.</param>
    /// <returns>What each proxy serves; null when nothing speaks against the store.</returns>
    public static string? Contradiction(IReadOnlyDictionary<string, ProxyObservation.Seen> proxies, ServerSpec? selected, IReadOnlyDictionary<string, ServerSpec> targets)
    {
        var serving = proxies.Select(p => (Proxy: p.Key, Servers: Serving(p.Value))).ToList();
        return serving.Exists(p => p.Servers.Exists(s => s.Name == selected?.Name && s.HasAddress(selected.Address))) || !serving.Exists(p => p.Servers.Exists(s => targets.Values.Any(t => t.Name == s.Name)))
            ? null
            : Describe(serving);
    }

    /// <summary>The highest generation that any proxy's companion script has heard of; 0 for none.</summary>
    public static long Generation(IEnumerable<ProxyObservation.Seen> proxies) => proxies.Max(p => p.Companion?.Generation) ?? 0;

    /// <summary>
    /// Invariant 7: an empty store never moves clients. <c>initial:</c> applies only when no proxy has a server that may take clients or a session with one;
    /// otherwise what all proxies serve alike is taken over, and when they don't, a person is asked.
    /// </summary>
    /// <param name="proxies">What every proxy of the switch was seen to have: a proxy that could not be asked allows no answer at all, and must not be left out.</param>
    /// <param name="targets">The server of each target whose address is known.</param>
    public static AdoptionAnswer Decide(IReadOnlyDictionary<string, ProxyObservation.Seen> proxies, IReadOnlyDictionary<string, ServerSpec> targets, string? initial)
    {
        ArgumentOutOfRangeException.ThrowIfZero(proxies.Count);
        var serving = proxies
            .Select(p => (Proxy: p.Key, Servers: Serving(p.Value)))
            .ToList();
        if (serving.TrueForAll(p => p.Servers.Count == 0))
        {
            // Something was selected here before: a store that does not know of it was lost, and must not begin anew with a target that may be a stale one.
            if (initial is not null && Generation(proxies.Values) is > 0 and var heard)
            {
                return new AdoptionAnswer.AskPerson($"no proxy serves anything, but they have heard of generation {heard}");
            }

            return new AdoptionAnswer.Take(initial, initial is null ? "nothing is selected yet" : "initial: in the configuration");
        }

        var named = serving.Select(p => (p.Proxy, Target: p.Servers.Count == 1 ? targets.FirstOrDefault(t => t.Value.Name == p.Servers[0].Name && p.Servers[0].HasAddress(t.Value.Address)).Key : null)).ToList();
        return named[0].Target is { } target && named.TrueForAll(p => p.Target == target)
            ? new AdoptionAnswer.Take(target, "every proxy serves it already")
            : new AdoptionAnswer.AskPerson(Describe(serving));
    }

    /// <summary>What clients reach, or could: through an old worker too.</summary>
    private static List<ObservedServer> Serving(ProxyObservation.Seen proxy) =>
        [.. proxy.Servers.Where(s => s.MayTakeClients || s.Sessions is { Count: > 0 }).Concat(proxy.OldWorkers.SelectMany(w => w.Servers).Where(s => s.Sessions is { Count: > 0 })).DistinctBy(s => (s.Name, s.State.Address, s.State.Port))];

    private static string Describe(IEnumerable<(string Proxy, List<ObservedServer> Servers)> serving) =>
        string.Join("; ", serving.Select(p => $"{p.Proxy} serves {(p.Servers.Count == 0 ? "nothing" : string.Join(" and ", p.Servers.Select(s => s.Name)))}"));
}

public abstract record AdoptionAnswer
{
    private AdoptionAnswer()
    {
    }

    /// <param name="Target">Null for none.</param>
    public sealed record Take(string? Target, string Reason) : AdoptionAnswer;

    /// <param name="Situation">What each proxy serves.</param>
    public sealed record AskPerson(string Situation) : AdoptionAnswer;
}
