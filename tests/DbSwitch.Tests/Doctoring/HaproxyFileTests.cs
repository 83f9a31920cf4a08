using DbSwitch.Doctoring;

namespace DbSwitch.Tests.Doctoring;

/// <summary>What is read from a haproxy.cfg. The one that we ship is the example of a sound one.</summary>
public sealed class HaproxyFileTests
{
    private static readonly string Ours = File.ReadAllText(Path.Combine(Checkout.Root, "deploy", "systemd", "haproxy-db.cfg"));

    [Fact]
    public void The_one_that_we_ship_is_sound() => Check(Ours).ShouldBeEmpty();

    [Theory]
    [InlineData("hard-stop-after", "", FindingLevel.Warning, "without hard-stop-after in global")]
    [InlineData("option redispatch 1", "option redispatch", FindingLevel.Warning, "backend db_servers has no \"option redispatch 1\"")]
    [InlineData("timeout connect 2s", "timeout connect 30s", FindingLevel.Warning, "backend db_servers has no \"timeout connect\" of 2s or less")]
    [InlineData("timeout client 30m", "timeout client 50000", FindingLevel.Warning, "timeout client is 50 s: idle sessions of connection pools are closed")]
    [InlineData("timeout server 30m", "timeout server 1m", FindingLevel.Warning, "timeout server is 60 s: idle sessions of connection pools are closed")]
    [InlineData("balance first", "balance first\n    server db1 10.0.0.1:5432 check", FindingLevel.Error, "server db1 of backend db_servers comes up by itself")]
    public void What_is_missing_is_found(string line, string instead, FindingLevel level, string what)
    {
        Ours.ShouldContain(line);
        var changed = string.Join('\n', Ours.Split('\n').Select(l => l.Contains(line, StringComparison.Ordinal) ? "    " + instead : l));

        var found = Check(changed).ShouldHaveSingleItem();

        (found.Level, found.Where).ShouldBe((level, "haproxy.cfg"));
        found.What.ShouldStartWith(what);
    }

    [Fact]
    public void A_server_that_is_disabled_and_comments_are_no_trouble() =>
        Check(Ours.Replace("balance first", "balance first\n    server db1 10.0.0.1:5432 disabled\n    # server db2 10.0.0.2:5432", StringComparison.Ordinal)).ShouldBeEmpty();

    [Theory]
    [InlineData("")]
    [InlineData("\0\0\u0001")]
    [InlineData("backend\n server\n timeout\n timeout connect\n timeout connect 99999999999999999999s\n option")]
    public void Nonsense_is_read_to_its_end(string text) => Check(text).ShouldNotBeEmpty();

    private static IReadOnlyList<Finding> Check(string text) => HaproxyFileChecks.Check("haproxy.cfg", text, ["db_servers"]);
}
