using System.Text;

namespace HaproxyRuntime.Tests.Transcripts;

/// <summary>The bytes with which a real HAProxy answered a command in interactive mode, the prompts before and behind the answer included.</summary>
internal static class Transcript
{
    private const string Prompt = "\n> ";

    /// <summary>Versions whose transcripts are of binaries built from their sources, at the branch's first release.</summary>
    public static IReadOnlyList<string> BuiltVersions { get; } = ["2.4", "2.8", "3.4"];

    /// <summary>Every byte, as it came.</summary>
    public static string Raw(string version, string name) => File.ReadAllText(PathOf(version, name), Encoding.Latin1);

    /// <summary>The answer between the prompts, as the library gives it.</summary>
    public static string Answer(string version, string name)
    {
        var raw = Raw(version, name);
        raw.ShouldStartWith(Prompt);
        raw.ShouldEndWith(Prompt);
        return raw[Prompt.Length..^Prompt.Length];
    }

    /// <summary>All that were recorded of a version.</summary>
    public static IReadOnlyList<string> Names(string version) => [.. Directory.GetFiles(FolderOf(version), "*.txt").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal)];

    /// <summary>All that were recorded of a version in a folder of its own.</summary>
    public static IReadOnlyList<string> Names(string version, string folder) => Names(Path.Combine(version, folder));

    public static string PathOf(string version, string name) => Path.Combine(FolderOf(version), name + ".txt");

    private static string FolderOf(string version) => Path.Combine(Checkout.Root, "tests", "HaproxyRuntime.Tests", "Transcripts", version);
}
