namespace DbSwitch.Tests.Configuration;

public sealed class EnvironmentTests
{
    private static string? Variables(string name) => name switch
    {
        "HOST" => "db9",
        "PORT" => "5433",
        "HOLD" => "7s",
        "EMPTY" => "",
        "SLY" => "x\nhttp: 0.0.0.0:1",
        "AGAIN" => "${HOST}",
        "LONG" => new string('x', 4000),
        _ => null,
    };

    [Theory]
    [InlineData("${HOST}:${PORT}", "db9:5433")]
    [InlineData("\"${HOST}:1\"", "db9:1")]
    [InlineData("'x${HOST}y:1'", "xdb9y:1")]
    public void A_variable_in_a_value_is_replaced(string written, string read) =>
        Sample.Load(Sample.With("address: db1:5432", $"address: {written}"), Variables).Switches["orders"].Targets["db1"].Address.ToString().ShouldBe(read);

    [Fact]
    public void Numbers_and_durations_can_come_from_the_environment_too() =>
        Sample.Load(Sample.With("hold: 5s", "hold: ${HOLD}"), Variables).Switches["orders"].Hold.ShouldBe(TimeSpan.FromSeconds(7));

    [Theory]
    [InlineData("$${HOST}", "/etc/dbswitch/${HOST}")]
    [InlineData("$HOST", "/etc/dbswitch/$HOST")]
    [InlineData("a$", "/etc/dbswitch/a$")]
    [InlineData("$$$${X}$${Y}", "/etc/dbswitch/$$${X}${Y}")]
    [InlineData("${AGAIN}", "/etc/dbswitch/${HOST}")]
    public void Other_dollars_stay(string written, string read)
    {
        var result = Sample.Load(Sample.With("extra.cfg", written), Variables);

        ((DbSwitch.Configuration.ManagedProxyConfiguration)result.Proxies["local"]).ExtraFile.ShouldBe(read);
    }

    [Theory]
    [InlineData("${NOPE}", "the environment variable NOPE is not set")]
    [InlineData("'${'", "\"${\" begins a variable, and what follows is not NAME}; write $${ when the two characters are meant")]
    [InlineData("${}", "\"${\" begins a variable, and what follows is not NAME}; write $${ when the two characters are meant")]
    [InlineData("${1A}", "\"${\" begins a variable, and what follows is not NAME}; write $${ when the two characters are meant")]
    [InlineData("${HOST:-x}", "\"${\" begins a variable, and what follows is not NAME}; write $${ when the two characters are meant")]
    [InlineData("${EMPTY}", "the value is empty")]
    [InlineData("${SLY}", "\"x\\u000Ahttp: 0.0.0.0:1\" has a line break or another control character in it")]
    [InlineData("${LONG}${LONG}", "the value is longer than 4096 characters")]
    public void A_variable_that_can_not_be_used(string written, string problem) =>
        Sample.Problems(Sample.With("backend: db_servers", $"backend: {written}"), Variables).ShouldBe([$"24:14: switches.orders.backend: {problem}"]);

    [Fact]
    public void Keys_and_comments_are_left_alone() =>
        Sample.Problems("# ${NOPE}\n" + Sample.With("      db2:\n", "      ${HOST}:\n"), Variables)
            .ShouldBe(["35:7: switches.orders.targets.\"${HOST}\": \"${HOST}\" is not a name; use letters, digits, \"_\", \".\" and \"-\", beginning with a letter or digit"]);
}
