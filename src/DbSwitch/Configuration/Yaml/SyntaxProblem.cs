using YamlDotNet.Core;

namespace DbSwitch.Configuration.Yaml;

/// <summary>Puts the parser's complaint into words that say what to do; what it has no words for is passed on as it is.</summary>
internal static class SyntaxProblem
{
    private static readonly (string Said, string Means)[] Words =
    [
        ("found character that cannot start any token", "a value can't begin with this character; put the value in quotes"),
        ("found invalid mapping", "a second \": \" where a value stands; put the value in quotes, or check the indentation"),
        ("did not find expected key", "expected a key, a colon and a space here; check the indentation, and put a value with special characters in quotes"),
        ("could not find expected ':'", "a key needs a colon and a space after it"),
        ("did not find expected node content", "a value is missing here; put a value with special characters in quotes"),
        ("did not find expected '-' indicator", "expected another list item (- …) here; check the indentation"),
        ("found unexpected end of stream", "the closing quote of this value is missing"),
        ("did not find expected ',' or ']'", "a comma or the closing ] of a list is missing before this; put a value with special characters in quotes"),
        ("did not find expected ',' or '}'", "a comma or the closing } of a map is missing before this; put a value with special characters (${NAME}) in quotes"),
        ("found unknown escape character", "a backslash in double quotes needs a second one, or use single quotes"),
        ("nested too deeply", "is nested too deeply"),
        ("Did not find expected <document end>", "expected the end of the file here; is there a closing bracket too many?"),
    ];

    public static string Describe(YamlException exception)
    {
        foreach (var (said, means) in Words)
        {
            if (exception.Message.Contains(said, StringComparison.Ordinal))
            {
                return means;
            }
        }

        return $"is not valid YAML: {exception.Message.TrimEnd('.')}";
    }
}
