namespace DbSwitch.Tests.House;

/// <summary>The house stays as it was built: arrows between folders run one way, and nothing grows without being seen.</summary>
public sealed class FolderGraphTests
{
    /// <summary>What an object of it does is held in one head only up to a size.</summary>
    private const int MostLinesWithState = 450;

    /// <summary>A sentence that needs more belongs into docs.</summary>
    private const int MostColumns = 400;

    [Theory]
    [InlineData("HaproxyRuntime")]
    [InlineData("DbSwitch")]
    [InlineData("DbSwitch.App")]
    public void No_folder_needs_one_that_needs_it(string project)
    {
        var edges = FolderGraph.Edges(Project.All[project]);

        edges.Count.ShouldBeGreaterThan(20);
        FolderGraph.Circles(edges).Select(circle => $"src/{project}: {FolderGraph.Describe(circle, edges)}").ShouldBeEmpty();
    }

    [Fact]
    public void A_type_whose_objects_change_is_not_longer_than_a_person_can_follow()
    {
        var types = Project.All.Values.SelectMany(TypeLength.Of).OrderByDescending(type => type.Lines).ToList();
        foreach (var type in types.Take(12))
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"{type.Lines} lines: {type.Name}{(type.IsMutable ? "" : ", whose objects never change")}");
        }

        types.Where(type => type.IsMutable && type.Lines > MostLinesWithState).Select(type => $"{type.Name}: {type.Lines} lines").ShouldBeEmpty();
    }

    [Fact]
    public void A_line_fits_into_a_view()
    {
        var lines = Project.All.Keys.SelectMany(project => Project.Sources(project).SelectMany(source => source.Text.Split('\n').Select((line, index) => (line.Length, Project: project, source.Path, Line: index + 1))))
            .OrderByDescending(line => line.Length)
            .ToList();
        foreach (var (length, project, path, line) in lines.Take(12))
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"{length} columns: src/{project}/{path}:{line}");
        }

        lines.Where(line => line.Length > MostColumns).Select(line => $"src/{line.Project}/{line.Path}:{line.Line}: {line.Length} columns").ShouldBeEmpty();
    }
}
