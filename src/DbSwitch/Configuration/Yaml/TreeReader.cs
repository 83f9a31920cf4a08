using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace DbSwitch.Configuration.Yaml;

/// <summary>
/// Turns YAML into our node tree. It refuses what a configuration doesn't need and what surprises people (anchors and aliases, tags,
/// several documents, a key twice), and goes on after each refusal, so that all are reported at once. Only a syntax error ends it.
/// </summary>
internal sealed class TreeReader
{
    /// <summary>Our deepest key is five levels down. The limit keeps recursion small whatever the file holds.</summary>
    private const int Deepest = 16;

    private readonly IParser _parser;
    private readonly ProblemList _problems;

    private TreeReader(IParser parser, ProblemList problems)
    {
        _parser = parser;
        _problems = problems;
    }

    /// <summary>The root map, or null when there is none to go on with; the reason is then in <paramref name="problems"/>.</summary>
    public static MapNode? Read(string text, ProblemList problems)
    {
        try
        {
            return new TreeReader(new Parser(new StringReader(text)), problems).ReadStream();
        }
        catch (YamlException e)
        {
            problems.Add(Place(e.Start), SyntaxProblem.Describe(e));
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // The parser promises YamlException alone, but it has let an index error through before (its issue list shows several):
            // a bad file must not end the manager, so every other failure of it is a problem of the file too.
            problems.Add(default(Mark), $"is not YAML that can be read ({e.GetType().Name} in the parser)");
        }

        return null;
    }

    private MapNode? ReadStream()
    {
        _parser.Consume<StreamStart>();
        if (!_parser.TryConsume<DocumentStart>(out _))
        {
            _problems.Add(default(Mark), "is empty");
            return null;
        }

        var root = ReadNode(NodePath.Root, null, 0);
        var isLast = _parser.TryConsume<DocumentEnd>(out _) && _parser.Accept<StreamEnd>(out _);
        if (!isLast)
        {
            _problems.Add(Place(_parser.Current!.Start), "has a second YAML document; everything belongs into one (remove the line ---)");
        }

        switch (root)
        {
            case MapNode map:
                return map;
            case ScalarNode { IsNull: true }:
                _problems.Add(default(Mark), "is empty");
                return null;
            case RefusedNode:
                return null;
            default:
                _problems.Add(root.Mark, $"expected keys and values (a key, a colon, a space, a value), found {root.Kind}");
                return null;
        }
    }

    private Node ReadNode(NodePath path, Mark? key, int depth)
    {
        if (_parser.TryConsume<AnchorAlias>(out var alias))
        {
            return Refuse(path, key, Place(alias.Start), $"aliases ({Shown.Quote("*" + alias.Value.Value)}) are not supported; put a value that begins with * in quotes");
        }

        var parsed = _parser.Consume<NodeEvent>();
        var mark = Place(parsed.Start);
        Node node = parsed switch
        {
            Scalar scalar => ReadScalar(scalar, path, key, mark),
            MappingStart when depth < Deepest => ReadMap(path, key, mark, depth),
            SequenceStart when depth < Deepest => ReadList(path, key, mark, depth),
            _ => SkipTooDeep(path, key, mark),
        };
        _problems.Locate(path, node.Mark);
        RefuseDecoration(parsed, path, mark);
        return node;
    }

    private static ScalarNode ReadScalar(Scalar scalar, NodePath path, Mark? key, Mark mark)
    {
        var node = new ScalarNode(path, key ?? mark, mark, scalar.Value, scalar.Style == ScalarStyle.Plain);
        // A value that isn't there begins somewhere after the colon, or on the next line: its key is the better place.
        return node.IsNull ? node with { Mark = key ?? mark } : node;
    }

    private MapNode ReadMap(NodePath path, Mark? key, Mark mark, int depth)
    {
        var entries = new List<Entry>();
        var firstLines = new Dictionary<string, int>(StringComparer.Ordinal);
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var keyNode = ReadNode(path, null, depth + 1);
            if (keyNode is not ScalarNode { Text.Length: > 0 } scalar)
            {
                if (keyNode is not RefusedNode)
                {
                    _problems.Add(path, keyNode.Mark, $"a key must be one word, found {keyNode.Kind}");
                }

                ReadNode(path, null, depth + 1);
                continue;
            }

            var childPath = path[scalar.Text];
            var value = ReadNode(childPath, scalar.Mark, depth + 1);
            if (firstLines.TryAdd(scalar.Text, scalar.Mark.Line))
            {
                entries.Add(new Entry(scalar.Text, value));
            }
            else
            {
                _problems.Add(childPath, scalar.Mark, $"is here twice; the first one is in line {firstLines[scalar.Text]}");
            }
        }

        return new MapNode(path, key ?? mark, key ?? mark, entries);
    }

    private ListNode ReadList(NodePath path, Mark? key, Mark mark, int depth)
    {
        var items = new List<Node>();
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            items.Add(ReadNode(path[items.Count], null, depth + 1));
        }

        return new ListNode(path, key ?? mark, key ?? mark, items);
    }

    private RefusedNode SkipTooDeep(NodePath path, Mark? key, Mark mark)
    {
        for (var open = 1; open > 0;)
        {
            open += _parser.Consume<ParsingEvent>().NestingIncrease;
        }

        return Refuse(path, key, mark, "is nested too deeply");
    }

    private void RefuseDecoration(NodeEvent node, NodePath path, Mark mark)
    {
        if (!node.Anchor.IsEmpty)
        {
            _problems.Add(path, mark, $"anchors ({Shown.Quote("&" + node.Anchor.Value)}) are not supported; put a value that begins with & in quotes");
        }

        if (!node.Tag.IsEmpty)
        {
            _problems.Add(path, mark, $"tags ({Shown.Quote(node.Tag.Value)}) are not supported; put a value that begins with ! in quotes");
        }
    }

    private RefusedNode Refuse(NodePath path, Mark? key, Mark mark, string message)
    {
        _problems.Add(path, mark, message);
        return new RefusedNode(path, key ?? mark, mark);
    }

    private static Mark Place(YamlDotNet.Core.Mark mark) => new((int)mark.Line, (int)mark.Column);
}
