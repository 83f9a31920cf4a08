using System.Net;
using System.Text;
using DbSwitch.Configuration;
using DbSwitch.Configuration.Binding;
using DbSwitch.Configuration.Loading;
using DbSwitch.Databases;
using DbSwitch.Databases.Kinds;
using DbSwitch.Databases.Postgres;
using DbSwitch.Databases.Tcp;

namespace DbSwitch.Tests.Databases;

/// <summary>A kind of database is one more entry in the list of kinds: here one that is made up.</summary>
public sealed class AnotherKindTests
{
    private static readonly DatabaseKinds Kinds = new(TcpKind.Instance, PostgresKind.Instance, new SimulatedKind());

    [Fact]
    public async Task A_kind_of_the_list_is_read_from_the_file_and_asked()
    {
        var read = Read("simulated: { user: u, password: p, tls: require, max_lag: 1kB, promote: self }");

        var one = read.Configuration.ShouldNotBeNull().Switches["orders"];
        var database = one.Targets["db1"].Database.ShouldBeOfType<SimulatedDatabase>();
        (database.User, database.Password?.Value, database.Tls, database.MaxLag, database.Promote, database.HookFile).ShouldBe(("u", "p", DatabaseTls.Require, 1024, Promotion.Self, null));
        await using var probes = new TargetProbes(one, _ => new IPEndPoint(IPAddress.Loopback, 1), TimeProvider.System, new TestLog().CreateLogger(""), Kinds);
        (await probes.GuardAsync("db1", null, force: false, TestContext.Current.CancellationToken)).Select(guard => guard.Name).ShouldBe(["reachable", "simulated"]);
    }

    [Theory]
    [InlineData("simulated: { user: u, promote: nobody }", "dbswitch.yaml:2:80: switches.orders.simulated.promote: \"nobody\" is none of none, follow, hook and self")]
    [InlineData("simulated: { user: u, promote: hook }", "dbswitch.yaml:2:49: switches.orders.simulated: has \"promote: hook\" and no \"hook\" that says which program")]
    [InlineData("simulated: { user: u, databse: x }", "dbswitch.yaml:2:71: switches.orders.simulated.databse: unknown key; known here: \"user\", \"password\", \"ca\", \"hook\", \"tls\", \"max_lag\", \"promote\"")]
    [InlineData("postgres: { user: u }", "dbswitch.yaml:2:83: switches.orders.targets.db1: is of kind simulated, and its switch has no \"simulated\" section that says as whom to ask it")]
    public void Its_section_is_as_strict_as_every_other(string section, string problem) => Read(section).Problems.Select(p => p.ToString()).ShouldBe([problem]);

    [Fact]
    public void Sql_is_another_word_for_self_where_the_kind_says_so()
    {
        Read("simulated: { user: u }, postgres: { user: u, promote: sql }").Problems.ShouldBeEmpty();
        Read("simulated: { user: u }, postgres: { user: u, promote: self }").Problems.ShouldBeEmpty();
        Read("simulated: { user: u, promote: sql }").Problems.ShouldHaveSingleItem().Message.ShouldBe("\"sql\" is none of none, follow, hook and self");
    }

    private static ConfigurationResult Read(string section) => ConfigurationFile.Read(
        Encoding.UTF8.GetBytes($"proxies: {{ p: {{ api: \"tcp:p:9999\" }} }}\nswitches: {{ orders: {{ backend: b, proxies: [p], {section}, targets: {{ db1: {{ address: \"db1:1\", kind: simulated }} }} }} }}\n"),
        "dbswitch.yaml",
        _ => null,
        Kinds.Binders);

    private sealed record SimulatedDatabase(string User, Secret? Password) : AskedDatabase("simulated", User, Password);

    private sealed class SimulatedKind : IDatabaseKind, IDatabaseBinder, IDatabaseProbe
    {
        public IDatabaseBinder Binder => this;

        public string Kind => "simulated";

        public KeySet Keys { get; } = new("switches.NAME.simulated", ["user", "password", "ca", "hook"], ["tls", "max_lag", "promote"]);

        public TimeSpan Interval => TimeSpan.FromSeconds(1);

        public DatabaseConfiguration Bind(Section? section, Reading reading) => LoginKeys.Bind(new SimulatedDatabase(LoginKeys.User(section!), LoginKeys.Password(section!)), section!, reading);

        public IDatabaseProbe ProbeOf(TargetConfiguration target, TimeProvider time) => this;

        public IEnumerable<Guard> Guards(GuardQuestion question) => [new Guard("simulated", GuardVerdict.Passed, "is made up")];

        public IPromotion? PromotionOf(PromotionRequest request, TimeProvider time) => null;

        public Task<ProbeAnswer> AskAsync(IPEndPoint address, bool fresh, CancellationToken cancel) => Task.FromResult(new ProbeAnswer(Health.Healthy));

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
