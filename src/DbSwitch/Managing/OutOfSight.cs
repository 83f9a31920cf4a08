using DbSwitch.Configuration;
using DbSwitch.Storage;

namespace DbSwitch.Managing;

/// <summary>
/// What a configuration must not take out of our sight while clients may still come through it: a proxy that is not asked any more goes on to serve what it serves, whatever is selected from then
/// on. Such a configuration is refused, at a reload and at the start, until an operator has said that the proxy may go (<c>dbswitch release-proxy</c>). Pure.
/// </summary>
public static class OutOfSight
{
    /// <param name="before">What the store remembers of each switch.</param>
    /// <param name="next">The proxies of each switch of the configuration that is to be in force.</param>
    /// <param name="isSame">Whether two addresses of a Runtime API have been shown to lead to the same HAProxy process.</param>
    /// <returns>One sentence for each reason to refuse it; none when it may be in force.</returns>
    public static IReadOnlyList<string> Refusals(IReadOnlyDictionary<string, StoredSwitch> before, DbSwitchConfiguration next, Func<SwitchConfiguration, IReadOnlyList<KnownProxy>> proxiesOf, Func<string, string, bool> isSame) =>
        [.. before.Where(b => b.Value.Selection?.Target is not null).SelectMany(b => Refusals(b.Key, b.Value, next, proxiesOf, isSame))];

    private static IEnumerable<string> Refusals(string name, StoredSwitch before, DbSwitchConfiguration next, Func<SwitchConfiguration, IReadOnlyList<KnownProxy>> proxiesOf, Func<string, string, bool> isSame)
    {
        var selected = before.Selection!.Target;
        if (!next.Switches.TryGetValue(name, out var after))
        {
            if (before.Proxies.Count > 0 && before.Proxies.All(p => p.ReleasedBy is not null))
            {
                yield break;
            }

            yield return $"switches.{name} is gone, and clients are on its target {selected}: put it back, or select none on it first (dbswitch select --none --switch {name}).";
            yield break;
        }

        if (before.Backend is { } backend && backend != after.Backend)
        {
            yield return $"switches.{name}.backend changed from {backend} to {after.Backend}, and clients are on its target {selected}: put it back, or select none first (dbswitch select --none --switch {name}).";
        }

        var proxies = proxiesOf(after).ToDictionary(p => p.Name);
        foreach (var known in before.Proxies.Where(p => p.ReleasedBy is null))
        {
            if (!proxies.TryGetValue(known.Name, out var now))
            {
                yield return $"switches.{name}.proxies has no {known.Name} any more: its clients would stay with what it serves now, whatever is selected later. Put it back; or, if that is meant, say so first (dbswitch release-proxy {known.Name} --switch {name}).";
            }
            else if (now.Api != known.Api && !isSame(known.Api, now.Api))
            {
                yield return $"proxies.{known.Name} changed from {known.Api} to {now.Api}, and it could not be shown that the same HAProxy answers at both: the clients of the one at {known.Api} would stay with what it serves now. Put it back; or, if that is meant, say so first (dbswitch release-proxy {known.Name} --switch {name}).";
            }
            else if (known.Master is not null && now.Master is null)
            {
                yield return $"proxies.{known.Name}.master is gone ({known.Master}): without it processes that a reload leaves over are not known, and clients may still come through them. Put it back; or, if that is meant, say so first (dbswitch release-proxy {known.Name} --switch {name}).";
            }
        }
    }
}
