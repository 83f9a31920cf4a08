namespace DbSwitch.Tests.Configuration;

/// <summary>Keys and maps that aren't as they should be: what was changed, and the whole answer with its place.</summary>
public sealed class ShapeProblemTests
{
    [Theory]
    [InlineData("    backend: db_servers", "    backnd: db_servers", "23:3: switches.orders: \"backend\" is missing", "24:5: switches.orders.backnd: unknown key; did you mean \"backend\"?")]
    [InlineData("        address: db1:5432", "        addres: db1:5432", "32:7: switches.orders.targets.db1: \"address\" is missing", "33:9: switches.orders.targets.db1.addres: unknown key; did you mean \"address\"?")]
    [InlineData("  http: 127", "  htpt: 127", "4:3: listen.htpt: unknown key; did you mean \"http\"?")]
    [InlineData("  http: 127", "  port: 127", "4:3: listen.port: unknown key; known here: \"unix\", \"http\", \"everybody\", \"tokens\", \"tls\", \"names\"")]
    [InlineData("      maxconn: 10000", "      maxConn: 10000", "16:7: proxies.local.managed.maxConn: unknown key; did you mean \"maxconn\"?")]
    [InlineData("        client: 30m", "        <<: 30m", "18:9: proxies.local.managed.timeouts.\"<<\": unknown key; known here: \"client\", \"server\", \"connect\"")]
    [InlineData("    hold: 5s", "    hold_file: 5s", "28:5: switches.orders.hold_file: unknown key; known here: \"backend\", \"initial\", \"proxies\", \"hold\", \"grace\", \"drain\", \"settle\", \"postgres\", \"mysql\", \"redis\", \"gates\", \"targets\"")]
    public void An_unknown_key(string old, string written, params string[] problems) => Answer(old, written, problems);

    [Theory]
    [InlineData("  http: 127.0.0.1:8370", "  unix: /run/other.sock", "4:3: listen.unix: is here twice; the first one is in line 3")]
    [InlineData("      db2:\n", "      \"db1\":\n", "34:7: switches.orders.targets.db1: is here twice; the first one is in line 32")]
    public void A_key_that_is_there_twice(string old, string written, params string[] problems) => Answer(old, written, problems);

    [Theory]
    [InlineData("    backend: db_servers\n", "", "23:3: switches.orders: \"backend\" is missing")]
    [InlineData("    proxies:\n      - far\n      - local\n", "", "23:3: switches.orders: \"proxies\" is missing")]
    [InlineData("      frontends:\n        orders: 0.0.0.0:8320\n", "", "10:5: proxies.local.managed: \"frontends\" is missing")]
    [InlineData("    api: tcp:db-proxy:9999\n", "", "6:3: proxies.far: needs \"api\" (an HAProxy that someone else runs) or \"managed\" (one that dbswitch runs)")]
    [InlineData("    master: unix:/run/haproxy/master.sock", "    managed: { frontends: { orders: ':1' } }", "6:3: proxies.far: has both \"api\" (an HAProxy that someone else runs) and \"managed\" (one that dbswitch runs); keep one")]
    [InlineData("    managed:\n", "    master: unix:/x\n    managed:\n", "9:3: proxies.local: \"master\" belongs to \"api\"; a managed proxy has its own")]
    public void A_missing_part(string old, string written, params string[] problems) => Answer(old, written, problems);

    [Fact]
    public void An_empty_list_of_proxies() => Answer("    proxies:\n      - far\n      - local", "    proxies: []",
        ["25:5: switches.orders.proxies: needs at least one name in it"]);

    [Fact]
    public void A_switch_without_targets() => Answer(
        "    targets:\n      db1:\n        address: db1:5432\n      db2:\n        address: db2:5432", "    targets: {}",
        ["31:5: switches.orders.targets: needs at least one name in it"]);

    [Fact]
    public void A_file_without_proxies_and_switches() =>
        Sample.Problems("state: x").ShouldBe(["1:1: \"proxies\" is missing", "1:1: \"switches\" is missing"]);

    [Fact]
    public void Empty_maps_of_names() =>
        Sample.Problems("proxies: {}\nswitches: {}").ShouldBe(["1:1: proxies: needs at least one name in it", "2:1: switches: needs at least one name in it"]);

    [Theory]
    [InlineData("listen: x", "2:9: listen: expected a map with \"unix\", \"http\", \"everybody\", \"tokens\", \"tls\", \"names\", found the value \"x\"")]
    [InlineData("listen:", "2:1: listen: expected a map with \"unix\", \"http\", \"everybody\", \"tokens\", \"tls\", \"names\", found nothing")]
    [InlineData("listen: [x]", "2:1: listen: expected a map with \"unix\", \"http\", \"everybody\", \"tokens\", \"tls\", \"names\", found a list")]
    public void A_section_that_is_no_map(string written, string problem) =>
        Answer("listen:\n  unix: /run/dbswitch/dbswitch.sock\n  http: 127.0.0.1:8370", written, [problem]);

