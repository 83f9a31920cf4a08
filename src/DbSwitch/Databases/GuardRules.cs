using System.Globalization;

namespace DbSwitch.Databases;

/// <summary>What must hold of the databases before clients are sent to another target. Pure.</summary>
internal static class GuardRules
{
    public static IReadOnlyList<Guard> Of(GuardQuestion question) => [Reachable(question.Target.Name, question.Probe), .. question.Target.Kind.Guards(question)];

    /// <summary>Why these guards refuse, with what to type next; null when all have passed. Unknown refuses.</summary>
    public static string? Refusal(string target, IReadOnlyList<Guard> guards) =>
        Failures(guards) is { } failures ? $"{failures}. {string.Join(" ", guards.Where(HasNotPassed).Select(g => g.Next ?? $"To switch all the same: {Forced(target)}").Distinct())}" : null;

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
