using System.Net;
using DbSwitch.Model;
using DbSwitch.Proxies;
using HaproxyRuntime;

namespace DbSwitch.Switching.Rules;

/// <summary>What an empty store makes of living proxies. Pure.</summary>
public static class Adoption
{
    /// <summary>
    /// Whether a store that is not empty may be believed. It is, once a proxy serves what it says; or once a companion script has heard of its generation, or every proxy was seen, and none serves
    /// another target. One that contradicts it means an old store. (A switchover that was under way explains what proxies serve otherwise: ask only when there was none.)
    /// </summary>
    /// <param name="seen">The proxies that were seen.</param>
    /// <param name="all">All of them: one that was never seen confirms nothing and contradicts nothing.</param>
    /// <param name="selected">The selected target's server; null for none, and while its address is not known.</param>
    /// <param name="generation">The store's.</param>
    /// <param name="targets">The server of each target whose address is known.</param>
    public static StoreVerdict Judge(IReadOnlyDictionary<string, ProxyObservation.Seen> seen, IReadOnlyList<string> all, ServerSpec? selected, long generation, IReadOnlyDictionary<string, ServerSpec> targets)
    {
        var serving = seen.Select(p => (Proxy: p.Key, Servers: Serving(p.Value))).ToList();
        if (selected is not null && serving.Exists(p => p.Servers.Exists(s => s.HasAddress(selected.Address))))
        {
            return new StoreVerdict.Believe();
        }

        if (serving.Exists(p => p.Servers.Exists(s => targets.Values.Any(t => t.Name == s.Name || s.HasAddress(t.Address)))))
        {
            return new StoreVerdict.Contradicted(Describe(serving));
        }

        var unseen = all.Where(p => !seen.ContainsKey(p)).ToList();
        return unseen.Count == 0 || seen.Values.Any(p => p.Companion is { Generation: > 0 } companion && companion.Generation <= generation) ? new StoreVerdict.Believe() : new StoreVerdict.Wait(unseen);
    }

    /// <summary>The highest generation that any proxy's companion script has heard of; 0 for none.</summary>
    public static long Generation(IEnumerable<ProxyObservation.Seen> proxies) => proxies.Max(p => p.Companion?.Generation) ?? 0;

    /// <summary>
    /// A server is known by its address, whatever it is called. An empty store never moves clients. <c>initial:</c> applies only when no proxy has a server that may take clients or a session with one;
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

            return Take(initial, initial is null ? "nothing is selected yet" : "initial: in the configuration", targets);
        }

        var named = serving.Select(p => (p.Proxy, Target: p.Servers.Count == 1 ? targets.FirstOrDefault(t => p.Servers[0].HasAddress(t.Value.Address)).Key : null)).ToList();
        return named[0].Target is { } target && named.TrueForAll(p => p.Target == target)
            ? Take(target, "every proxy serves it already", targets)
            : new AdoptionAnswer.AskPerson(Describe(serving));
    }

    // The very address that was judged: a name may resolve to another a moment later.
    private static AdoptionAnswer.Take Take(string? target, string reason, IReadOnlyDictionary<string, ServerSpec> targets) => new(target, reason) { Address = target is null ? null : targets.GetValueOrDefault(target)?.Address };

    /// <summary>What clients reach, or could: through an old worker too.</summary>
    private static List<ObservedServer> Serving(ProxyObservation.Seen proxy) =>
        [.. proxy.Servers.Where(s => (s.MayTakeClients && !IsInReserve(s, proxy)) || s.Sessions is { Count: > 0 }).Concat(proxy.OldWorkers.SelectMany(w => w.Servers).Where(s => s.Sessions is { Count: > 0 })).DistinctBy(s => (s.Name, s.State.Address, s.State.Port))];

    /// <summary>A "backup" that nobody is with, beside one that is none and is up: HAProxy sends nobody there (manual, 5.2, "backup").</summary>
    private static bool IsInReserve(ObservedServer server, ProxyObservation.Seen proxy) =>
        RowOf(server, proxy) is { BackupServers: 1, CurrentSessions: 0 }
        && proxy.Servers.Any(s => s is { MayTakeClients: true, State.OperationalState: ServerOperationalState.Running, State.Weight: > 0 } && RowOf(s, proxy) is { BackupServers: 0 });

    private static ProxyStatistics? RowOf(ObservedServer server, ProxyObservation.Seen proxy) => proxy.Counters?.Servers.FirstOrDefault(r => r.Name == server.Name);

    private static string Describe(IEnumerable<(string Proxy, List<ObservedServer> Servers)> serving) =>
        string.Join("; ", serving.Select(p => $"{p.Proxy} serves {(p.Servers.Count == 0 ? "nothing" : string.Join(" and ", p.Servers.Select(s => s.Name)))}"));
}

public abstract record AdoptionAnswer
{
    private AdoptionAnswer()
    {
    }

    /// <param name="Target">Null for none.</param>
    public sealed record Take(string? Target, string Reason) : AdoptionAnswer
    {
        /// <summary>Where it is served, or is to be; null for none, and while its address is not known.</summary>
        public IPEndPoint? Address { get; init; }
    }

    /// <param name="Situation">What each proxy serves.</param>
    public sealed record AskPerson(string Situation) : AdoptionAnswer;
}

/// <summary>Whether a store that is not empty may be believed.</summary>
public abstract record StoreVerdict
{
    private StoreVerdict()
    {
    }

    public sealed record Believe : StoreVerdict;

    /// <param name="Situation">What each proxy serves.</param>
    public sealed record Contradicted(string Situation) : StoreVerdict;

    /// <summary>Nobody has confirmed it yet, and these were not seen.</summary>
    public sealed record Wait(IReadOnlyList<string> Unseen) : StoreVerdict;
}
