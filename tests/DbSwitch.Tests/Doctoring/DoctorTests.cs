using DbSwitch.Configuration;
using DbSwitch.Doctoring;
using DbSwitch.Tests.Gates;

namespace DbSwitch.Tests.Doctoring;

/// <summary>Each thing that can be wrong with a set-up is made wrong on a real HAProxy, and found.</summary>
public sealed class DoctorTests
{
    private static readonly RealHaproxyOptions Sound = new() { Companion = true, MasterWorker = true };

    [Theory, EveryHaproxy]
    public async Task A_sound_set_up_has_notes_at_most(string version)
    {
        (await LookAsync(version, Sound, withMaster: true)).ShouldAllBe(f => f.Level == FindingLevel.Note);
    }

    [Fact]
    public async Task An_old_version_is_known_for_its_traps()
    {
        var found = await LookAsync("2.6", Sound, withMaster: true);
        // Debian's 2.6.12 has them both; another vendor's 2.6 may be a later patch, without.
        var version = HaproxyBinary.CapabilitiesOf("2.6");
        found.Any(f => f.What.Contains("can crash when servers are deleted", StringComparison.Ordinal) && f.Fix.StartsWith("nothing has to be done, or use 2.", StringComparison.Ordinal))
            .ShouldBe(!version.Can(HaproxyRuntime.HaproxyFeature.DeleteServer));
        found.Any(f => f.What.StartsWith($"\"set maxconn frontend\" can kill HAProxy {version.Version}", StringComparison.Ordinal)).ShouldBe(!version.Can(HaproxyRuntime.HaproxyFeature.SetFrontendMaxconn));
        found.ShouldContain(f => f.What.Contains("can't refuse the late command", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Without_the_script_and_the_master_socket()
    {
        var found = await LookAsync("3.0", new RealHaproxyOptions(), withMaster: false);
        found.Select(f => f.Level).ShouldContain(FindingLevel.Warning);
        found.ShouldContain(f => f.Where == "p" && f.What.StartsWith("its master socket is not known", StringComparison.Ordinal));
        found.ShouldContain(f => f.What.StartsWith("the companion script is not loaded", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_script_that_forgets_and_a_backend_without_a_way_back()
    {
        // As somebody would load it who has read half of the page.
        var script = Path.Combine(Checkout.Root, "deploy", "dbswitch.lua");
        var found = await LookAsync("3.0", new RealHaproxyOptions { MasterWorker = true, Global = [$"lua-load {script}"] }, withMaster: true);
        found.ShouldContain(f => f.Fix.Contains("setenv DBSWITCH_GENERATIONS", StringComparison.Ordinal));
        found.ShouldContain(f => f.What.StartsWith("backend db_servers has no way back to the front", StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task A_script_of_another_version()
    {
        var script = Path.Combine(Path.GetTempPath(), $"dbsw-{Guid.NewGuid():N}.lua");
        await File.WriteAllTextAsync(script, (await File.ReadAllTextAsync(Path.Combine(Checkout.Root, "deploy", "dbswitch.lua"), TestContext.Current.CancellationToken)).Replace("local SCRIPT_VERSION = 1", "local SCRIPT_VERSION = 99", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        try
        {
            var found = await LookAsync("3.0", new RealHaproxyOptions { MasterWorker = true, Global = [$"lua-load {script}"] }, withMaster: true);
            found.ShouldHaveSingleItem().What.ShouldBe("it can't be asked: its companion script is of version 99, and only version 1 is known here: load the dbswitch.lua of this dbswitch");
        }
        finally
        {
            File.Delete(script);
        }
    }

    [Theory]
    [InlineData("static-rr", FindingLevel.Error, "which takes no servers at run time")]
    [InlineData("source", FindingLevel.Warning, "only with \"hash-type consistent\"")]
    [InlineData("roundrobin", FindingLevel.Error, "is not up to it: A client that comes while a server is made ready may be put into the backend's queue")]
    public async Task A_balancing_algorithm_that_a_switch_can_not_work_with(string balance, FindingLevel level, string what)
    {
        var found = await LookAsync("3.0", Sound with { Balance = balance }, withMaster: true);
        found.ShouldContain(f => f.Level == level && f.What.Contains(what, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_level_that_is_too_low_and_a_backend_that_is_not_there()
    {
        var socket = Path.Combine(Path.GetTempPath(), $"dbsw-{Guid.NewGuid():N}"[..13] + ".sock");
        await using var low = await RealHaproxy.StartAsync("3.0", new RealHaproxyOptions { Global = [$"stats socket {socket} mode 600 level operator"] });
        var facts = await ProxyFacts.AskAsync(new HaproxyRuntime.RuntimeClient(new HaproxyRuntime.RuntimeEndpoint.Unix(socket)), ["db_servers", "nope"], TimeProvider.System, TestContext.Current.CancellationToken);
        var found = ProxyChecks.Check("p", facts, ["db_servers", "nope"], hasMaster: true);
        found.ShouldContain(f => f.Level == FindingLevel.Error && f.What.StartsWith("this Runtime API is at level operator", StringComparison.Ordinal));
        found.ShouldContain(f => f.Level == FindingLevel.Error && f.What == "it has no backend nope");
    }

    [Fact]
    public async Task A_Runtime_API_that_the_network_reaches()
    {
        var port = FreePort.Take();
        var found = await LookAsync("3.0", Sound with { Global = [$"stats socket ipv4@0.0.0.0:{port} level admin"] }, withMaster: true);
        found.ShouldContain(f => f.Level == FindingLevel.Warning && f.What.StartsWith($"its Runtime API listens on ipv4@0.0.0.0:{port} at level admin", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("ipv4@127.0.0.1:9999", false)]
    [InlineData("127.0.0.1:9999", false)]
    [InlineData("ipv6@[::1]:9999", false)]
    [InlineData("unix@/run/haproxy/admin.sock", false)]
    [InlineData("/run/haproxy/a:b.sock", false)]
    [InlineData("ipv4@0.0.0.0:9999", true)]
    [InlineData("ipv6@:::9999", true)]
    [InlineData("ipv6@[fd00::1]:9999", true)]
    [InlineData(":9999", true)]
    public void Open_to_the_network_is_what_is_not_this_machines_alone(string socket, bool open) =>
        ProxyFacts.IsOpenToTheNetwork(socket).ShouldBe(open);

    [Fact]
    public async Task A_proxy_that_can_t_be_asked_a_name_that_does_not_resolve_and_files_of_everybody()
    {
        await using var haproxy = await RealHaproxy.StartAsync("3.0", Sound);
        await using var db1 = new EchoDatabase("db1");
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint, haproxy.MasterSocket)
            .Switch("db1", ("db1", db1.HostPort), ("db2", new HaproxyRuntime.HostPort("nowhere.example", 5432))).StartAsync();
        await manager.SettledAsync("db1");
        await haproxy.KillAsync();
        (await Shell.RunAsync("chmod", "o+w", manager.StateFile)).ShouldBeEmpty();

        var found = await Doctor.LookAsync(manager.Manager, TimeProvider.System, TestContext.Current.CancellationToken);

        found.ShouldContain(f => f.Level == FindingLevel.Error && f.Where == "p" && f.What.StartsWith("it can't be asked: ", StringComparison.Ordinal));
        found.ShouldContain(f => f.Level == FindingLevel.Error && f.Where == "orders/db2" && f.What.StartsWith("nowhere.example does not resolve: ", StringComparison.Ordinal));
        found.ShouldContain(f => f.Level == FindingLevel.Error && f.Where == manager.StateFile && f.What == "everybody on this machine may write to the store");
    }

    [Fact]
    public async Task A_PgBouncer_that_would_let_clients_wait_long_or_can_not_be_asked()
    {
        await using var haproxy = await RealHaproxy.StartAsync("3.0", Sound);
        await using var db1 = new EchoDatabase("db1");
        await using var pool = new RealPgBouncer();
        await pool.StartAsync(haproxy.ClientPort);
        await using var manager = await new ManagerUnderTest { Gates = [pool.Gate] }.Proxy("p", haproxy.ApiEndpoint, haproxy.MasterSocket).Switch("db1", new TargetConfiguration("db1", db1.HostPort)).StartAsync();
        await manager.SettledAsync("db1");

        var finding = (await FindingsAsync()).ShouldHaveSingleItem();
        finding.ShouldBe(new Finding(
            FindingLevel.Warning,
            "orders/pool",
            "after a connection to a database that failed it opens none for 15 s (server_login_retry), and so long its clients may wait after a switchover",
            "write \"server_login_retry = 1\" in its pgbouncer.ini, and RELOAD it"));

        await pool.WriteAsync(haproxy.ClientPort, "server_login_retry = 1");
        await pool.CommandAsync("RELOAD");
        (await FindingsAsync()).ShouldBeEmpty();

        await pool.KillAsync();
        finding = (await FindingsAsync()).ShouldHaveSingleItem();
        (finding.Level, finding.What).ShouldBe((FindingLevel.Error, $"switchovers are refused, since gate pool refuses connections at 127.0.0.1:{pool.Port}"));

        async Task<IReadOnlyList<Finding>> FindingsAsync() => [.. (await Doctor.LookAsync(manager.Manager, TimeProvider.System, TestContext.Current.CancellationToken)).Where(f => f.Where.StartsWith("orders", StringComparison.Ordinal))];
    }

    [Fact]
    public async Task Another_backend_that_leads_to_a_target_is_found()
    {
        await using var db1 = new EchoDatabase("db1");
        await using var haproxy = await RealHaproxy.StartAsync("3.0", Sound with { Sections = ["backend reports", $"    server copy {db1.Address}", "    server off 127.0.0.1:9"] });
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint, haproxy.MasterSocket).Switch("db1", ("db1", db1.HostPort)).StartAsync();
        await manager.SettledAsync("db1");

        (await WarningsAsync(manager)).ShouldHaveSingleItem().What.ShouldBe($"server copy of backend reports leads to db1 of orders too ({db1.Address}), and no switch fences that way");
    }

    [Fact]
    public async Task Where_no_haproxy_cfg_was_looked_at_it_says_so()
    {
        await using var scene = await Scene.StartedAsync(Sound);

        (await scene.Manager.RunAsync("doctor")).Output.ShouldContain("note: db-proxy: no Runtime API tells of the timeouts (client-fin and server-fin: ");
        (await scene.Manager.RunAsync("doctor", "--haproxy-cfg", Path.Combine(Checkout.Root, "deploy", "systemd", "haproxy-db.cfg"))).Output.ShouldNotContain("no haproxy.cfg was looked at");
    }

    [Fact]
    public async Task Without_a_manager_an_HAProxy_that_waits_for_one_is_an_error()
    {
        await using var scene = await Scene.StartedAsync(Sound);
        (await scene.Manager.StopAsync()).ShouldBe(0);
        var file = scene.Haproxy.ConfigurationFile;

        var alone = await scene.Manager.RunAsync("doctor", "--haproxy-cfg", file);

        alone.ExitCode.ShouldBe(1);
        alone.Output.ShouldContain($"backend db_servers of {file} has no server that it starts with: from HAProxy's next start or reload on nobody is served before a manager runs");
        alone.Output.ShouldContain("error: the manager: was not asked: ");
        (await scene.Manager.RunAsync("doctor", "--haproxy-cfg", Path.Combine(Checkout.Root, "deploy", "systemd", "haproxy-db.cfg"))).Output.ShouldContain("note: the manager: was not asked: ");
    }

    internal static async Task<IReadOnlyList<Finding>> WarningsAsync(ManagerUnderTest manager) =>
        [.. (await Doctor.LookAsync(manager.Manager, TimeProvider.System, TestContext.Current.CancellationToken)).Where(f => f.Level != FindingLevel.Note)];

    private static async Task<IReadOnlyList<Finding>> LookAsync(string version, RealHaproxyOptions options, bool withMaster)
    {
        await using var haproxy = await RealHaproxy.StartAsync(version, options);
        await using var db1 = new EchoDatabase("db1");
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint, withMaster ? haproxy.MasterSocket : null).Switch(null, ("db1", db1.HostPort)).StartAsync();
        await manager.Orders.DecidedAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        return await Doctor.LookAsync(manager.Manager, TimeProvider.System, TestContext.Current.CancellationToken);
    }
}
