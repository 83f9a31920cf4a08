namespace HaproxyRuntime;

/// <summary>Gives the same string for the same name: in an answer of ten thousand lines a backend's name stands ten thousand times.</summary>
internal readonly struct NameCache()
{
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _names = new HashSet<string>(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    public string Of(ReadOnlySpan<char> name)
    {
        if (!_names.TryGetValue(name, out var known))
        {
            known = name.ToString();
            _names.Set.Add(known);
        }

        return known;
    }
}
