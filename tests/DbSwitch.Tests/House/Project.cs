using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace DbSwitch.Tests.House;

/// <summary>The sources of our projects, compiled in memory; nothing is written.</summary>
internal static class Project
{
    private const string Usings =
        """
        global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;
        """;

    private const string WebUsings =
        """
        global using System.Net.Http.Json; global using Microsoft.AspNetCore.Builder; global using Microsoft.AspNetCore.Hosting; global using Microsoft.AspNetCore.Http; global using Microsoft.AspNetCore.Routing;
        global using Microsoft.Extensions.Configuration; global using Microsoft.Extensions.DependencyInjection; global using Microsoft.Extensions.Hosting; global using Microsoft.Extensions.Logging;
        """;

    private static readonly string[] Ours = ["HaproxyRuntime", "DbSwitch.Core", "dbswitch"];

    /// <summary>What the tests run on, without the projects themselves.</summary>
    public static IReadOnlyList<MetadataReference> Platform { get; } = [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
        .Where(file => !Ours.Contains(Path.GetFileNameWithoutExtension(file)))
        .Select(file => MetadataReference.CreateFromFile(file))];

    /// <summary>The three projects, each compiled against those below it.</summary>
    public static IReadOnlyDictionary<string, CSharpCompilation> All { get; } = CompileAll();

    public static IReadOnlyList<SourceFile> Sources(string project)
    {
        var folder = Path.Combine(Checkout.Root, "src", project);
        return [.. Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Select(file => new SourceFile(Path.GetRelativePath(folder, file).Replace(Path.DirectorySeparatorChar, '/'), File.ReadAllText(file)))
            .Where(source => !source.Path.StartsWith("obj/", StringComparison.Ordinal) && !source.Path.StartsWith("bin/", StringComparison.Ordinal))
            .OrderBy(source => source.Path, StringComparer.Ordinal)];
    }

    /// <param name="usings">What its files need not say.</param>
    public static CSharpCompilation Compile(string name, IEnumerable<SourceFile> sources, IEnumerable<MetadataReference> references, string usings = Usings)
    {
        var options = new CSharpParseOptions(LanguageVersion.Latest);
        return CSharpCompilation.Create(
            name,
            sources.Append(new SourceFile("Usings.g.cs", usings)).Select(source => CSharpSyntaxTree.ParseText(source.Text, options, source.Path)),
            references,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable));
    }

    private static Dictionary<string, CSharpCompilation> CompileAll()
    {
        var library = Compile("HaproxyRuntime", Sources("HaproxyRuntime"), Platform);
        var heart = Compile("DbSwitch.Core", Sources("DbSwitch"), [.. Platform, library.ToMetadataReference()]);
        var app = Compile("dbswitch", Sources("DbSwitch.App"), [.. Platform, library.ToMetadataReference(), heart.ToMetadataReference()], Usings + WebUsings);
        return new() { ["HaproxyRuntime"] = library, ["DbSwitch"] = heart, ["DbSwitch.App"] = app };
    }
}