    [Theory]
    [InlineData("proxies: x\nswitches: y", "1:10: proxies: expected a map of names, found the value \"x\"", "2:11: switches: expected a map of names, found the value \"y\"")]
    [InlineData("proxies: [x]\nswitches:", "1:1: proxies: expected a map of names, found a list", "2:1: switches: expected a map of names, found nothing")]
    [InlineData("proxies: { p: x }\nswitches: { s: [] }", "1:15: proxies.p: expected a map with \"api\", \"master\", \"managed\", found the value \"x\"", "2:13: switches.s: expected a map with \"backend\", \"initial\", \"proxies\", \"hold\", \"grace\", \"drain\", \"settle\", \"postgres\", \"mysql\", \"redis\", \"gates\", \"targets\", found a list")]
    public void Names_that_are_no_map(string yaml, params string[] problems) => Sample.Problems(yaml).ShouldBe(problems);

    [Theory]
    [InlineData("proxies: far", "25:14: switches.orders.proxies: expected a list such as [one, two], found the value \"far\"")]
    [InlineData("proxies: { far: x }", "25:5: switches.orders.proxies: expected a list such as [one, two], found a map")]
    public void Proxies_that_are_no_list(string written, params string[] problems) => Answer("proxies:\n      - far\n      - local", written, problems);

    [Theory]
    [InlineData("a b", "\"a b\" is not a name; use letters, digits, \"_\", \".\" and \"-\", beginning with a letter or digit")]
    [InlineData("-a", "\"-a\" is not a name; use letters, digits, \"_\", \".\" and \"-\", beginning with a letter or digit")]
    [InlineData(".a", "\".a\" is not a name; use letters, digits, \"_\", \".\" and \"-\", beginning with a letter or digit")]
    [InlineData("ä", "\"ä\" is not a name; use letters, digits, \"_\", \".\" and \"-\", beginning with a letter or digit")]
    [InlineData("a/b", "\"a/b\" has a \"/\", which stands between switch and target on the command line")]
    [InlineData("a2345678901234567890123456789012345678901234567890123456789ab", "\"a2345678901234567890123456789012345678901234567890123456789a…\" is longer than 60 characters")]
    public void A_name(string name, string problem)
    {
        Sample.Problems(Sample.With("  far:\n", $"  {name}:\n    api: tcp:x:1\n  far:\n")).ShouldHaveSingleItem().ShouldEndWith($": {problem}");
        Sample.Problems(Sample.With("      db2:\n", $"      {name}:\n")).ShouldHaveSingleItem().ShouldEndWith($": {problem}");
        Sample.Problems(Sample.With("  orders:\n", $"  {name}: {{ backend: b, proxies: [far], targets: {{ t: {{ address: 'h:1' }} }} }}\n  orders:\n")).ShouldHaveSingleItem().ShouldEndWith($": {problem}");
    }

    [Theory]
    [InlineData("none")]
    [InlineData("None")]
    public void A_target_called_none(string name) => Answer("      db2:\n", $"      {name}:\n",
        [$"34:7: switches.orders.targets.{name}: \"{name}\" can't be the name of a target: it means that none is selected"]);

    [Fact]
    public void All_mistakes_are_reported_at_once_in_the_files_order() => Sample.Problems("""
        stat: x
        listen: { unix: "", http: 8370 }
        proxies:
          p: { api: "x" }
          q: {}
        switches:
          s:
            proxies: [p, r]
            hold: 5
            targets: { t: { address: "h" }, t: {}, u: { address: "h:1" } }
            initial: tt
        """).ShouldBe(
        [
            "1:1: stat: unknown key; did you mean \"state\"?",
            "2:17: listen.unix: the value is empty",
            "2:27: listen.http: \"8370\" has no port (expected host:port)",
            "4:13: proxies.p.api: \"x\" is neither unix:/path nor tcp:host:port",
            "5:3: proxies.q: needs \"api\" (an HAProxy that someone else runs) or \"managed\" (one that dbswitch runs)",
            "7:3: switches.s: \"backend\" is missing",
            "8:18: switches.s.proxies[1]: there is no proxy \"r\"",
            "9:11: switches.s.hold: \"5\" has no unit; write 5ms, 5s, 5m or 5h",
            "10:30: switches.s.targets.t.address: \"h\" has no port (expected host:port)",
            "10:37: switches.s.targets.t: is here twice; the first one is in line 10",
            "11:14: switches.s.initial: \"tt\" is not a target of this switch",
        ]);

    [Fact]
    public void More_than_a_hundred_mistakes_are_counted_not_listed()
    {
        var problems = Sample.Problems(string.Concat(Enumerable.Range(0, 200).Select(i => $"x{i}: 1\n")));

        problems.Length.ShouldBe(101);
        problems[^1].ShouldBe("and 102 more problems");
    }

    private static void Answer(string old, string written, string[] problems) => Sample.Problems(Sample.With(old, written)).ShouldBe(problems);
}
