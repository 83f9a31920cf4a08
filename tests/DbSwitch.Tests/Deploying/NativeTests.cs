using DbSwitch.Tests.CommandLine;
using DbSwitch.Tests.Databases.Postgres;
using DbSwitch.Tests.Demo;
using DbSwitch.Tests.Gates;
using DbSwitch.Tests.Http;
using DbSwitch.Tests.Notifying;
using DbSwitch.Tests.ProxyHost;
using DbSwitch.Tests.Serving;
using DbSwitch.Tests.Telemetry;

namespace DbSwitch.Tests.Deploying;

/// <summary>
/// The native executable, which is what users have: what only turns up at run time (a type that was trimmed away, JSON by reflection) must not be missing in it. The
/// tests of the rest of this project are run with it: of each command, each route of the API, the page, each kind of promotion, gates, the proxy host.
/// </summary>
[Trait("Category", "Slow")]
public sealed class NativeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dbsn-").FullName;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Commands_say_what_they_are_for_complete_and_complain()
    {
        Dbswitch.Use(await Published.NativeAsync());
        await new ApprovedTests().The_help_of_every_command_has_what_it_is_for_its_options_and_examples();
        await new ApprovedTests().What_a_switch_looks_like_at_a_terminal_of_80_columns_and_in_a_pipe();
        await new CommandLineTests().All_that_is_wrong_with_a_configuration_is_said_at_once_with_its_place();
        await new CommandLineTests().Without_a_manager_a_command_says_so_and_that_clients_are_not_affected();
        await new WatchTests().Piped_it_prints_a_line_for_each_event_and_as_json_an_object();
        await new BackupTests().A_backup_is_a_whole_store_that_its_owner_alone_can_read_and_that_overwrites_nothing();
        (await Dbswitch.RunAsync("complete", "--", "dbswitch", "st")).Output.ShouldContain("status");
    }

    [Fact]
    public async Task Commands_print_json_as_described()
    {
        Dbswitch.Use(await Published.NativeAsync());
        await new JsonOutputTests().Every_command_prints_what_its_schema_says();
    }

    [Fact]
    public async Task Routes_answer_as_described_and_the_description_is_served()
    {
        Dbswitch.Use(await Published.NativeAsync());
        await new EveryAnswerTests().Every_described_answer_is_given_as_described();
        await new OpenApiTests().The_description_is_served_as_it_is();
    }

    [Fact]
    public async Task The_page_and_the_numbers_are_served()
    {
        Dbswitch.Use(await Published.NativeAsync());
        await using var standing = new StandingScene();
        await new Page.ServingTests(standing).All_of_it_is_less_than_150_KB_and_names_nothing_elsewhere();
        var (_, client) = await standing.GetAsync();
        (await client.GetStringAsync("/metrics", Cancel)).ShouldContain("dbswitch_");
    }

    [Fact]
    public async Task A_promotion_by_SQL_with_a_gate_before_it()
    {
        Dbswitch.Use(await Published.NativeAsync());
        await using var db1 = await RealPostgres.StartAsync();
        await using var db2 = await db1.StandbyAsync();
        await using var haproxy = await RealHaproxy.StartAsync("3.2", new RealHaproxyOptions { Companion = true });
        await using var pool = new RealPgBouncer();
        await pool.StartAsync(haproxy.ClientPort);
        await using var manager = await StartedAsync(haproxy, db1, db2, "promote: sql", $"    gates: {{ pool: {{ pgbouncer: \"127.0.0.1:{pool.Port}\", user: dbswitch, password: \"{RealPgBouncer.Password}\", database: orders, tls: disable }} }}");

        var end = await manager.RunAsync("select", "db2");

        end.ExitCode.ShouldBe(0, end.Error);
        (await manager.RunAsync("history", "--json")).Json[0].GetProperty("report").GetProperty("phases").EnumerateArray().Select(p => p.GetProperty("phase").GetString()).ShouldContain("pause");
        (await PostgresProbeTests.FactsAsync(db2)).IsReplica.ShouldBeFalse();
        (await PostgresProbeTests.FactsAsync(db1)).Closed.ShouldBeTrue();
    }

    [Fact]
    public async Task A_promotion_by_a_hook()
    {
        Dbswitch.Use(await Published.NativeAsync());
        var hook = Path.Combine(_folder, "hook");
        await File.WriteAllTextAsync(hook, "#!/bin/sh\ncase $1 in promote) psql -h 127.0.0.1 -p ${DBSWITCH_TO_ADDRESS##*:} -U postgres -qAtc 'SELECT pg_promote()' ;; esac\n", Cancel);
        await Shell.RunAsync("chmod", "755", hook);
        await using var db1 = await RealPostgres.StartAsync();
        await using var db2 = await db1.StandbyAsync();
        await using var haproxy = await RealHaproxy.StartAsync("3.2", new RealHaproxyOptions { Companion = true });
        await using var manager = await StartedAsync(haproxy, db1, db2, $"promote: hook, hook: {hook}");

        var end = await manager.RunAsync("select", "db2");

        end.ExitCode.ShouldBe(0, end.Error);
        (await PostgresProbeTests.FactsAsync(db2)).IsReplica.ShouldBeFalse();
    }

    [Fact]
    public async Task A_promotion_by_somebody_else_is_followed()
    {
        Dbswitch.Use(await Published.NativeAsync());
        await using var db1 = await RealPostgres.StartAsync();
        await using var db2 = await db1.StandbyAsync();
        await using var haproxy = await RealHaproxy.StartAsync("3.2", new RealHaproxyOptions { Companion = true });
        await using var manager = await StartedAsync(haproxy, db1, db2, "promote: follow");

        await db1.StopAsync();
        await db2.ExecuteAsync("SELECT pg_promote()");

        await manager.StatusAsync("clients go to db2", 20);
    }

    [Fact]
    public async Task The_demo_with_real_databases_passes()
    {
        Dbswitch.Use(await Published.NativeAsync());
        await new PostgresTourTests().It_promotes_there_and_back_again_and_every_confirmed_row_is_there();
    }

    [Fact]
    public async Task The_proxy_host_starts_adopts_reloads_upgrades_and_ends()
    {
        Dbswitch.Use(await Published.NativeAsync());
        await new HostServesTests().A_killed_master_is_replaced_and_no_client_is_refused_meanwhile("3.2");
        await new HostServesTests().Told_to_end_it_ends_HAProxy_cleans_up_and_says_0();
        await new AdoptionTests().An_adopted_HAProxy_can_die_without_a_client_being_refused_since_its_sockets_were_copied_back("3.2");
        await new HostReloadTests().The_command_waits_for_the_reload_and_says_what_was_done();
        await new UpgradeTests().One_command_upgrades_host_and_HAProxy_under_load_and_fails_no_new_connection();
        await new RestartTests().A_managed_haproxy_outlives_its_manager_and_ends_when_told_to();
    }

    [Fact]
    public async Task Others_are_told_and_asked_over_TLS_with_tokens_by_OTLP_webhook_and_hook()
    {
        Dbswitch.Use(await Published.NativeAsync());
        await new TlsTests().Who_shows_a_certificate_of_our_authority_is_an_operator_by_its_name();
        await new OtlpTests().A_switchover_is_one_trace_with_its_phases_and_the_metrics_come_too(grpc: true);
        await new OtlpTests().A_collector_that_is_not_there_costs_a_line_of_the_log_and_nothing_else();
        await new WebhookTests().A_switchover_is_told_signed_with_all_that_is_known_of_it();
        using var hooks = new Notifying.HookTests();
        await hooks.A_hook_that_says_no_refuses_with_its_last_words_and_force_passes_over_it_and_says_so();
    }

    private static async Task<ManagerProcess> StartedAsync(RealHaproxy haproxy, RealPostgres db1, RealPostgres db2, string promote, params string[] more)
    {
        var manager = await ManagerProcess.StartedAsync(new ManagerConfiguration { Proxies = new Dictionary<string, string> { ["p"] = Scene.Api(haproxy.ApiEndpoint) }, More = more }
            .With("orders", new SwitchText("db_servers", ["p"], new Dictionary<string, string> { ["db1"] = db1.HostPort.ToString(), ["db2"] = db2.HostPort.ToString() })
            {
                Initial = "db1",
                Postgres = $"user: dbswitch, password: \"{RealPostgres.Password}\", tls: disable, {promote}",
            }));
        await manager.HealthyAsync();
        return manager;
    }
}
