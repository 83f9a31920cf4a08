namespace HaproxyRuntime.Tests.Commands;

/// <summary>Names of maps, tables and filters: nothing that could begin a second command, or mean something else, is sent.</summary>
public sealed class ReadingCommandTests
{
    [Theory]
    [InlineData("#12", "show map #12")]
    [InlineData("/etc/haproxy/hosts.map", "show map /etc/haproxy/hosts.map")]
    [InlineData("virt@hosts", "show map virt@hosts")]
    public void A_map_is_named_by_file_or_number(string map, string text)
    {
        RuntimeCommand.ShowMap(map).Text.ShouldBe(text);
        RuntimeCommand.ShowMap(map).ChangesState.ShouldBeFalse();
        RuntimeCommand.ShowAcl(map, 3).Text.ShouldBe("show acl @3 " + map);
    }

    [Theory]
    [InlineData("")]
    [InlineData("@1")]
    [InlineData("a b")]
    [InlineData("a;shutdown")]
    [InlineData("a\nshutdown")]
    [InlineData("a\0")]
    [InlineData("a\\")]
    [InlineData("a\"b")]
    [InlineData("<<")]
    public void What_could_mean_something_else_is_refused(string name)
    {
        Should.Throw<ArgumentException>(() => RuntimeCommand.ShowMap(name));
        Should.Throw<ArgumentException>(() => RuntimeCommand.ShowAcl(name));
        Should.Throw<ArgumentException>(() => RuntimeCommand.ShowTable(name));
        Should.Throw<ArgumentException>(() => SessionFilter.OfBackend(name));
        Should.Throw<ArgumentException>(() => SessionFilter.OfServer("b", name));
    }

    [Fact]
    public void A_version_is_not_negative() => Should.Throw<ArgumentException>(() => RuntimeCommand.ShowMap("#1", -1));

    [Fact]
    public void Tables_and_filters()
    {
        RuntimeCommand.ShowTable("peers/table").Text.ShouldBe("show table peers/table");
        RuntimeCommand.ShowSessionsOf(SessionFilter.OfServer("b", "s")).Text.ShouldBe("show sess server b/s");
        RuntimeCommand.ShowSessionsOf(SessionFilter.OfFrontend("f")).Text.ShouldBe("show sess frontend f");
        RuntimeCommand.ShowSessionsOf(SessionFilter.OfBackend("b")).Text.ShouldBe("show sess backend b");
    }
}
