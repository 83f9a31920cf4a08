namespace DbSwitch.Configuration.Yaml;

/// <summary>A YAML value with its place: what is left of YAML once anchors, tags and documents are refused.</summary>
/// <param name="Path">The keys that lead to it.</param>
/// <param name="KeyMark">Where its key begins; where the value begins when it has no key.</param>
/// <param name="Mark">Where a person looks for it: a scalar itself, but the key of a map or list (which begins a line later).</param>
internal abstract record Node(NodePath Path, Mark KeyMark, Mark Mark)
{
    /// <summary>What it is, for "expected a list, found …".</summary>
    public abstract string Kind { get; }
}

internal sealed record ScalarNode(NodePath Path, Mark KeyMark, Mark Mark, string Text, bool IsPlain) : Node(Path, KeyMark, Mark)
{
    /// <summary>YAML's null: nothing at all, <c>~</c> or <c>null</c>. In quotes they are text.</summary>
    public bool IsNull => IsPlain && Text is ("" or "~" or "null" or "Null" or "NULL");

    public override string Kind => IsNull ? "nothing" : $"the value {Shown.Quote(Text)}";
}

/// <param name="Entries">In the file's order, each key once.</param>
internal sealed record MapNode(NodePath Path, Mark KeyMark, Mark Mark, IReadOnlyList<Entry> Entries) : Node(Path, KeyMark, Mark)
{
    public override string Kind => "a map";
}

internal sealed record ListNode(NodePath Path, Mark KeyMark, Mark Mark, IReadOnlyList<Node> Items) : Node(Path, KeyMark, Mark)
{
    public override string Kind => "a list";
}

/// <summary>Something that was refused, with its problem already reported: nothing more is said about it.</summary>
internal sealed record RefusedNode(NodePath Path, Mark KeyMark, Mark Mark) : Node(Path, KeyMark, Mark)
{
    public override string Kind => "something that was refused";
}

internal sealed record Entry(string Key, Node Value);
