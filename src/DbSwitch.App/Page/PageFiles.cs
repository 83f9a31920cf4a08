using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace DbSwitch.App.Page;

/// <summary>
/// The page's files, which are part of the executable. What <c>index.html</c> names is below a folder that is called after all their content: a browser may keep it for
/// ever, and never mixes the files of two versions.
/// </summary>
internal sealed class PageFiles
{
    /// <summary>Stands in <c>index.html</c> for the folder's name.</summary>
    public const string VersionMark = "{version}";

    private const string Prefix = "page/";
    private const string IndexName = "index.html";

    private static readonly Lazy<PageFiles> TheOnes = new(() => new PageFiles(Read()));

    private readonly Dictionary<string, PageFile> _files;

    private PageFiles(SortedDictionary<string, byte[]> contents)
    {
        using var all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, content) in contents)
        {
            all.AppendData(Encoding.UTF8.GetBytes($"{name} {content.Length}\n"));
            all.AppendData(content);
        }

        Version = Convert.ToHexStringLower(all.GetHashAndReset())[..12];
        var index = Encoding.UTF8.GetString(contents[IndexName]).Replace(VersionMark, Version, StringComparison.Ordinal);
        Index = FileOf(IndexName, Encoding.UTF8.GetBytes(index));
        _files = contents.Where(c => c.Key != IndexName).ToDictionary(c => c.Key, c => FileOf(c.Key, c.Value));
    }

    /// <summary>Read once, when the first asks for them.</summary>
    public static PageFiles All => TheOnes.Value;

    public string Version { get; }

    public PageFile Index { get; }

    public IReadOnlyCollection<string> Names => _files.Keys;

    /// <returns>Null for what there is not, also for a file of another version.</returns>
    public PageFile? Find(string version, string name) => version == Version ? _files.GetValueOrDefault(name) : null;

    private static SortedDictionary<string, byte[]> Read()
    {
        var assembly = Assembly.GetExecutingAssembly();
        var contents = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var resource in assembly.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            using var stream = assembly.GetManifestResourceStream(resource)!;
            var content = new byte[stream.Length];
            stream.ReadExactly(content);
            contents[resource[Prefix.Length..]] = content;
        }

        return contents;
    }

    private static PageFile FileOf(string name, byte[] content) =>
        new(ContentTypeOf(name), $"\"{Convert.ToHexStringLower(SHA256.HashData(content))[..16]}\"", content);

    private static string ContentTypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        var other => throw new InvalidOperationException($"The page has no files that end with {other}."),
    };
}
