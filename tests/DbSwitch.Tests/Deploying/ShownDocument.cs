using System.Text.RegularExpressions;

namespace DbSwitch.Tests.Deploying;

/// <summary>One document of the project, for those who read or install it: its blocks, its code in sentences, its links.</summary>
internal sealed partial record ShownDocument(string Path)
{
    private static readonly string[] s_places = ["docs", "deploy", "samples", "src", "bench", "benchmarks"];

    private string Text { get; } = File.ReadAllText(System.IO.Path.Combine(Checkout.Root, Path)).ReplaceLineEndings("\n");

    /// <summary>Those at the top, and every Markdown file of the folders that are given away. The transcripts' below tests/ tell of HAProxy, not of us.</summary>
    public static IReadOnlyList<ShownDocument> All { get; } =
    [
        .. Directory.GetFiles(Checkout.Root, "*.md")
            .Concat(s_places.Select(place => System.IO.Path.Combine(Checkout.Root, place)).Where(Directory.Exists).SelectMany(place => Directory.GetFiles(place, "*.md", SearchOption.AllDirectories)))
            .Select(file => new ShownDocument(System.IO.Path.GetRelativePath(Checkout.Root, file))).OrderBy(document => document.Path, StringComparer.Ordinal),
    ];

    public IEnumerable<(string Language, string Content)> Blocks => Block().Matches(Text).Select(block => (block.Groups[2].Value, block.Groups[3].Value));

    /// <summary>Each command of the sh blocks, in order; a line that ends with a backslash goes on.</summary>
    public IEnumerable<string> Commands =>
        Blocks.Where(block => block.Language == "sh").SelectMany(block => block.Content.Replace("\\\n", " ", StringComparison.Ordinal).Split('\n'))
            .Select(line => Comment().Replace(line, "").Trim()).Where(line => line.Length > 0);

    /// <summary>What stands between backticks in sentences and tables.</summary>
    public IEnumerable<string> CodeInSentences => Code().Matches(Block().Replace(Text, "")).Select(code => code.Groups[1].Value);

    /// <summary>Links and pictures that lead into the project: the file as it is written (empty for this one), and the heading's anchor.</summary>
    public IEnumerable<(string File, string Anchor)> Links =>
        Link().Matches(Block().Replace(Text, "")).Select(link => (link.Groups[1].Value, link.Groups[2].Value)).Concat(Picture().Matches(Text).Select(picture => (picture.Groups[1].Value, "")));

    /// <summary>The headings' anchors, as the hosts of Markdown make them.</summary>
    public IEnumerable<string> Anchors => Heading().Matches(Block().Replace(Text, "")).Select(heading => NotInAnchors().Replace(heading.Groups[1].Value.Trim().ToLowerInvariant(), "").Replace(' ', '-'));

    public string Near(string link) => System.IO.Path.GetRelativePath(Checkout.Root, System.IO.Path.GetFullPath(System.IO.Path.Combine(Checkout.Root, System.IO.Path.GetDirectoryName(Path)!, link)));

    [GeneratedRegex(@"^( *)```([a-z]*)\n(.*?)^ *```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"(^|\s\s)#\s.*$")]
    private static partial Regex Comment();

    [GeneratedRegex("`([^`\n]+)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"\]\((?![a-z]+:)([^)#\s]*)(?:#([^)\s]+))?\)")]
    private static partial Regex Link();

    [GeneratedRegex(@"(?:src|srcset)=""(?![a-z]+:)([^""]+)""")]
    private static partial Regex Picture();

    [GeneratedRegex("^#+ (.*)$", RegexOptions.Multiline)]
    private static partial Regex Heading();

    [GeneratedRegex("[^a-z0-9 -]")]
    private static partial Regex NotInAnchors();
}
