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
    [InlineData("timeout server-fin 1s", "", FindingLevel.Warning, "backend db_servers has no \"timeout server-fin\" of 2s or less: HAProxy can't end the session of a client that gave up")]
    [InlineData("timeout server-fin 1s", "timeout server-fin 1m", FindingLevel.Warning, "backend db_servers has no \"timeout server-fin\" of 2s or less")]
    [InlineData("timeout client-fin 1s", "", FindingLevel.Warning, "frontend db has no \"timeout client-fin\" of 2s or less")]
    [InlineData("maxconn 10000", "user haproxy", FindingLevel.Error, "/run/haproxy-db/again.sock is root's when root starts HAProxy, and its worker runs as haproxy")]
    [InlineData("maxconn 10000", "chroot /var/lib/haproxy-of-a-test", FindingLevel.Error, "the worker looks for unix@/run/haproxy-db/again.sock below its chroot, at /var/lib/haproxy-of-a-test/run/haproxy-db/again.sock")]
    [InlineData("balance first", "balance first\n    option persist", FindingLevel.Error, "\"option persist\" leads clients of backend db_servers to the server that they stick to even while it is in maintenance")]
    [InlineData("balance first", "balance first\n    force-persist if TRUE", FindingLevel.Error, "\"force-persist\" leads clients of backend db_servers")]
    [InlineData("balance first", "balance first\n    stick on src table elsewhere", FindingLevel.Error, "\"stick on src\" leads clients of backend db_servers back to the server that they had")]
    [InlineData("balance first", "balance first\n    persist rdp-cookie(mstshash)", FindingLevel.Error, "\"persist rdp-cookie(mstshash)\" leads clients of backend db_servers back")]
    [InlineData("balance first", "balance first\n    use-server db1 if TRUE", FindingLevel.Error, "\"use-server db1\" leads clients of backend db_servers past the selected server")]
    [InlineData("balance first", "balance first\n    dispatch 10.0.0.1:5432", FindingLevel.Error, "\"dispatch 10.0.0.1:5432\" leads clients of backend db_servers to an address that is none of its servers")]
    [InlineData("balance first", "balance first\n    option transparent", FindingLevel.Error, "\"option transparent\" leads clients of backend db_servers to an address")]
    [InlineData("balance first", "balance first\n    load-server-state-from-file global", FindingLevel.Error, "load-server-state-from-file gives the servers of backend db_servers the state of an earlier moment")]
    [InlineData("balance first", "balance first\n    server db1 10.0.0.1:5432 disabled agent-check agent-port 9", FindingLevel.Error, "\"agent-check\" in \"server db1\": an agent that says \"ready\"")]
    [InlineData("retries 3", "retries 3\n    default-server agent-check agent-port 9", FindingLevel.Error, "\"agent-check\" in \"default-server agent-check\": an agent")]
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
    public void Debian_s_way_with_a_chroot_is_sound_when_the_worker_can_reach_what_it_needs()
    {
        var debian = Ours.Replace("maxconn 10000", "chroot /var/lib/haproxy-of-a-test\n    user haproxy", StringComparison.Ordinal)
            .Replace("bind unix@/run/haproxy-db/again.sock", "bind unix@/var/lib/haproxy-of-a-test/dbswitch/again.sock user haproxy", StringComparison.Ordinal)
            .Replace("server again unix@/run/haproxy-db/again.sock", "server again unix@/dbswitch/again.sock", StringComparison.Ordinal);

        Check(debian).ShouldBeEmpty();
    }

    // The unit and /etc/default/haproxy of Debian 12 and 13, as far as they say how it is started.
    private const string Unit = """
        [Service]
        EnvironmentFile=-/etc/default/haproxy
        Environment="CONFIG=/etc/haproxy/haproxy.cfg" "PIDFILE=/run/haproxy.pid" "EXTRAOPTS=-S /run/haproxy-master.sock"
        ExecStart=/usr/sbin/haproxy -Ws -f $CONFIG -p $PIDFILE $EXTRAOPTS
        ExecReload=/usr/sbin/haproxy -Ws -f $CONFIG -c -q $EXTRAOPTS
        """;

    [Theory]
    [InlineData("", "/run/haproxy/master.sock", new[] { "master: is /run/haproxy/master.sock, and haproxy.service has its master's socket at /run/haproxy-master.sock", "only root may use the master's socket" })]
    [InlineData("#EXTRAOPTS=\"-de -m 16\"", "/run/haproxy-master.sock", new[] { "only root may use the master's socket /run/haproxy-master.sock" })]
    [InlineData("EXTRAOPTS=\"-S /run/haproxy-master.sock,mode,660,group,haproxy\"", "/run/haproxy-master.sock", new string[0])]
    [InlineData("EXTRAOPTS=\"-S /run/haproxy-master.sock,mode,660,group,haproxy\"", "/run/haproxy/master.sock", new[] { "master: is /run/haproxy/master.sock" })]
    [InlineData("EXTRAOPTS=\"-m 16\"", "/run/haproxy-master.sock", new string[0])]
    public void The_master_s_socket_is_the_one_that_the_service_has_and_the_manager_may_use_it(string defaults, string master, string[] problems)
    {
        var configuration = Configuration.Sample.Load(Configuration.Sample.With("api: tcp:db-proxy:9999", "api: unix:/run/haproxy/admin.sock").Replace("unix:/run/haproxy/master.sock", "unix:" + master, StringComparison.Ordinal));
        var file = HaproxyFile.Parse("global\n  stats socket /run/haproxy/admin.sock mode 660 level admin\n  user haproxy\n  group haproxy\n");

        var found = HaproxyServiceChecks.Check(file, HaproxyService.Of(Unit, defaults), configuration, _ => false).ToList();

        found.Select(f => f.Where).ShouldAllBe(where => where == "far");
        found.Count.ShouldBe(problems.Length, string.Join('\n', found));
        problems.ShouldAllBe(problem => found.Any(f => f.What.StartsWith(problem, StringComparison.Ordinal)));
    }

    [Fact]
    public void What_is_switched_off_leads_nobody_anywhere() =>
        Check(Ours.Replace("balance first", "balance first\n    no option persist\n    load-server-state-from-file none\nbackend another\n    stick on src", StringComparison.Ordinal)).ShouldBeEmpty();

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
