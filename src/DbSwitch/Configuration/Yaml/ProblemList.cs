namespace DbSwitch.Configuration.Yaml;

/// <summary>Collects problems, and knows where in the file each path is, so that a check on bound records can still point at a line.</summary>
internal sealed class ProblemList(string file)
{
    /// <summary>More than this nobody reads; a file with thousands of mistakes is another kind of file.</summary>
    private const int Most = 100;

    private readonly List<ConfigurationProblem> _problems = [];
    private readonly Dictionary<string, Node> _nodes = [];

    public bool IsEmpty => _problems.Count == 0;

    /// <summary>The first position given for a path stays: a key that is there twice is reported by itself.</summary>
    public void Locate(Node node) => _nodes.TryAdd(node.Path.ToString(), node);

    public void Add(NodePath path, Mark mark, string message) =>
        _problems.Add(new ConfigurationProblem(file, mark.Line, mark.Column, path.ToString(), message));

    /// <summary>At the place that a person looks at first for this node.</summary>
    public void Add(Node node, string message) => Add(node.Path, node.Mark, message);

    /// <summary>About the file as a whole, or a place in it that belongs to no key.</summary>
    public void Add(Mark mark, string message) => Add(NodePath.Root, mark, message);

    /// <summary>At the path's place or, when it isn't in the file, at its nearest parent's.</summary>
    public void Add(NodePath path, string message) => Add(path, Find(path)?.Mark ?? default, message);

    /// <summary>The same where the key is what is wrong.</summary>
    public void AddAtKey(NodePath path, string message) => Add(path, Find(path)?.KeyMark ?? default, message);

    public IReadOnlyList<ConfigurationProblem> InFileOrder()
    {
        // OrderBy is stable: problems at one place stay in the order in which they were found.
        var ordered = _problems.OrderBy(p => p.Line).ThenBy(p => p.Column).ToList();
        if (ordered.Count > Most)
        {
            var left = ordered.Count - Most;
            ordered.RemoveRange(Most, left);
            ordered.Add(new ConfigurationProblem(file, 0, 0, "", $"and {left} more problems"));
        }

        return ordered;
    }

    private Node? Find(NodePath path)
    {
        for (var place = path; place is not null; place = place.Parent)
        {
            if (_nodes.TryGetValue(place.ToString(), out var node))
            {
                return node;
            }
        }

        return null;
    }
}
