namespace HaproxyRuntime.Tests.Parsing;

public sealed class ProxyStatisticsTests
{
    private const string Header = "# pxname,svname,status,type,scur,last_chk,lastsess,new,-,\n";

    [Fact]
    public void Columns_are_known_by_name_in_whatever_order() =>
        Only("# type,added,status,svname,pxname,\n2,x,UP,a,db,\n").ShouldSatisfyAllConditions(
            row => (row.Kind, row.Proxy, row.Name, row.Status).ShouldBe((StatisticsKind.Server, "db", "a", "UP")),
            row => (row["added"], row["absent"], row.CurrentSessions).ShouldBe(("x", null, null)));

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("\"a, b\"", "a, b")]
    [InlineData("\"say \"\"no\"\"\"", "say \"no\"")]
    [InlineData("\"two\nlines\"", "two\nlines")]
    [InlineData("\"\"", null)]
    [InlineData("", null)]
    public void Words_may_stand_in_quotes(string field, string? words)
    {
        var row = Only($"{Header}db,a,UP,2,1,{field},-1,last,-,\n");
        (row.LastCheck, row["last_chk"], row["new"], row.CurrentSessions, row.SinceLastSession).ShouldBe((words, words, "last", 1L, null));
    }

    [Theory]
    [InlineData("", "the table has no header")]
    [InlineData("\n", "the table has no header")]
    [InlineData("# pxname,svname,status,\n", "the table has no column type")]
    [InlineData("# pxname,svname,status,type,", "the table's last line has no end")]
    [InlineData(Header + "db,a,UP,2,1,,,", "the table's last line has no end")]
    [InlineData(Header + "db,a,UP,2,1\n", "a line of the table has 5 fields where its header has 10")]
    [InlineData(Header + "db,a,UP,9,1,,,,,\n", "\"9\" is no type of show stat")]
    [InlineData(Header + "db,a,UP,2,some,,,,,\n", "\"some\" is no number")]
    [InlineData(Header + ",a,UP,2,1,,,,,\n", "a line of show stat has no name")]
    [InlineData(Header + "db,a,UP,2,1,\"open,,,,\n", "the table has a quote without end")]
    public void What_is_no_table_of_counters_is_not_read_as_one(string answer, string problem) => Should.Throw<FormatException>(() => ProxyStatistics.ParseAll(answer)).Message.ShouldContain(problem);

    [Theory]
    [InlineData("db servers")]
    [InlineData("")]
    [InlineData("a;b")]
    public void A_name_that_could_carry_another_command_is_refused(string name) => Should.Throw<ArgumentException>(() => RuntimeCommand.ShowStatisticsOf(name));

    [Fact]
    public void What_is_asked_for_is_asked_for()
    {
        RuntimeCommand.ShowStatisticsOf("db").Text.ShouldBe("show stat db 15 -1");
        RuntimeCommand.ShowStatisticsOf("db", StatisticsKinds.Servers, 3).Text.ShouldBe("show stat db 4 3");
        Should.Throw<ArgumentException>(() => RuntimeCommand.ShowStatisticsOf("db", StatisticsKinds.None));
        Should.Throw<ArgumentException>(() => RuntimeCommand.ShowStatisticsOf("db", StatisticsKinds.All, 0));
    }

    private static ProxyStatistics Only(string answer) => ProxyStatistics.ParseAll(answer).ShouldHaveSingleItem();
}
