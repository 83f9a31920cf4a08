using System.Net;
using DbSwitch.Configuration;
using DbSwitch.Databases;
using DbSwitch.Databases.Kinds;
using DbSwitch.Databases.Postgres;
using HaproxyRuntime;

namespace DbSwitch.Tests.Databases.Postgres;

/// <summary>Which PostgreSQL clients may be sent to, and in which words the others are refused: asked of real servers.</summary>
public sealed class PostgresGuardTests
{
    private static readonly PostgresDatabase Promoting = RealPostgres.Settings with { Promote = Promotion.Self };

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_replica_that_follows_closely_passes_every_guard()
    {
        await using var primary = await RealPostgres.StartAsync();
        await using var standby = await primary.StandbyAsync();

        var guards = await AskAsync(standby, primary, Promoting);

        guards.Select(g => (g.Name, g.Verdict)).ShouldBe([.. ((string[])["reachable", "same-system", "replication", "lag", "transactions", "prepared-transactions", "unlogged-tables", "commits", "writable", "rehearsal"]).Select(n => (n, GuardVerdict.Passed))]);
        guards.Single(g => g.Name == "replication").Words.ShouldMatch(@"^db2 has streamed from db1 for [0-9.]+ s, and has caught up with it$");
        guards.Single(g => g.Name == "lag").Words.ShouldMatch(@"^db2 is .* behind db1 \(16 MB allowed\)$");
        guards.Single(g => g.Name == "writable").Words.ShouldBe("db2 is a replica, and will be promoted");
        (await WhyAsync(standby, primary, RealPostgres.Settings)).ShouldBe("db2 is a replica, and \"promote: none\" leaves it one");
        (await WhyAsync(standby, primary, Promoting with { User = "watcher" })).ShouldBe("can't promote db2: role watcher needs SUPERUSER");
        (await WhyAsync(standby, null, Promoting)).ShouldBe("db2 is a replica, and none is selected whose place it could take");
    }

    [Fact]
    public async Task One_that_lags_and_one_whose_replay_stands_still_are_refused_with_their_numbers()
    {
        await using var primary = await RealPostgres.StartAsync();
        await using var standby = await primary.StandbyAsync();
        await standby.ExecuteAsync("SELECT pg_wal_replay_pause()");
        (await WhyAsync(standby, primary, Promoting)).ShouldBe("db2 does not replay what it receives");
        await standby.ExecuteAsync("SELECT pg_wal_replay_resume()");

        await standby.SetAsync("recovery_min_apply_delay = '1h'");
        await Until.TrueAsync("the delay to be in force", async () => await standby.ScalarAsync<string>("SHOW recovery_min_apply_delay") == "1h");
        (await WhyAsync(standby, primary, Promoting)).ShouldBe("db2 keeps commits back for 3600 s on purpose (recovery_min_apply_delay)");
        await standby.SetAsync("recovery_min_apply_delay = 0");
        await Until.TrueAsync("the delay to be over", async () => await standby.ScalarAsync<string>("SHOW recovery_min_apply_delay") == "0");

        standby.FreezeReplay();
        await primary.ExecuteAsync("INSERT INTO written SELECT 7, i FROM generate_series(1, 20000) i", "app", "orders");

        (await WhyAsync(standby, primary, Promoting with { MaxLag = 64 * 1024 })).ShouldNotBeNull().ShouldMatch(@"^db2 is [1-9][0-9.]* MB(, [0-9.]+ s)? behind db1, more than max_lag: 64 kB$");
        (await WhyAsync(standby, primary, Promoting with { MaxLag = 1L << 30 })).ShouldNotBeNull().ShouldMatch(@"^db2 has received what db1 wrote and not replayed it within 3 s, and a switchover has no more time \([0-9.]+ MB behind\)$");
        standby.Thaw();
    }

    [Fact]
    public async Task A_foreign_a_second_primary_a_read_only_and_one_that_never_streamed_are_refused()
    {
        await using var primary = await RealPostgres.StartAsync();
        await using var standby = await primary.StandbyAsync();
        await using var never = await primary.StandbyAsync(streams: false);
        (await WhyAsync(never, primary, Promoting)).ShouldBe("db2 is a replica that does not stream: it never received anything from db1, or has stopped");

        // Made from the same files as the primary, as a clone that was started without being told to follow.
        await using var cascade = await standby.StandbyAsync();
        (await WhyAsync(cascade, primary, Promoting)).ShouldBe($"db2 streams from 127.0.0.1:{standby.Port}, and db1 is at 127.0.0.1:{primary.Port}");
        (await AskAsync(cascade, primary, Promoting)).Single(g => g.Name == "replication").Next.ShouldBe($"To have it follow db1, on db2: ALTER SYSTEM SET primary_conninfo = 'host=127.0.0.1 port={primary.Port} user=postgres'; SELECT pg_reload_conf(); "
            + "(with the password and whatever else it has now: SHOW primary_conninfo). To switch all the same, and lose what it does not have: dbswitch select db2 --force");

        await standby.ExecuteAsync("SELECT pg_promote()");
        (await WhyAsync(standby, primary, Promoting)).ShouldBe("db2 has diverged from db1 (timelines 2 and 1): rewind it");
        (await WhyAsync(standby, never, Promoting)).ShouldBeNull();
        await standby.SetAsync("default_transaction_read_only = on");
        (await WhyAsync(standby, never, Promoting)).ShouldBe("db2 is read-only (default_transaction_read_only is on)");
        (await WhyAsync(standby, null, Promoting)).ShouldBe("db2 is read-only (default_transaction_read_only is on)");
    }

