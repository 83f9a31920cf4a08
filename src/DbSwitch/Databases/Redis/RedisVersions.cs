using System.Globalization;

namespace DbSwitch.Databases.Redis;

/// <summary>Which versions can take each other's place. Pure.</summary>
internal static class RedisVersions
{
    // The first with CLIENT PAUSE … WRITE.
    private static readonly Version s_least = new(6, 2);

    public static Guard Guard(string name, RedisFacts target, string present, RedisFacts primary) => (Of(target), Of(primary)) switch
    {
        var (own, _) when target.Product == "Redis" && own < s_least => Failed($"{name} is {target.Server}, and a switchover needs 6.2 or later on both"),
        var (_, its) when primary.Product == "Redis" && its < s_least => Failed($"{present} is {primary.Server}, and a switchover needs 6.2 or later on both"),
        var (own, its) when target.Product == primary.Product && (own.Major, own.Minor).CompareTo((its.Major, its.Minor)) < 0 =>
            Failed($"{name} is {target.Server}, older than {present} with {primary.Server}: what it did not understand of what it was sent is missing there"),
        _ => new Guard("version", GuardVerdict.Passed, $"{name} is {target.Server}, {present} is {primary.Server}"),
    };

    /// <summary>What should be known of a pair once the newer one leads, a sentence; null for nothing.</summary>
    public static string? Note(string promoted, RedisFacts now, string old, RedisFacts before) => now.Server == before.Server || (now.Product == before.Product && Of(now).Major == Of(before).Major)
        ? null
        : $"{promoted} is {now.Server}, and {old} is {before.Server}: {old} follows as long as it needs no whole copy, which it may not be able to load. Upgrade it next";

    private static Version Of(RedisFacts facts) => Version.TryParse(facts.Version.Split('-', 2)[0], out var version) ? version
        : int.TryParse(facts.Version.Split('.', '-')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var major) ? new Version(major, 0) : s_least;

    private static Guard Failed(string words) => new("version", GuardVerdict.Failed, words);
}
