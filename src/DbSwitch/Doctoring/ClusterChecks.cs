using DbSwitch.Databases;

namespace DbSwitch.Doctoring;

/// <summary>Whether two switches promote in one cluster, by what its databases say of themselves: one moves its clients, and the other's are left behind. Pure.</summary>
internal static class ClusterChecks
{
    /// <param name="promoted">Each target of a switch that promotes, with what its database last told.</param>
    public static IEnumerable<Finding> Check(IReadOnlyList<(string Switch, string Target, DatabaseFacts Facts)> promoted) =>
        from pair in promoted.SelectMany((one, i) => promoted.Skip(i + 1).Select(other => (One: one, Other: other)))
        where pair.One.Switch != pair.Other.Switch && pair.One.Facts.IsOfOneCluster(pair.Other.Facts)
        group pair by (pair.One.Switch, Other: pair.Other.Switch) into shared
        select new Finding(
            FindingLevel.Error,
            shared.Key.Other,
            $"{shared.First().Other.Target} is of one cluster with {shared.First().One.Switch}/{shared.First().One.Target}, and both switches promote: when one of them moves its clients, the other's get no answer",
            "keep one switch for the cluster, and let the other's frontends lead to its backend (docs/operating.md, \"Several doors to one cluster\")");
}
