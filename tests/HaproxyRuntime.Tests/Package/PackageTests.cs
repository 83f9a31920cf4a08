using System.IO.Compression;
using System.Text;
using System.Xml.Linq;

namespace HaproxyRuntime.Tests.Package;

/// <summary>What <c>dotnet pack</c> makes of the library, and that a stranger can install and use it.</summary>
public sealed class PackageTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dbsw-pack-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_holds_what_it_should_and_nothing_else()
    {
        var version = await PackAsync();
        await using var package = await ZipFile.OpenReadAsync(Path.Combine(_folder, $"HaproxyRuntime.{version}.nupkg"), Cancel);
        package.Entries.Select(entry => entry.FullName).Where(name => !IsContainersOwn(name)).Order(StringComparer.Ordinal)
            .ShouldBe(["HaproxyRuntime.nuspec", "LICENSE", "README.md", "lib/net10.0/HaproxyRuntime.dll", "lib/net10.0/HaproxyRuntime.xml"]);
        await using var symbols = await ZipFile.OpenReadAsync(Path.Combine(_folder, $"HaproxyRuntime.{version}.snupkg"), Cancel);
        symbols.Entries.Select(entry => entry.FullName).Where(name => !IsContainersOwn(name)).ShouldBe(["HaproxyRuntime.nuspec", "lib/net10.0/HaproxyRuntime.pdb"], ignoreOrder: true);

        var nuspec = XDocument.Parse(Encoding.UTF8.GetString(Content(package, "HaproxyRuntime.nuspec")).TrimStart('\uFEFF'));
        string? Field(string name) => nuspec.Descendants().SingleOrDefault(e => e.Name.LocalName == name)?.Value;
        (Field("id"), Field("version"), Field("license"), Field("readme"), Field("authors")).ShouldBe(("HaproxyRuntime", version, "MIT", "README.md", "The dbswitch authors"));
        Field("description").ShouldNotBeNull().ShouldStartWith("HAProxy's Runtime API for .NET");
        Field("tags").ShouldNotBeNull().Split(' ').ShouldContain("haproxy");
        nuspec.Descendants().Where(e => e.Name.LocalName is "dependency" or "repository" or "projectUrl" or "frameworkReference").ShouldBeEmpty();
        Content(package, "README.md").ShouldBe(await File.ReadAllBytesAsync(Path.Combine(Checkout.Root, "src", "HaproxyRuntime", "README.md"), Cancel));

        // The same wherever it is built: no path of this machine is in it.
        foreach (var bytes in new[] { Content(package, "lib/net10.0/HaproxyRuntime.dll"), Content(symbols, "lib/net10.0/HaproxyRuntime.pdb") })
        {
            bytes.AsSpan().IndexOf(Encoding.UTF8.GetBytes(Checkout.Root)).ShouldBe(-1);
        }
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task A_stranger_installs_and_uses_it()
    {
        var version = await PackAsync();
        var app = Directory.CreateDirectory(Path.Combine(_folder, "app")).FullName;
        await File.WriteAllTextAsync(Path.Combine(app, "nuget.config"), $"""
            <configuration>
              <packageSources><clear /><add key="here" value="{_folder}" /></packageSources>
              <config><add key="globalPackagesFolder" value="{Path.Combine(_folder, "packages")}" /></config>
            </configuration>
            """, Cancel);
        await File.WriteAllTextAsync(Path.Combine(app, "app.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
              <ItemGroup><PackageReference Include="HaproxyRuntime" Version="{version}" /></ItemGroup>
            </Project>
            """, Cancel);
        await File.WriteAllTextAsync(Path.Combine(app, "Program.cs"), """
            using HaproxyRuntime;
            Console.WriteLine($"HAProxy {await new RuntimeClient(RuntimeEndpoint.Parse(args[0])).ShowVersionAsync()}");
            """, Cancel);
        await using var haproxy = await RealHaproxy.StartAsync("3.0");
        (await Dotnet.RunAsync(app, "run", "--", haproxy.ApiEndpoint.ToString())).ShouldContain($"HAProxy {HaproxyBinary.VersionOf("3.0")}");
    }

    [Theory]
    [InlineData("who-is-connected")]
    [InlineData("replace-server")]
    [InlineData("watch-proxy")]
    [Trait("Category", "Slow")]
    public async Task Trimmed_to_the_least_it_still_works(string sample)
    {
        var (exitCode, output) = await Dotnet.TryAsync(
            Checkout.Root, "publish", Path.Combine("samples", sample), "-c", "Release", "--use-current-runtime", "--self-contained", "-o", Path.Combine(_folder, "out"), "--nologo",
            "-p:ArtifactsPath=" + Path.Combine(_folder, "artifacts"), "-p:PublishTrimmed=true", "-p:TrimMode=full", "-p:TrimmerSingleWarn=false");
        if (exitCode != 0 && (output.Contains("NU1101", StringComparison.Ordinal) || output.Contains("NU1102", StringComparison.Ordinal) || output.Contains("NU1301", StringComparison.Ordinal)))
        {
            // The library's own build runs the trim and AOT analyzers (IsAotCompatible), whose warnings are errors.
            Assert.Skip("The runtime that a self-contained program carries can't be had here.");
        }

        exitCode.ShouldBe(0, output);
        output.ShouldNotContain("warning IL");
        await using var haproxy = await RealHaproxy.StartAsync("3.0");
        using var process = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo(Path.Combine(_folder, "out", sample), Arguments()) { RedirectStandardOutput = true })!;
        (await process.StandardOutput.ReadLineAsync(Cancel).AsTask().WaitAsync(TimeSpan.FromSeconds(20), Cancel)).ShouldNotBeNullOrEmpty();
        process.Kill();
        await process.WaitForExitAsync(Cancel);

        string[] Arguments() => sample == "replace-server" ? [haproxy.ApiEndpoint.ToString(), "db_servers", "old", "new", "127.0.0.1:1"] : [haproxy.ApiEndpoint.ToString()];
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private async Task<string> PackAsync()
    {
        await Dotnet.RunAsync(Checkout.Root, "pack", Path.Combine("src", "HaproxyRuntime"), "-c", Dotnet.Configuration, "--no-build", "-o", _folder, "--nologo");
        return typeof(RuntimeApi).Assembly.GetName().Version!.ToString(3);
    }

    private static bool IsContainersOwn(string name) => name.StartsWith("_rels/", StringComparison.Ordinal) || name.StartsWith("package/", StringComparison.Ordinal) || name == "[Content_Types].xml";

    private static byte[] Content(ZipArchive package, string name)
    {
        using var content = new MemoryStream();
        using var entry = package.GetEntry(name).ShouldNotBeNull().Open();
        entry.CopyTo(content);
        return content.ToArray();
    }
}
