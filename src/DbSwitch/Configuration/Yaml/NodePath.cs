namespace DbSwitch.Configuration.Yaml;

/// <summary>The keys that lead to a place: <c>switches.orders.proxies[0]</c>. A key with a dot in it is written in quotes, so that no two places have one path.</summary>
internal sealed class NodePath
{
    /// <summary>The file itself.</summary>
    public static readonly NodePath Root = new("", null);

    private readonly string _text;

    private NodePath(string text, NodePath? parent)
    {
        _text = text;
        Parent = parent;
    }

    public NodePath? Parent { get; }

    public NodePath this[string key]
    {
        get
        {
            var isWord = key.Length is > 0 and <= Shown.Longest && key.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');
            var segment = isWord ? key : Shown.Quote(key);
            return new NodePath(_text.Length == 0 ? segment : $"{_text}.{segment}", this);
        }
    }

    public NodePath this[int item] => new($"{_text}[{item}]", this);

    public override string ToString() => _text;
}
