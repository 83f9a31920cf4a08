using System.Xml.Linq;

namespace HaproxyRuntime.Tests.Package;

/// <summary>What others build on changes only when somebody wants it to.</summary>
public sealed class PublicSurfaceTests
{
    private static readonly string s_approved = Path.Combine(Checkout.Root, "tests", "HaproxyRuntime.Tests", "PublicSurface.txt");

    [Fact]
    public async Task The_public_surface_is_the_approved_one()
    {
        var surface = PublicSurface.Of(typeof(RuntimeApi).Assembly);
        if (Environment.GetEnvironmentVariable("APPROVE") == "1")
        {
            await File.WriteAllTextAsync(s_approved, surface, TestContext.Current.CancellationToken);
        }

        var approved = File.Exists(s_approved) ? await File.ReadAllTextAsync(s_approved, TestContext.Current.CancellationToken) : "";
        var (now, before) = (surface.Split('\n'), approved.Split('\n'));
        var differences = now.Except(before).Select(line => "+ " + line.Trim()).Concat(before.Except(now).Select(line => "- " + line.Trim())).ToList();
        (surface == approved).ShouldBeTrue(
            $"The library's public surface differs from tests/HaproxyRuntime.Tests/PublicSurface.txt:\n{string.Join('\n', differences)}\n"
            + "If that is meant: APPROVE=1 dotnet test tests/HaproxyRuntime.Tests --filter FullyQualifiedName~PublicSurface, and commit the file.");
    }

    [Fact]
    public void Every_command_that_reads_has_its_method()
    {
        // Whatever can be asked without naming anything is a property of RuntimeCommand and a method of RuntimeApi.
        var methods = typeof(RuntimeApi).GetMethods().Select(method => method.Name).ToHashSet();
        typeof(RuntimeCommand).GetProperties().Where(property => property.GetMethod!.IsStatic && property.Name.StartsWith("Show", StringComparison.Ordinal)).Select(property => property.Name.Replace("All", "", StringComparison.Ordinal) + "Async")
            .Where(name => !methods.Contains(name)).ShouldBeEmpty();
    }

    [Fact]
    public void Every_public_member_is_documented()
    {
        var documentation = XDocument.Load(Path.ChangeExtension(typeof(RuntimeApi).Assembly.Location, ".xml"));
        var summaries = documentation.Descendants("member").Where(m => m.Element("summary") is { Value.Length: > 10 } || m.Element("inheritdoc") is not null).Select(m => m.Attribute("name")!.Value).ToHashSet();
        typeof(RuntimeApi).Assembly.GetExportedTypes().Where(type => !summaries.Contains("T:" + type.FullName!.Replace('+', '.'))).ShouldBeEmpty();
    }
}
