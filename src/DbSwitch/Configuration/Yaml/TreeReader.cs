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

    private readonly Parser _parser;
    private readonly ProblemList _problems;
    private readonly Mark _end;

    private TreeReader(string text, ProblemList problems)
    {
        _parser = new Parser(new StringReader(text));
        _problems = problems;
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        _end = new Mark(lines.Length, lines[^1].Length + 1);
    }

    /// <summary>The root map, or null when there is none to go on with; the reason is then in <paramref name="problems"/>.</summary>
    public static MapNode? Read(string text, ProblemList problems)
    {
        var reader = new TreeReader(text, problems);
        try
        {
            return reader.ReadStream();
        }
        catch (YamlException e)
        {
            problems.Add(reader.Place(e.Start), SyntaxProblem.Describe(e));
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // YamlDotNet promises YamlException, and 16.3.0 throws InvalidOperationException for "...\n[" and ArgumentException for "!![".
            // A bad file must not end the manager, so whatever comes is a problem of the file; the last event is the nearest known place.
            var near = reader._parser.Current is { } last ? reader.Place(last.End) : default;
            problems.Add(near, "is not valid YAML from about here on; put values with special characters in quotes");
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
        _problems.Locate(root);
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
            // The parser takes minutes for a megabyte of brackets, so what is deeper isn't even skipped.
            _ => throw new SyntaxErrorException(parsed.Start, parsed.End, "nested too deeply"),
        };
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
                _problems.Locate(value);
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
            _problems.Locate(items[^1]);
        }

        return new ListNode(path, key ?? mark, key ?? mark, items);
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

    /// <summary>At the end of a file without a last line end the parser counts one line too many.</summary>
    private Mark Place(YamlDotNet.Core.Mark mark) => mark.Line <= _end.Line ? new Mark((int)mark.Line, (int)mark.Column) : _end;
}
