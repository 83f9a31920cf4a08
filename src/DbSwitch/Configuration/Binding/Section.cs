using DbSwitch.Configuration.Values;
using DbSwitch.Configuration.Yaml;

namespace DbSwitch.Configuration.Binding;

/// <summary>
/// A map with known keys. Each reading method reports what is wrong and gives a stand-in then, so that binding goes on to the end of the
/// file; a configuration with a problem never leaves this folder, and so no stand-in does.
/// </summary>
internal sealed class Section
{
    private readonly Dictionary<string, Node> _nodes = new(StringComparer.Ordinal);
    private readonly MapNode _map;
    private readonly KeySet _keys;
    private readonly Reading _reading;

    /// <summary>Reports the keys that it shouldn't have.</summary>
    public Section(MapNode map, KeySet keys, Reading reading)
    {
        (_map, _keys, _reading) = (map, keys, reading);
        foreach (var (key, value) in map.Entries)
        {
            if (keys.Knows(key))
            {
                _nodes.Add(key, value);
            }
            else
            {
                reading.Problems.Add(value.Path, value.KeyMark, UnknownKey(key, keys));
            }
        }
    }

    /// <summary>Null when the node isn't a map.</summary>
    public static Section? Open(Node node, KeySet keys, Reading reading)
    {
        if (node is MapNode map)
        {
            return new Section(map, keys, reading);
        }

        if (node is not RefusedNode)
        {
            reading.Problems.Add(node, $"expected a map with {Words(keys.Names)}, found {node.Kind}");
        }

        return null;
    }

    /// <summary>About the section as a whole.</summary>
    public void Complain(string problem) => Report(_map, problem);

    public bool Has(string key) => _nodes.ContainsKey(key) || _nodes.ContainsKey(key + KeySet.FileSuffix);

    public T Required<T>(string key, Func<string, Converted<T>> convert, T standIn)
    {
        ReportMissing(key);
        return Optional(key, convert, standIn);
    }

    /// <summary>The value; <paramref name="otherwise"/> when the key isn't there (and as a stand-in).</summary>
    public T Optional<T>(string key, Func<string, Converted<T>> convert, T otherwise)
    {
        var inFile = Find(key + KeySet.FileSuffix);
        var node = Find(key);
        if (node is not null && inFile is not null)
        {
            Report(inFile, $"stands beside \"{key}\"; only one of the two may be there");
        }

        var text = node is not null ? ScalarReader.Read(node, _reading)
            : inFile is not null ? ScalarReader.ReadFile(inFile, _reading)
            : null;
        return text is null ? otherwise : Convert(text, node ?? inFile!, convert, otherwise);
    }

    /// <summary>The same where nothing stands for "not there".</summary>
    public T? OptionalOrNull<T>(string key, Func<string, Converted<T>> convert)
        where T : class => Optional(key, convert, null!);

    public Section? OptionalSection(string key, KeySet keys) => Find(key) is { } node ? Open(node, keys, _reading) : null;

    /// <summary>A map whose keys are names of the user's; its values are bound one by one. Null when it isn't there or isn't a map.</summary>
    public OrderedDictionary<string, T>? RequiredNames<T>(string key, int least, Func<string, string?> findProblem, Func<string, Node, T> bind)
    {
        ReportMissing(key);
        var node = Find(key);
        if (node is not MapNode map)
        {
            if (node is not (null or RefusedNode))
            {
                Report(node, $"expected a map of names, found {node.Kind}");
            }

            return null;
        }

        if (map.Entries.Count < least)
        {
            Report(map, "needs at least one name in it");
        }

        var bound = new OrderedDictionary<string, T>(StringComparer.Ordinal);
        foreach (var (name, value) in map.Entries)
        {
            if (findProblem(name) is { } problem)
            {
                _reading.Problems.Add(value.Path, value.KeyMark, $"{Shown.Quote(name)} {problem}");
            }

            bound.Add(name, bind(name, value));
        }

        return bound;
    }

    /// <summary>The same, where there may be none.</summary>
    public OrderedDictionary<string, T> OptionalNames<T>(string key, Func<string, string?> findProblem, Func<string, Node, T> bind) => (Has(key) ? RequiredNames(key, 1, findProblem, bind) : null) ?? [];

    /// <summary>A list of names; one that can't be read is empty.</summary>
    public IReadOnlyList<string> RequiredList(string key)
    {
        ReportMissing(key);
        var node = Find(key);
        if (node is not ListNode list)
        {
            if (node is not (null or RefusedNode))
            {
                Report(node, $"expected a list such as [one, two], found {node.Kind}");
            }

            return [];
        }

        if (list.Items.Count == 0)
        {
            Report(list, "needs at least one name in it");
        }

        return [.. list.Items.Select(item => ScalarReader.Read(item, _reading) ?? "")];
    }

    /// <summary>A scalar that has no key set of its own: a value in a map of names.</summary>
    public static T Value<T>(Node node, Reading reading, Func<string, Converted<T>> convert, T standIn) =>
        ScalarReader.Read(node, reading) is { } text ? Convert(text, node, reading, convert, standIn) : standIn;

    private static T Convert<T>(string text, Node node, Reading reading, Func<string, Converted<T>> convert, T standIn)
    {
        var converted = convert(text);
        if (converted.Problem is null)
        {
            return converted.Value!;
        }

        reading.Problems.Add(node, $"{(KeySet.IsSecret(node.Path) ? "the value" : Shown.Quote(text))} {converted.Problem}");
        return standIn;
    }

    private T Convert<T>(string text, Node node, Func<string, Converted<T>> convert, T standIn) => Convert(text, node, _reading, convert, standIn);

    private void ReportMissing(string key)
    {
        if (!Has(key))
        {
            Report(_map, $"\"{key}\" is missing");
        }
    }

    private void Report(Node node, string message) => _reading.Problems.Add(node, message);

    /// <summary>A key that the binder asks for must be among those that it lets pass, or the user could never write it.</summary>
    private Node? Find(string key)
    {
        System.Diagnostics.Debug.Assert(_keys.Knows(key) || key.EndsWith(KeySet.FileSuffix, StringComparison.Ordinal), $"{_keys.Place} has no key {key}");
        return _nodes.GetValueOrDefault(key);
    }

    private static string UnknownKey(string key, KeySet keys)
    {
        var suggestion = Suggestion.For(key, keys.Names);
        return "unknown key" + (suggestion.Length > 0 ? suggestion : $"; known here: {Words(keys.Names)}");
    }

    private static string Words(IEnumerable<string> words) => string.Join(", ", words.Select(word => $"\"{word}\""));
}
