using DbSwitch.Keeping;

namespace DbSwitch.Switching.Rules;

/// <summary>Which proxies fall short of what was asked for, in words.</summary>
internal static class Missing
{
    /// <param name="missing">By proxy; null for one that has not reported.</param>
    public static string Describe(IReadOnlyDictionary<string, CycleResult?> missing, Func<CycleResult, string> why) =>
        string.Join("; ", missing.Select(m => $"{m.Key}: {(m.Value is null ? "has not answered yet" : why(m.Value))}"));
}
