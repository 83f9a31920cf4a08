namespace DbSwitch.Databases.Redis;

/// <summary>One line of CLIENT LIST.</summary>
internal sealed record RedisClient(string Id, string Name)
{
    /// <summary>A Sentinel calls its connections so.</summary>
    public bool IsSentinel => Name.StartsWith("sentinel-", StringComparison.Ordinal);

    public static IReadOnlyList<RedisClient> Parse(string text) =>
        [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => new RedisClient(Value(line, "id="), Value(line, " name="))).Where(c => c.Id.Length > 0)];

    private static string Value(string line, string key)
    {
        var at = line.IndexOf(key, StringComparison.Ordinal);
        return at < 0 ? "" : line[(at + key.Length)..].Split(' ', 2)[0].TrimEnd('\r');
    }
}
