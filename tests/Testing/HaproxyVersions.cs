using Xunit;

namespace DbSwitch.Testing;

/// <summary>
/// The versions that the tests run against: Debian 12's, whose traps must be survived, and the two that followed.
/// <c>scripts/get-haproxy</c> puts them into artifacts/haproxy.
/// </summary>
public static class HaproxyVersions
{
    /// <summary>All of them, whether they are here or not: a missing one is a skipped test, and not one that nobody misses.</summary>
    public static IReadOnlyList<string> Names { get; } = ["2.6", "3.0", "3.2"];

    /// <summary>The one that <c>./test --quick</c> asks.</summary>
    public const string Quick = "3.0";

    /// <summary>The same, for <c>[MemberData(nameof(HaproxyVersions.All), MemberType = typeof(HaproxyVersions))]</c>.</summary>
    public static TheoryData<string> All => [.. Names];
}
