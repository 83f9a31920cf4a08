using DbSwitch.Configuration;
using DbSwitch.Configuration.Loading;
using DbSwitch.Databases.Kinds;
using HaproxyRuntime;

namespace DbSwitch.Tests.Configuration;

public sealed class ReadingTests
{
    private const string Design = """
        state: /var/lib/dbswitch/state.db
        listen:
          unix: /run/dbswitch/dbswitch.sock      # the command line on this machine; file permissions decide who may
          http: 127.0.0.1:8370                   # page and API; without a token it may look, not change
        proxies:
          db-proxy: { api: "tcp:db-proxy:9999" }
          # local: { managed: { frontends: { orders: "0.0.0.0:8320" }, statistics: "127.0.0.1:8360", api: "127.0.0.1:9999" } }   # also: haproxy (binary), maxconn, timeouts, extra (a file, verbatim)
        switches:
          orders:
            backend: db_servers                  # the HAProxy backend that this switch owns
            proxies: [db-proxy]
            hold: 5s
            grace: 100ms
            drain: 0s
            targets:
              backend-db1: { address: "backend-db1:8310" }
              backend-db2: { address: "backend-db2:8311" }
            initial: backend-db1                 # leave out to start with none, as the seed does
        """;

    [Fact]
    public void The_example_of_the_design_loads_with_all_its_values()
    {
        var configuration = Sample.Load(Design);

        configuration.File.ShouldBe(Path.GetFullPath("dbswitch.yaml"));
        configuration.StateFile.ShouldBe("/var/lib/dbswitch/state.db");
        configuration.Listen.ShouldBe(new ListenConfiguration("/run/dbswitch/dbswitch.sock", new HostPort("127.0.0.1", 8370)));
        configuration.Proxies.Values.ShouldBe([new ApiProxyConfiguration("db-proxy", new RuntimeEndpoint.Tcp(new HostPort("db-proxy", 9999)), null)]);
        var orders = configuration.Switches.Values.ShouldHaveSingleItem();
        (orders.Name, orders.Backend, orders.Initial).ShouldBe(("orders", "db_servers", "backend-db1"));
        orders.Proxies.ShouldBe(["db-proxy"]);
        (orders.Hold, orders.Grace, orders.Drain).ShouldBe((TimeSpan.FromSeconds(5), TimeSpan.FromMilliseconds(100), TimeSpan.Zero));
        orders.Targets.Values.ShouldBe(
        [
            new TargetConfiguration("backend-db1", new HostPort("backend-db1", 8310)),
            new TargetConfiguration("backend-db2", new HostPort("backend-db2", 8311)),
        ]);
    }

    [Fact]
    public void The_managed_proxy_in_its_comment_loads_too_with_the_defaults()
    {
        var yaml = Design.Replace("# local:", "local:", StringComparison.Ordinal).Replace("[db-proxy]", "[db-proxy, local]", StringComparison.Ordinal);

        var local = Sample.Load(yaml).Proxies["local"].ShouldBeOfType<ManagedProxyConfiguration>();

        local.Frontends.ShouldHaveSingleItem().ShouldBe(new("orders", new HostPort("0.0.0.0", 8320)));
        (local.Statistics, local.Api).ShouldBe((new HostPort("127.0.0.1", 8360), new HostPort("127.0.0.1", 9999)));
        (local.HaproxyBinary, local.MaxConnections, local.ExtraFile).ShouldBe(("haproxy", (int?)null, null));
        local.Timeouts.ShouldBe(new ProxyTimeouts());
    }

    [Fact]
    public void What_is_left_out_has_its_default()
    {
        var configuration = Sample.Load("""
            proxies: { p: { managed: { frontends: { s: ":8320" } } } }
            switches: { s: { backend: b, proxies: [p], targets: { t: { address: "h:1" } } } }
            """);

        configuration.StateFile.ShouldBe("/var/lib/dbswitch/state.db");
        configuration.Listen.ShouldBe(new ListenConfiguration("/run/dbswitch/dbswitch.sock", null));
        var only = configuration.Switches["s"];
        (only.Hold, only.Grace, only.Drain, only.Initial).ShouldBe((TimeSpan.FromSeconds(5), TimeSpan.FromMilliseconds(100), TimeSpan.Zero, null));
        var managed = (ManagedProxyConfiguration)configuration.Proxies["p"];
        (managed.Statistics, managed.Api, managed.HaproxyBinary, managed.MaxConnections, managed.ExtraFile).ShouldBe((null, null, "haproxy", (int?)null, null));
        managed.Companion.ShouldBeTrue();
    }

