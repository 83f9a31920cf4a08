using System.Globalization;

namespace DbSwitch.Databases;

/// <summary>What must hold of the databases before clients are sent to another target. Pure.</summary>
internal static class GuardRules
{
    public static IReadOnlyList<Guard> Of(GuardQuestion question) => [Reachable(question.Target.Name, question.Probe), .. question.Target.Kind.Guards(question)];

    /// <summary>Why these guards refuse, with what to type next; null when all have passed. Unknown refuses.</summary>
    public static string? Refusal(string target, IReadOnlyList<Guard> guards)
    {
        if (Failures(guards) is not { } failures)
        {
            return null;
        }

        // Once is enough for the command that passes all of them over, and it comes last, where nothing has to be cut off.
        var known = guards.Where(HasNotPassed).Select(g => g.Next).OfType<string>().ToList();
        var isForcedSaid = guards.Where(HasNotPassed).All(g => g.Next is not null) || known.Any(n => n.EndsWith(Forced(target), StringComparison.Ordinal));
        var next = known.Append(isForcedSaid ? null : $"To switch all the same: {Forced(target)}").OfType<string>().Distinct().OrderBy(n => n.EndsWith(Forced(target), StringComparison.Ordinal)).ToList();
        return $"{failures}. {string.Join(" ", [.. next.SkipLast(1).Select(n => n[^1] is '.' or ';' or ')' ? n : $"{n}."), next[^1]])}";
    }

    /// <summary>Why these guards refuse, as a part of a sentence; null when all have passed.</summary>
    public static string? Failures(IEnumerable<Guard> guards) => guards.Where(HasNotPassed).Select(g => g.Words).ToList() is { Count: > 0 } words ? string.Join("; ", words) : null;

    /// <summary>The command that passes them over.</summary>
    public static string Forced(string target) => $"dbswitch select {target} --force";

    private static bool HasNotPassed(Guard guard) => guard.Verdict != GuardVerdict.Passed;

    private static Guard Reachable(string target, Probe probe) => probe.Health switch
    {
        Health.Healthy => new Guard("reachable", GuardVerdict.Passed, string.Create(CultureInfo.InvariantCulture, $"{target} answers, in {probe.Took.TotalMilliseconds:0.0} ms")),
        Health.Unhealthy => new Guard("reachable", GuardVerdict.Failed, $"{target} {probe.Reason}"),
        _ => new Guard("reachable", GuardVerdict.Unknown, $"{target} {probe.Reason}"),
    };
}
