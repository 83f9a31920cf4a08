namespace DbSwitch.Tests.Databases.Redis;

/// <summary>The servers that <c>scripts/get-redis</c> fetches. Where one is missing its tests are skipped, and fail where CI=true.</summary>
internal static class RedisBinary
{
    /// <summary>The one that tests use to which the version is nothing.</summary>
    public const string Any = "redis-7";

    public static TheoryData<string> All => ["redis-7", "redis-8", "valkey-8", "valkey-9"];

    public static string For(string name)
    {
        var path = Path.Combine(Checkout.Root, "artifacts", "redis", name, "server");
        if (File.Exists(path))
        {
            return path;
        }

        var reason = $"{name} is not here; on Debian, scripts/get-redis {name} fetches it.";
        if (Environment.GetEnvironmentVariable("CI") == "true")
        {
            throw new InvalidOperationException(reason);
        }

        Assert.Skip(reason);
        return reason;
    }
}
