using System.Net;
using DbSwitch.Configuration;
using DbSwitch.Databases;
using DbSwitch.Databases.Postgres;
using DbSwitch.Tests.Gates;

namespace DbSwitch.Tests.Databases.Postgres;

/// <summary>What roles, databases and poolers have for clients does not decide what is known of a server.</summary>
public sealed class PostgresSettingsTests
{
    private static readonly PostgresDatabase Watching = RealPostgres.Settings with { User = "watcher" };

    // Each of them made a healthy server look ill, or another one than it is.
    private static readonly string[] Traps =
    [
        "CREATE SCHEMA trap",
        "CREATE FUNCTION trap.pg_is_in_recovery() RETURNS bool LANGUAGE sql AS 'SELECT true'",
        "GRANT USAGE ON SCHEMA trap TO PUBLIC",
        "ALTER ROLE watcher SET search_path = trap, pg_catalog",
        "ALTER ROLE watcher SET statement_timeout = '1ms'",
        "ALTER ROLE watcher SET lock_timeout = '1ms'",
        "ALTER ROLE watcher SET default_transaction_read_only = on",
        "ALTER ROLE watcher SET default_transaction_isolation = serializable",
        "ALTER ROLE watcher CONNECTION LIMIT 1",
    ];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_its_role_is_told_to_be_like_hides_neither_the_primary_nor_its_replica()
    {
        await using var primary = await RealPostgres.StartAsync();
        await using var standby = await primary.StandbyAsync();
        foreach (var trap in Traps)
        {
            await primary.ExecuteAsync(trap);
        }

        var primaryFacts = await PostgresProbeTests.FactsAsync(primary);
        await Until.TrueAsync("the replica to have the traps", async () => (await PostgresProbeTests.FactsAsync(standby)).BehindOf(primaryFacts) == 0);
        foreach (var (server, isReplica) in ((RealPostgres, bool)[])[(primary, false), (standby, true)])
        {
            await using var state = new TargetState(server.Target("db", Watching), PostgresKind.Instance, TimeProvider.System);

            // Over the open connection and over new ones, with the one that the role may have.
            foreach (var fresh in (bool[])[true, false, true, false, true])
            {
                var probe = await state.AskAsync(new IPEndPoint(IPAddress.Loopback, server.Port), fresh, TimeSpan.FromSeconds(10), Cancel);
                probe.Health.ShouldBe(Health.Healthy, probe.Reason);
                var facts = probe.Facts.ShouldBeOfType<PostgresFacts>();
                (facts.IsReplica, facts.TakesWrites).ShouldBe((isReplica, !isReplica));
            }
        }
    }

    [Fact]
    public async Task A_connection_that_the_server_or_somebody_has_ended_in_between_is_no_reason_for_a_warning()
    {
        await using var server = await RealPostgres.StartAsync();
        await server.ExecuteAsync("ALTER ROLE dbswitch SET idle_session_timeout = '50ms'");
        await using var state = new TargetState(server.Target("db"), PostgresKind.Instance, TimeProvider.System);
        var address = new IPEndPoint(IPAddress.Loopback, server.Port);
        (await state.AskAsync(address, false, TimeSpan.FromSeconds(10), Cancel)).Health.ShouldBe(Health.Healthy);

        // Its role's patience has passed, and it is there still.
        await Until.TrueAsync("it to have been idle for longer", () => server.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE usename = 'dbswitch' AND state = 'idle' AND clock_timestamp() - state_change > interval '150 ms')"));
        (await server.ScalarAsync<long>("SELECT count(*) FROM pg_stat_activity WHERE usename = 'dbswitch'")).ShouldBe(1);
        await server.ExecuteAsync("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'dbswitch'");

        var probe = await state.AskAsync(address, false, TimeSpan.FromSeconds(10), Cancel);
        probe.Health.ShouldBe(Health.Healthy, probe.Reason);
    }

    [Fact]
    public async Task What_clients_may_not_write_is_said_and_a_server_that_is_read_only_for_all_is_found_out_behind_a_role_that_is_not()
    {
        await using var server = await RealPostgres.StartAsync();
        await server.ExecuteAsync("ALTER DATABASE orders SET default_transaction_read_only = on");
        await server.ExecuteAsync("ALTER ROLE app IN DATABASE orders SET default_transaction_read_only = 'true'");
        await server.ExecuteAsync("ALTER ROLE nobody SET default_transaction_read_only = off");
        var facts = await PostgresProbeTests.FactsAsync(server);
        (facts.TakesWrites, facts.ReadOnlyFor).ShouldBe((true, "database orders, role app in database orders"));
        facts.Summary.ShouldStartWith("primary, writable (read-only for database orders, role app in database orders), timeline 1");
        (await PostgresGuardTests.AskAsync(server, null, RealPostgres.Settings)).Single(g => g.Name == "writable").ShouldBe(
            new Guard("writable", GuardVerdict.Passed, "db2 takes writes, but not for database orders, role app in database orders (default_transaction_read_only)"));

        await server.ExecuteAsync("ALTER ROLE dbswitch SET default_transaction_read_only = off");
        await server.SetAsync("default_transaction_read_only = on");
        await Until.TrueAsync("it to be read-only", async () => (await PostgresProbeTests.FactsAsync(server)).ReadOnly);
        (await PostgresProbeTests.FactsAsync(server, Watching)).ReadOnly.ShouldBeTrue();
    }

    [Fact]
    public async Task Through_a_pooler_that_takes_no_settings_from_who_connects_they_are_said_afterwards()
    {
        await using var server = await RealPostgres.StartAsync();
        await server.ExecuteAsync("GRANT pg_monitor TO app; ALTER ROLE app SET default_transaction_isolation = serializable");
        await using var pool = new RealPgBouncer();
        await pool.StartAsync(server.Port, "pool_mode = session");
        var settings = RealPostgres.Settings with { User = "app", Password = new Secret(RealPgBouncer.Password), Database = "orders" };
        await using var state = new TargetState(new TargetConfiguration("db", pool.Gate.Address) { Database = settings }, PostgresKind.Instance, TimeProvider.System);

        var probe = await state.AskAsync(new IPEndPoint(IPAddress.Loopback, pool.Port), true, TimeSpan.FromSeconds(10), Cancel);

        probe.Health.ShouldBe(Health.Healthy, probe.Reason);
        pool.Log.ShouldContain("unsupported startup parameter");
    }
}
