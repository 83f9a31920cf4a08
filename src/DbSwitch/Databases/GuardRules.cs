using System.Globalization;

namespace DbSwitch.Databases;

/// <summary>What must hold of the databases before clients are sent to another target. Pure.</summary>
internal static class GuardRules
{
    public static IReadOnlyList<Guard> Of(GuardQuestion question) => [Reachable(question.Probe), .. question.Target.Kind.Guards(question)];

    /// <summary>Why these guards refuse, target by name; null when all have passed. Unknown refuses.</summary>
    public static string? Refusal(string target, IEnumerable<Guard> guards) =>
        guards.Where(g => g.Verdict != GuardVerdict.Passed).Select(g => g.Words).ToList() is { Count: > 0 } words ? $"{target} {string.Join("; it ", words)}" : null;

    private static Guard Reachable(Probe probe) => probe.Health switch
    {
        Health.Healthy => new Guard("reachable", GuardVerdict.Passed, string.Create(CultureInfo.InvariantCulture, $"answers, in {probe.Took.TotalMilliseconds:0.0} ms")),
        Health.Unhealthy => new Guard("reachable", GuardVerdict.Failed, probe.Reason!),
        _ => new Guard("reachable", GuardVerdict.Unknown, probe.Reason!),
    };
}