    [Fact]
    public void Everything_that_can_be_written_arrives()
    {
        var managed = (ManagedProxyConfiguration)Sample.Load(Sample.Valid
            .Replace("client: 30m", "client: 1h", StringComparison.Ordinal)
            .Replace("server: 30m", "server: 2h", StringComparison.Ordinal)
            .Replace("connect: 2s", "connect: 7ms", StringComparison.Ordinal)
            .Replace("maxconn: 10000", "companion: false\n      maxconn: '20'", StringComparison.Ordinal)).Proxies["local"];

        managed.Timeouts.ShouldBe(new ProxyTimeouts { Client = TimeSpan.FromHours(1), Server = TimeSpan.FromHours(2), Connect = TimeSpan.FromMilliseconds(7) });
        (managed.MaxConnections, managed.ExtraFile, managed.Companion).ShouldBe(((int?)20, "/etc/dbswitch/extra.cfg", false));
        var far = (ApiProxyConfiguration)Sample.Load(Sample.Valid).Proxies["far"];
        far.Master.ShouldBe(new RuntimeEndpoint.Unix("/run/haproxy/master.sock"));
    }

    [Theory]
    [InlineData("0.0.0.0:8320", "0.0.0.0:8320")]
    [InlineData("':8320'", "0.0.0.0:8320")]
    [InlineData("'*:8320'", "0.0.0.0:8320")]
    [InlineData("'[::]:8320'", "[::]:8320")]
    [InlineData("'[0:0::1]:8320'", "[::1]:8320")]
    public void A_listening_address_can_be_written_as_people_write_it(string written, string read)
    {
        var managed = (ManagedProxyConfiguration)Sample.Load(Sample.With("0.0.0.0:8320", written)).Proxies["local"];

        managed.Frontends["orders"].ToString().ShouldBe(read);
    }

    [Fact]
    public void Relative_paths_begin_at_the_files_folder()
    {
        var yaml = Sample.Valid
            .Replace("/var/lib/dbswitch/state.db", "data/state.db", StringComparison.Ordinal)
            .Replace("/run/dbswitch/dbswitch.sock", "../run/db.sock", StringComparison.Ordinal)
            .Replace("haproxy: haproxy", "haproxy: ./bin/haproxy", StringComparison.Ordinal)
            .Replace("/etc/dbswitch/extra.cfg", "extra.cfg", StringComparison.Ordinal);

        var result = ConfigurationFile.Read(System.Text.Encoding.UTF8.GetBytes(yaml), "/srv/conf/dbswitch.yaml", _ => null, DatabaseKinds.Known.Binders);

        var configuration = result.Configuration.ShouldNotBeNull();
        (configuration.File, configuration.StateFile, configuration.Listen.UnixSocket).ShouldBe(("/srv/conf/dbswitch.yaml", "/srv/conf/data/state.db", "/srv/run/db.sock"));
        var managed = (ManagedProxyConfiguration)configuration.Proxies["local"];
        (managed.HaproxyBinary, managed.ExtraFile).ShouldBe(("/srv/conf/bin/haproxy", "/srv/conf/extra.cfg"));
    }

    [Fact]
    public void Names_keep_the_files_order()
    {
        var targets = string.Join(", ", Enumerable.Range(0, 50).Reverse().Select(i => $"t{i}: {{ address: 'h:{i + 1}' }}"));

        var configuration = Sample.Load($"proxies: {{ p: {{ api: 'tcp:h:1' }} }}\nswitches: {{ s: {{ backend: b, proxies: [p], targets: {{ {targets} }} }} }}");

        configuration.Switches["s"].Targets.Keys.ShouldBe(Enumerable.Range(0, 50).Reverse().Select(i => $"t{i}"));
    }

    [Fact]
    public void A_proxy_that_no_switch_uses_is_allowed() =>
        Sample.Problems(Sample.With("  far:\n", "  spare:\n    api: tcp:spare:9999\n  far:\n")).ShouldBeEmpty();

    [Fact]
    public void A_managed_proxy_that_no_switch_uses_has_no_frontends() =>
        Sample.Problems(Sample.With("  far:\n", "  spare: { managed: { frontends: {} } }\n  far:\n")).ShouldBeEmpty();

    [Theory]
    [InlineData("0s", 0)]
    [InlineData("0ms", 0)]
    [InlineData("1500ms", 1500)]
    [InlineData("'10s'", 10_000)]
    [InlineData("\"1m\"", 60_000)]
    [InlineData("007s", 7_000)]
    public void A_duration_is_a_whole_number_and_a_unit(string written, int milliseconds) =>
        Sample.Load(Sample.With("hold: 5s", $"hold: {written}")).Switches["orders"].Hold.ShouldBe(TimeSpan.FromMilliseconds(milliseconds));
}
