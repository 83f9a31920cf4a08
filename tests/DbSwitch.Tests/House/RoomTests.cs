using System.Text.RegularExpressions;

namespace DbSwitch.Tests.House;

/// <summary>docs/architecture.md knows every folder with sources.</summary>
public sealed partial class RoomTests
{
    [Fact]
    public void Every_folder_is_in_the_tables_and_every_line_of_the_tables_is_a_folder()
    {
        var page = File.ReadAllText(Path.Combine(Checkout.Root, "docs", "architecture.md"));
        var house = page[page.IndexOf("## The house", StringComparison.Ordinal)..page.IndexOf("## How it works", StringComparison.Ordinal)];
        var lines = Room().Matches(house).ToDictionary(line => line.Groups[1].Value, line => line.Value);
        var folders = Project.All.Keys.SelectMany(Project.Sources).Select(source => source.Path.Split('/')[..^1]).Where(path => path.Length > 0).ToList();

        lines.Keys.ShouldBe(folders.Select(path => path[0]).Distinct(), ignoreOrder: true);
        foreach (var path in folders.Where(path => path.Length > 1).DistinctBy(path => string.Join('/', path)))
        {
            lines[path[0]].ShouldContain($"`{path[1]}`");
        }
    }

    [GeneratedRegex(@"^\| `([A-Za-z]+)` \|.*$", RegexOptions.Multiline)]
    private static partial Regex Room();
}
