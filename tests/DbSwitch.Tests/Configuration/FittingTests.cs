namespace DbSwitch.Tests.Configuration;

/// <summary>Parts that are well written each, and don't fit together.</summary>
public sealed class FittingTests
{
    [Theory]
    [InlineData("db3", "36:14: switches.orders.initial: \"db3\" is not a target of this switch; did you mean \"db1\"?")]
    [InlineData("replica", "36:14: switches.orders.initial: \"replica\" is not a target of this switch")]
    [InlineData("none", "36:14: switches.orders.initial: \"none\" is not a target of this switch; leave the key out to start with none")]
    public void An_initial_target_that_is_none(string written, string problem) => Answer("initial: db1", $"initial: {written}", problem);

    [Theory]
    [InlineData("db1:5432", "DB1:5432")]
    [InlineData("db1:5432", "db1.:5432")]
    [InlineData("'[2001:db8::1]:5432'", "'[2001:0DB8:0::1]:5432'")]
    [InlineData("10.0.0.1:5432", "'[::ffff:10.0.0.1]:5432'")]
    public void Two_targets_at_one_address(string one, string other)
    {
        var yaml = Sample.With("address: db1:5432", $"address: {one}").Replace("address: db2:5432", $"address: {other}", StringComparison.Ordinal);

        Sample.Problems(yaml).ShouldBe([$"35:18: switches.orders.targets.db2.address: {other.Trim('\'')} is also the address of target \"db1\"; one database can be one target only"]);
    }

    [Fact]
    public void One_host_with_two_ports_is_two_targets() => Sample.Problems(Sample.With("db2:5432", "db1:5433")).ShouldBeEmpty();

    [Fact]
    public void Two_targets_with_one_server_name() => Answer(
        "      db2:\n", "      db_1: { address: 'x:5432' }\n      db-1: { address: 'y:5432' }\n      db-2: { address: 'x:5433' }\n      db2:\n",
        "35:7: switches.orders.targets.db-1: would have the same server name in HAProxy (db_1_5432) as target \"db_1\"; rename one of them");

    [Theory]
    [InlineData("- far", "- fra", "26:9: switches.orders.proxies[0]: there is no proxy \"fra\"; did you mean \"far\"?")]
    [InlineData("- far", "- other", "26:9: switches.orders.proxies[0]: there is no proxy \"other\"")]
    [InlineData("- far", "- local", "27:9: switches.orders.proxies[1]: \"local\" is in the list twice")]
    public void A_list_of_proxies(string old, string written, string problem) => Answer(old, written, problem);

    [Fact]
    public void A_managed_proxy_without_a_frontend_for_a_switch_that_uses_it() => Answer(
        "frontends:\n        orders: 0.0.0.0:8320", "frontends: {}",
        "26:9: switches.orders.proxies[1]: the managed proxy \"local\" has no frontend for this switch; add proxies.local.managed.frontends.orders");

    [Fact]
    public void A_frontend_for_a_switch_that_is_not_there() => Answer(
        "orders: 0.0.0.0:8320", "orders: 0.0.0.0:8320\n        order: 0.0.0.0:8321",
        "13:9: proxies.local.managed.frontends.order: there is no switch \"order\"; did you mean \"orders\"?");

    [Fact]
    public void A_frontend_for_a_switch_that_does_not_use_the_proxy() => Answer(
        "      - local\n", "",
        "12:9: proxies.local.managed.frontends.orders: switch \"orders\" doesn't use this proxy; add \"local\" to its proxies, or remove the frontend");

    [Fact]
    public void Two_switches_with_one_backend_on_one_proxy() => Answer(
        "  orders:\n", "  first: { backend: db_servers, proxies: [far], targets: { t: { address: 'h:1' } } }\n  orders:\n",
        "25:14: switches.orders.backend: \"db_servers\" on proxy \"far\" belongs to switch \"first\" already");

    [Fact]
    public void Two_switches_with_one_backend_on_different_proxies_are_fine() => Sample.Problems(Sample
        .With("  far:\n", "  other: { api: 'tcp:other:1' }\n  far:\n")
        .Replace("  orders:\n    b", "  first: { backend: db_servers, proxies: [other], targets: { t: { address: 'h:1' } } }\n  orders:\n    b", StringComparison.Ordinal)).ShouldBeEmpty();

