using DbSwitch.Configuration;

namespace DbSwitch.Tests.Configuration;

/// <summary>What a reload may change while db1 of "orders" is selected.</summary>
public sealed class ChangeTests
{
    [Theory]
    [InlineData("  orders:\n    backend", "  sales:\n    backend", "switches.orders is gone, and clients are on its target db1: put it back, or select none on it first (dbswitch select --none --switch orders).")]
    [InlineData("backend: db_servers", "backend: others", "switches.orders.backend changed from db_servers to others, and clients are on its target db1: put it back, or select none first (dbswitch select --none --switch orders).")]
    [InlineData("db1:\n        address: db1:5432", "db3:\n        address: db3:5432", "switches.orders.targets.db1 is gone, and it is selected: put it back, or select another target first (dbswitch select orders/TARGET).")]
    [InlineData("db1:\n        address: db1:5432", "main:\n        address: db1:5432", "switches.orders.targets.db1 is now called main, and it is selected: keep its name, or select another target first (dbswitch select orders/TARGET).")]
    [InlineData("state: /var/lib/dbswitch/state.db", "state: /srv/state.db", "state changed from /var/lib/dbswitch/state.db to /srv/state.db: put it back, or restart the manager to use it.")]
    [InlineData("unix: /run/dbswitch/dbswitch.sock", "unix: /run/dbswitch/x.sock", "listen.unix changed from /run/dbswitch/dbswitch.sock to /run/dbswitch/x.sock: put it back, or restart the manager to use it.")]
    [InlineData("http: 127.0.0.1:8370", "http: 127.0.0.1:8371", "listen.http changed from 127.0.0.1:8370 to 127.0.0.1:8371: put it back, or restart the manager to use it.")]
    [InlineData("  http: 127.0.0.1:8370\n", "", "listen.http changed from 127.0.0.1:8370 to nothing: put it back, or restart the manager to use it.")]
    [InlineData("listen:\n", "telemetry: { otlp: 'http://c:4317' }\nlisten:\n", "telemetry.otlp changed from nothing to http://c:4317/: put it back, or restart the manager to use it.")]
    public void Is_refused(string old, string written, string refusal) => Refusals(Changed(old, written), "db1").ShouldBe([refusal]);

    [Theory]
    [InlineData("hold: 5s", "hold: 9s")]
    [InlineData("maxconn: 10000", "maxconn: 20000")]
    [InlineData("      db2:\n        address: db2:5432\n", "")]
    [InlineData("db2:\n        address: db2:5432", "other:\n        address: db2:5432")]
    [InlineData("address: db1:5432", "address: db1.example:5432")]
    [InlineData("      - far\n", "")]
    public void Is_allowed(string old, string written) => Refusals(Changed(old, written), "db1").ShouldBeEmpty();

    [Theory]
    [InlineData("  orders:\n    backend", "  sales:\n    backend")]
    [InlineData("backend: db_servers", "backend: others")]
    [InlineData("db1:\n        address: db1:5432", "db3:\n        address: db3:5432")]
    public void Is_allowed_while_nothing_is_selected(string old, string written)
    {
        Refusals(Changed(old, written), null).ShouldBeEmpty();
        ConfigurationChange.Refusals(Sample.Load(Sample.Valid), Changed(old, written), new Dictionary<string, string?>()).ShouldBeEmpty();
    }

    [Fact]
    public void All_refusals_come_at_once() =>
        Refusals(Sample.Load(Sample.With("state.db", "other.db").Replace("db_servers", "others", StringComparison.Ordinal)), "db1").Count.ShouldBe(2);

    private static IReadOnlyList<string> Refusals(DbSwitchConfiguration next, string? selected) =>
        ConfigurationChange.Refusals(Sample.Load(Sample.Valid), next, new Dictionary<string, string?> { ["orders"] = selected, ["forgotten"] = "x" });

    private static DbSwitchConfiguration Changed(string old, string written)
    {
        var yaml = Sample.With(old, written);
        // What refers to the changed name goes along, so that the new file is valid by itself.
        yaml = written.Contains("sales", StringComparison.Ordinal) ? yaml.Replace("orders: 0.0.0.0", "sales: 0.0.0.0", StringComparison.Ordinal) : yaml;
        return Sample.Load(yaml.Replace("    initial: db1", "", StringComparison.Ordinal));
    }
}
