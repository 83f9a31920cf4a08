using System.Text.RegularExpressions;
using DbSwitch.Configuration.Binding;
using DbSwitch.Databases.Kinds;

namespace DbSwitch.Tests.Configuration;

/// <summary>docs/configuration.md tells the truth.</summary>
public sealed partial class DocumentationTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Root(), "docs", "configuration.md"));

    [Fact]
    public void Every_key_has_its_line_in_the_reference_and_every_line_its_key()
    {
        var known = Keys.All(DatabaseKinds.Known.Binders).SelectMany(set => set.Names.Select(name => set.Place.Length == 0 ? name : $"{set.Place}.{name}"));
        var written = ReferenceLine().Matches(Page).Select(match => match.Groups[1].Value);

        written.ShouldBe(known, ignoreOrder: true);
    }

    [Fact]
    public void Every_example_file_on_the_page_loads()
    {
        var examples = Example().Matches(Page).Select(match => match.Groups[1].Value).ToList();

        examples.Count.ShouldBe(2);
        foreach (var example in examples)
        {
            Sample.Problems(example, name => name is "ORDERS_PASSWORD" or "POOL_PASSWORD" or "CHAT_SECRET" ? "secret" : null).ShouldBeEmpty();
        }
    }

    [Fact]
    public void The_example_with_every_key_has_every_key()
    {
        var example = Example().Matches(Page)[1].Groups[1].Value;

        foreach (var name in Keys.All(DatabaseKinds.Known.Binders).SelectMany(set => set.Names))
        {
            example.ShouldContain($"{name}:");
        }
    }

    [GeneratedRegex(@"^\| `([A-Za-z_.]+)` \|", RegexOptions.Multiline)]
    private static partial Regex ReferenceLine();

    [GeneratedRegex(@"^```yaml\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Example();

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "DbSwitch.slnx")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("The tests run outside of the repository.");
        }

        return folder;
    }
}
