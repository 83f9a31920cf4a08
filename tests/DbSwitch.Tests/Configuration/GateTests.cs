using DbSwitch.Configuration;
using HaproxyRuntime;

namespace DbSwitch.Tests.Configuration;

/// <summary>The section <c>gates</c> of a switch.</summary>
public sealed class GateTests
{
    [Fact]
    public void What_is_left_out_is_careful()
    {
        var gate = Load("pool: { pgbouncer: \"10.0.0.5:6432\", user: dbswitch, database: orders }").ShouldHaveSingleItem();

        gate.ShouldBe(new GateConfiguration("pool", new HostPort("10.0.0.5", 6432), "dbswitch", null, "orders"));
        (gate.Tls, gate.Pause, gate.Kill).ShouldBe((DatabaseTls.VerifyFull, TimeSpan.FromSeconds(5), false));
    }

    [Fact]
    public void Each_key_is_taken_over_and_none_without_the_section()
    {
        var gate = Load("a: { pgbouncer: \"h:1\", user: u, password: p, database: d, tls: disable, pause: 10s, kill: true }").ShouldHaveSingleItem();

        (gate.Password!.Value, gate.Password.ToString(), gate.Tls, gate.Pause, gate.Kill).ShouldBe(("p", "(hidden)", DatabaseTls.Disable, TimeSpan.FromSeconds(10), true));
        Sample.Load(Sample.Valid).Switches["orders"].Gates.ShouldBeEmpty();

        var local = Load("a: { pgbouncer: \"unix:/run/pgbouncer-1/.s.PGSQL.6432\", user: u, database: d }").ShouldHaveSingleItem();
        (local.SocketFile, local.Where).ShouldBe(("/run/pgbouncer-1/.s.PGSQL.6432", "/run/pgbouncer-1/.s.PGSQL.6432"));
    }

    [Theory]
    [InlineData("pool: { user: u, database: d }", "32:7: switches.orders.gates.pool: \"pgbouncer\" is missing")]
    [InlineData("pool: { pgbouncer: \"unix:run\", user: u, database: d }", "32:26: switches.orders.gates.pool.pgbouncer: \"unix:run\" has no absolute path behind \"unix:\"; write unix:/run/pgbouncer-1/.s.PGSQL.6432")]
    [InlineData("pool: { pgbouncer: \"h:1\", database: d }", "32:7: switches.orders.gates.pool: \"user\" is missing")]
    [InlineData("pool: { pgbouncer: \"h:1\", user: u, database: d, pause: 2m }", "32:62: switches.orders.gates.pool.pause: \"2m\" is out of range; 0s to 1m is allowed")]
    [InlineData("pool: { pgbouncr: \"h:1\", user: u, database: d }", "32:7: switches.orders.gates.pool: \"pgbouncer\" is missing", "32:15: switches.orders.gates.pool.pgbouncr: unknown key; did you mean \"pgbouncer\"?")]
    [InlineData("pool: 5s", "32:13: switches.orders.gates.pool: expected a map with \"pgbouncer\", \"user\", \"password\", \"database\", \"ca\", \"tls\", \"pause\", \"kill\", found the value \"5s\"")]
    [InlineData("\"a b\": { pgbouncer: \"h:1\", user: u, database: d }", "32:7: switches.orders.gates.\"a b\": \"a b\" is not a name; use letters, digits, \"_\", \".\" and \"-\", beginning with a letter or digit")]
    public void Mistakes_are_told_with_their_place(string gates, params string[] problems) => Sample.Problems(With(gates)).ShouldBe(problems);

    private static IReadOnlyList<GateConfiguration> Load(string gates) => Sample.Load(With(gates)).Switches["orders"].Gates;

    private static string With(string gates) => Sample.With("    drain: 0s\n", $"    drain: 0s\n    gates:\n      {gates}\n");
}