    [Theory]
    [InlineData("streaming", null)]
    [InlineData("catchup", "db2 has not caught up with db1 since it connected (state catchup there)")]
    [InlineData(null, "db2 says that it streams from db1, which sends to no replica")]
    public async Task One_that_receives_and_has_never_caught_up_is_refused_whatever_it_says_of_itself(string? state, string? why)
    {
        await using var primary = new TargetState(new TargetConfiguration("db1", new HostPort("one", 5432)) { Database = Promoting }, PostgresKind.Instance, TimeProvider.System);
        await using var replica = new TargetState(new TargetConfiguration("db2", new HostPort("two", 5432)) { Database = Promoting }, PostgresKind.Instance, TimeProvider.System);
        var facts = new PostgresFacts("7", "15", false, 1, 100, false, true) { Standbys = state is null ? [] : [new PostgresStandby("10.0.0.2", state, "two")] };
        var replicas = facts with { IsReplica = true, Standbys = [], Upstream = new PostgresUpstream("one", 5432, "streaming", TimeSpan.FromSeconds(1), "two") };

        var guard = PostgresGuards.Of(new GuardQuestion(replica, Seen(replicas), primary, Seen(facts))).Single(g => g.Name == "replication");

        (guard.Verdict, why ?? guard.Words).ShouldBe((why is null ? GuardVerdict.Passed : GuardVerdict.Failed, guard.Words));

        static Probe Seen(PostgresFacts facts) => new(Health.Healthy, null, default, default) { Facts = facts };
    }

    [Fact]
    public async Task A_foreign_cluster_is_refused()
    {
        await using var primary = await RealPostgres.StartAsync();
        await using var foreign = await RealPostgres.ForeignAsync();
        (await WhyAsync(foreign, primary, Promoting)).ShouldNotBeNull().ShouldMatch(@"^db2 is another cluster than db1: its system identifier is [0-9]+, not [0-9]+$");
    }

    [Fact]
    public async Task An_old_transaction_and_a_prepared_one_on_the_present_primary_are_refused()
    {
        await using var primary = await RealPostgres.StartAsync();
        await using var standby = await primary.StandbyAsync();
        await using var open = primary.Connection("app", "orders");
        await open.OpenAsync(Cancel);
        await using var begin = new Npgsql.NpgsqlCommand("BEGIN; SELECT 1", open);
        await begin.ExecuteNonQueryAsync(Cancel);
        await Until.TrueAsync("the transaction to be old enough", () => primary.ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE usename = 'app' AND clock_timestamp() - xact_start > interval '10 ms')"));
        (await WhyAsync(standby, primary, Promoting with { MaxTransactionAge = TimeSpan.FromMilliseconds(10) })).ShouldNotBeNull().ShouldMatch(@"^a transaction on db1 has been open for [0-9.]+ s and would be lost \(max_transaction_age: 10ms\)$");
        (await WhyAsync(standby, primary, Promoting)).ShouldBeNull();
        await open.CloseAsync();
        await primary.ExecuteAsync("BEGIN; INSERT INTO written VALUES (1, 1); PREPARE TRANSACTION 'left'", "app", "orders");
        (await WhyAsync(standby, primary, Promoting)).ShouldBe("db1 has 1 prepared transaction (pg_prepared_xacts): commit or roll back first");
    }

    [Fact]
    public async Task One_that_hangs_and_a_present_one_that_is_gone_are_unknown_which_refuses()
    {
        await using var primary = await RealPostgres.StartAsync();
        await using var standby = await primary.StandbyAsync();
        standby.Freeze();
        (await WhyAsync(standby, primary, Promoting)).ShouldBe($"db2 has not answered at 127.0.0.1:{standby.Port} within 2 s");
        standby.Thaw();
        await primary.KillAsync();
        (await WhyAsync(standby, primary, Promoting)).ShouldBe($"db1 is down (refuses connections at 127.0.0.1:{primary.Port}), so lost commits can't be ruled out");
        (await AskAsync(standby, primary, Promoting)).Single(g => g.Name == "replication").Verdict.ShouldBe(GuardVerdict.Unknown);
    }

    private static async Task<string?> WhyAsync(RealPostgres target, RealPostgres? present, PostgresDatabase settings) => GuardRules.Failures(await AskAsync(target, present, settings));

    internal static async Task<IReadOnlyList<Guard>> AskAsync(RealPostgres target, RealPostgres? present, PostgresDatabase settings)
    {
        var targets = new Dictionary<string, TargetConfiguration> { ["db2"] = target.Target("db2", settings) };
        if (present is not null)
        {
            targets["db1"] = present.Target("db1", settings);
        }

        await using var probes = new TargetProbes(
            new SwitchConfiguration("orders", "be", ["p"], targets, null), name => new IPEndPoint(IPAddress.Loopback, targets[name].Address.Port), TimeProvider.System, new TestLog().CreateLogger(""));
        return await probes.GuardAsync("db2", present is null ? null : "db1", false, Cancel);
    }
}
