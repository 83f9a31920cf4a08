using DbSwitch.Configuration.Source;
using DbSwitch.Configuration.Values;
using DbSwitch.Configuration.Yaml;
using DbSwitch.Model;

namespace DbSwitch.Configuration.Binding;

/// <summary>From a node to a scalar's text: the right kind of node, variables put in, a file's content fetched. Null when there is none; the reason is then reported.</summary>
internal static class ScalarReader
{
    /// <summary>A password or an address with a line's end, not a document.</summary>
    private const int LargestValueFile = 64 * 1024;

    public static string? Read(Node node, Reading reading)
    {
        switch (node)
        {
            case RefusedNode:
                return null;
            case ScalarNode { IsNull: true }:
                reading.Problems.Add(node, "has no value; leave the key out for the default");
                return null;
            case ScalarNode scalar:
                var expanded = EnvironmentVariables.Expand(scalar.Text, reading.Environment);
                if (expanded.Problem is { } problem)
                {
                    reading.Problems.Add(node, problem);
                    return null;
                }

                return Checked(expanded.Value!, node, reading);
            default:
                reading.Problems.Add(node, $"expected a single value, found {node.Kind}");
                return null;
        }
    }

    /// <summary>For <c>KEY_file</c>: the node names a file, whose content, taken as it is, is the value of KEY. One line's end at its end is the editor's, not the value's.</summary>
    public static string? ReadFile(Node node, Reading reading)
    {
        if (Read(node, reading) is not { } name)
        {
            return null;
        }

        var path = Paths.FileIn(reading.Folder)(name);
        var problem = path.Problem;
        if (problem is null
            && FileContent.TryRead(path.Value!, LargestValueFile, out var content, out problem)
            && Utf8.TryDecode(content, out var text, out _, out problem))
        {
            var line = text.EndsWith('\n') ? text[..^1] : text;
            line = line.EndsWith('\r') ? line[..^1] : line;
            if (line.Length == line.Trim(' ', '\t').Length)
            {
                return Checked(line, node, reading);
            }

            problem = "begins or ends with a blank: an editor's, or a slip? Take it out; where it is meant, write the value in dbswitch.yaml itself, in quotes";
        }

        reading.Problems.Add(node, $"{Shown.Quote(name)} {problem}");
        return null;
    }

    private static string? Checked(string text, Node node, Reading reading)
    {
        var problem = text switch
        {
            "" => "the value is empty",
            { Length: > EnvironmentVariables.LongestValue } => $"the value is longer than {EnvironmentVariables.LongestValue} characters",
            _ when text.Any(char.IsControl) => $"{(KeySet.IsSecret(node.Path) ? "the value" : Shown.Quote(text))} has a line break or another control character in it",
            _ when !PlainText.Is(text) => $"{(KeySet.IsSecret(node.Path) ? "the value" : Shown.Quote(text))} has a character in it that is not seen",
            _ => null,
        };
        if (problem is not null)
        {
            reading.Problems.Add(node, problem);
        }

        return problem is null ? text : null;
    }
}