    [Fact]
    public void Two_switches_that_promote_the_same_database() => Answer(
        "  orders:\n", "  first: { backend: other, proxies: [far], postgres: { user: u, promote: sql }, targets: { t: { address: 'DB1:5432', kind: postgres } } }\n  second: { backend: third, proxies: [far], postgres: { user: u, promote: sql }, targets: { t: { address: 'db1:5432', kind: postgres } } }\n  orders:\n",
        "24:107: switches.second.targets.t.address: db1:5432 is also target \"t\" of switch \"first\", and both promote: one switch for one cluster, to which several frontends may lead");

    [Fact]
    public void One_HAProxy_under_two_names() => Answer(
        "  local:\n", "  again: { api: 'tcp:db-proxy:9999' }\n  local:\n",
        "9:17: proxies.again.api: tcp:db-proxy:9999 is also the api of proxy \"far\"; name one HAProxy once");

    [Theory]
    [InlineData("0.0.0.0:8320", "127.0.0.1:8370", "12:17: proxies.local.managed.frontends.orders: 127.0.0.1:8370 is taken by listen.http (127.0.0.1:8370)")]
    [InlineData("127.0.0.1:8360", "127.0.0.1:8320", "13:19: proxies.local.managed.statistics: 127.0.0.1:8320 is taken by proxies.local.managed.frontends.orders (0.0.0.0:8320)")]
    [InlineData("127.0.0.1:9999", "'[::]:8320'", "14:12: proxies.local.managed.api: [::]:8320 is taken by proxies.local.managed.frontends.orders (0.0.0.0:8320)")]
    [InlineData("127.0.0.1:9999", "'[::ffff:127.0.0.1]:8360'", "14:12: proxies.local.managed.api: [::ffff:127.0.0.1]:8360 is taken by proxies.local.managed.statistics (127.0.0.1:8360)")]
    public void Two_addresses_that_overlap(string old, string written, string problem) => Answer(old, written, problem);

    [Theory]
    [InlineData("127.0.0.1:9999", "'[::1]:8320'")]
    [InlineData("127.0.0.1:9999", "127.0.0.2:8360")]
    [InlineData("127.0.0.1:9999", "0.0.0.0:9999")]
    public void Addresses_that_do_not_overlap(string old, string written) => Sample.Problems(Sample.With(old, written)).ShouldBeEmpty();

    [Fact]
    public void A_socket_whose_path_is_too_long()
    {
        var folder = "/run/" + new string('x', 92);

        Sample.Problems(Sample.With("/run/dbswitch/dbswitch.sock", $"{folder}/abc.sock").Replace("local", "p", StringComparison.Ordinal))
            .ShouldBe([$"9:3: proxies.p: the socket's path {folder}/p/master.sock has 111 bytes; a Unix socket's path can have 107; shorten the proxy's name or listen.unix"]);
        Sample.Problems(Sample.With("/run/dbswitch/dbswitch.sock", $"{folder}/abcdef.sock"))
            .ShouldBe([$"3:9: listen.unix: the socket's path {folder}/abcdef.sock has 109 bytes; a Unix socket's path can have 107"]);
    }

    [Fact]
    public void A_managed_proxy_named_like_the_socket() =>
        Sample.Problems(Sample.With("/run/dbswitch/dbswitch.sock", "/run/dbswitch/local"))
            .ShouldBe(["9:3: proxies.local: a managed proxy can't be called like the manager's socket: its directory would be /run/dbswitch/local"]);

    [Fact]
    public void What_could_not_be_read_is_not_reported_again_by_those_who_refer_to_it() => Sample.Problems("""
        proxies:
          far: { api: x }
          local: { managed: { frontends: x } }
        switches:
          a: { backend: "", proxies: [far, local], targets: { t: { address: x }, u: { address: x } }, initial: t }
          b: { backend: "", proxies: [~, far], targets: x, initial: t }
        """).Length.ShouldBe(8);

    private static void Answer(string old, string written, string problem) => Sample.Problems(Sample.With(old, written)).ShouldBe([problem]);
}
