using System.Net;
using DbSwitch.Configuration;
using DbSwitch.Databases;
using DbSwitch.Databases.Kinds;
using DbSwitch.Databases.MySql;

namespace DbSwitch.Tests.Databases.MySql;

/// <summary>Which MySQL and MariaDB clients may be sent to, and in which words the others are refused: asked of real servers.</summary>
public sealed class MySqlGuardTests
{
    private static readonly MySqlDatabase Promoting = MySqlScene.Promoting;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(InstalledMySql.Maria10)]
    [InlineData(InstalledMySql.Maria11)]
    [InlineData(InstalledMySql.MySql)]
    public async Task A_replica_that_follows_closely_passes_every_guard_and_what_is_wrong_with_accounts_and_transactions_is_said(string product)
    {
        await using var primary = await RealMySql.StartAsync(product);
        await using var replica = await primary.ReplicaAsync();

        var guards = await AskAsync(replica, primary, Promoting);

        guards.Select(g => (g.Name, g.Verdict)).ShouldBe([.. ((string[])["reachable", "same-system", "replication", "errant", "lag", "replica-writable", "transactions", "prepared-transactions", "rights", "gtid", "binlog", "version", "semi-sync", "writable", "rehearsal"]).Select(n => (n, GuardVerdict.Passed))], GuardRules.Failures(guards));
        guards.Single(g => g.Name == "rehearsal").Words.ShouldMatch(@"^what db1 writes is on db2 after [0-9]+ ms \(1s allowed\)$");
        guards.Single(g => g.Name == "writable").Words.ShouldBe("db2 is a replica, and will be promoted");
        (await WhyAsync(replica, primary, RealMySql.Settings)).ShouldBe("db2 is a replica, and \"promote: none\" leaves it one");
        (await WhyAsync(replica, null, Promoting)).ShouldBe("db2 is a replica, and none is selected whose place it could take");

        // Accounts with less than what is needed, and one that sees itself alone and would take that for all.
        var missing = product == InstalledMySql.MySql ? "RELOAD, REPLICATION_SLAVE_ADMIN, SYSTEM_VARIABLES_ADMIN, CONNECTION_ADMIN, XA_RECOVER_ADMIN" : "RELOAD, READ ONLY ADMIN, REPLICATION SLAVE ADMIN, CONNECTION ADMIN, SUPER";
        (await WhyAsync(replica, primary, Promoting with { User = "watcher", Promote = Promotion.None })).ShouldBe("db2 is a replica, and \"promote: none\" leaves it one");
        if (product != InstalledMySql.MySql)
        {
            (await WhyAsync(replica, primary, Promoting with { User = "watcher" })).ShouldBe($"can't promote db2: user watcher lacks {missing}; on db2: GRANT {missing} ON *.* TO watcher");
        }

        (await WhyAsync(replica, primary, Promoting with { User = "nobody" })).ShouldNotBeNull().ShouldStartWith("db2 does not tell user nobody what it needs to know; run there: GRANT PROCESS, ");
        (await WhyAsync(replica, primary, Promoting with { Password = new Secret("wrong") })).ShouldBe("db2 does not accept user dbswitch with its password (\"password\" of its switch's \"mysql\")");

        await using (var open = await primary.OpenAsync("app", "orders"))
        {
            await using var begin = new MySqlConnector.MySqlCommand("BEGIN; INSERT INTO written VALUES (50, 1)", open);
            await begin.ExecuteNonQueryAsync(Cancel);
            var opened = await primary.ScalarAsync("SELECT CAST(NOW() AS CHAR)");
            await Until.TrueAsync("the transaction to be a second old", async () => await primary.ScalarAsync($"SELECT NOW() - INTERVAL 1 SECOND > '{opened}'") == "1");
            (await WhyAsync(replica, primary, Promoting with { MaxTransactionAge = TimeSpan.FromMilliseconds(10) })).ShouldNotBeNull().ShouldMatch(@"^a transaction on db1 has been open for [0-9.]+ s and would be lost \(max_transaction_age: 10ms\)$");
        }

        await primary.ExecuteAsync("XA START 'left'; INSERT INTO written VALUES (51, 1); XA END 'left'; XA PREPARE 'left'", "app", "orders");
        (await WhyAsync(replica, primary, Promoting)).ShouldBe("db1 has 1 prepared transaction (XA RECOVER): commit or roll back first");
    }

    [Fact]
    public async Task A_replica_that_is_not_as_it_should_be_is_refused_with_what_to_type()
    {
        await using var primary = await RealMySql.StartAsync(InstalledMySql.Maria11);
        await using var replica = await primary.ReplicaAsync();

        await replica.ExecuteAsync("SET GLOBAL read_only = OFF");
        (await WhyAsync(replica, primary, Promoting)).ShouldBe("db2 is a replica and not read-only: whoever reaches it past the proxies may write there");
        await replica.ExecuteAsync("SET GLOBAL read_only = ON");

        await replica.ExecuteAsync("STOP SLAVE; CHANGE MASTER TO MASTER_DELAY = 30; START SLAVE");
        await replica.FollowsAsync();
        (await WhyAsync(replica, primary, Promoting)).ShouldNotBeNull().ShouldStartWith("db2 keeps transactions back for 30 s on purpose");
        await replica.ExecuteAsync("STOP SLAVE; CHANGE MASTER TO MASTER_DELAY = 0, MASTER_USE_GTID = no; START SLAVE");
        await replica.FollowsAsync();
        (await WhyAsync(replica, primary, Promoting)).ShouldNotBeNull().ShouldBe("db2 replicates by file and position, not by GTID");
        await replica.ExecuteAsync("STOP SLAVE; CHANGE MASTER TO MASTER_USE_GTID = slave_pos; SET GLOBAL replicate_ignore_db = 'other'");
        (await WhyAsync(replica, primary, Promoting)).ShouldNotBeNull().ShouldStartWith("db2 leaves out a part of what db1 writes (Replicate_Ignore_DB=other)");
        await replica.ExecuteAsync("SET GLOBAL replicate_ignore_db = ''");
        (await WhyAsync(replica, primary, Promoting)).ShouldNotBeNull().ShouldStartWith("db2 does not replicate now (receives: No, applies: No)");
        await replica.ExecuteAsync($"CHANGE MASTER 'second' TO MASTER_HOST = '127.0.0.1', MASTER_PORT = 1, MASTER_USER = 'repl', MASTER_PASSWORD = '{RealMySql.ReplicationPassword}'");
        (await WhyAsync(replica, primary, Promoting)).ShouldNotBeNull().ShouldStartWith("db2 replicates over 2 channels");
        await replica.ExecuteAsync("RESET SLAVE 'second' ALL; START SLAVE");
        await replica.FollowsAsync();
        (await WhyAsync(replica, primary, Promoting)).ShouldBeNull();

        // Positions would be equal as soon as the primary writes once.
        await replica.ExecuteAsync("INSERT INTO orders.written VALUES (60, 1)");
        (await WhyAsync(replica, primary, Promoting)).ShouldNotBeNull().ShouldMatch(@"^db2 has transactions that db1 never had \(0-[0-9]+-[0-9]+\): they were written to db2 itself");
    }

    [Fact]
    public async Task An_errant_transaction_of_MySQL_which_goes_on_replicating_is_refused()
    {
        await using var primary = await RealMySql.StartAsync(InstalledMySql.MySql);
        await using var replica = await primary.ReplicaAsync();
        await replica.ExecuteAsync("FLUSH PRIVILEGES");

        (await WhyAsync(replica, primary, Promoting)).ShouldNotBeNull().ShouldMatch("^db2 has transactions that db1 never had \\([0-9a-f-]{36}:1\\): they were written to db2 itself");
    }

    [Fact]
    public async Task An_older_replica_one_without_binary_log_of_what_it_replicates_and_a_foreign_one_are_refused()
    {
        await using var primary = await RealMySql.StartAsync(InstalledMySql.Maria11);
        await using var older = await primary.ReplicaAsync(InstalledMySql.Maria10, "--skip-log-slave-updates");
        await primary.ExecuteAsync("INSERT INTO orders.written VALUES (1, 1)");
        (await WhyAsync(older, primary, Promoting)).ShouldNotBeNull().ShouldSatisfyAllConditions(
            w => w.ShouldMatch(@"db2 is 10\.11\.[0-9]+, older than db1 \(11\.8\.[0-9]+\): db1 could not be its replica"),
            w => w.ShouldContain("db2 can't become a primary that others follow: log_slave_updates is off"));

        await using var foreign = await RealMySql.StartAsync(InstalledMySql.Maria11);
        (await WhyAsync(foreign, primary, Promoting)).ShouldNotBeNull().ShouldMatch(@"^db2 \(primary, .*\) has nothing in common with db1");
    }

    [Fact]
    public async Task One_that_hangs_and_a_present_one_that_is_gone_are_unknown_which_refuses()
    {
        await using var primary = await RealMySql.StartAsync(InstalledMySql.Maria11);
        await using var replica = await primary.ReplicaAsync();
        replica.Freeze();
        (await WhyAsync(replica, primary, Promoting)).ShouldBe($"db2 has not answered at 127.0.0.1:{replica.Port} within 2 s");
        replica.Thaw();
        await primary.KillAsync();
        (await WhyAsync(replica, primary, Promoting)).ShouldBe($"db1 is down (refuses connections at 127.0.0.1:{primary.Port}), so lost commits can't be ruled out");
        (await AskAsync(replica, primary, Promoting)).Single(g => g.Name == "replication").Verdict.ShouldBe(GuardVerdict.Unknown);
    }

    private static async Task<string?> WhyAsync(RealMySql target, RealMySql? present, MySqlDatabase settings) => GuardRules.Failures(await AskAsync(target, present, settings));

    internal static async Task<IReadOnlyList<Guard>> AskAsync(RealMySql target, RealMySql? present, MySqlDatabase settings)
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
