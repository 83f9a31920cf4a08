using System.Globalization;

namespace DbSwitch.Databases.Redis;

/// <summary>The answer to INFO: <c>name:value</c>, a line each.</summary>
internal sealed class RedisInfo
{
    private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

    public RedisInfo(string text)
    {
        foreach (var line in text.Split('\n'))
        {
            if (line.Split(':', 2) is [{ Length: > 0 } name, var value] && name[0] != '#')
            {
                _values[name] = value.TrimEnd('\r');
            }
        }
    }

    public string? Text(string name) => _values.GetValueOrDefault(name) is { Length: > 0 } text ? text : null;

    /// <exception cref="DatabaseException">It is not there.</exception>
    public string Required(string name) => Text(name) ?? throw new DatabaseException(Health.Unknown, $"does not say what it is (INFO has no {name})");

    public bool Is(string name) => Text(name) == "1";

    public long? Number(string name) => long.TryParse(Text(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>What lines such as <c>slave0:ip=…,port=…</c> and <c>db0:keys=…</c> say, of all whose name is the word and a number.</summary>
    public IReadOnlyList<IReadOnlyDictionary<string, string>> All(string word) =>
        [.. _values.Where(v => v.Key.StartsWith(word, StringComparison.Ordinal) && int.TryParse(v.Key.AsSpan(word.Length), NumberStyles.None, CultureInfo.InvariantCulture, out _))
            .Select(v => v.Value.Split(',').Select(p => p.Split('=', 2)).Where(p => p.Length == 2).DistinctBy(p => p[0]).ToDictionary(p => p[0], p => p[1]))];
}
