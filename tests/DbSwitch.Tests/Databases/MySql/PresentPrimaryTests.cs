using System.Net;
using DbSwitch.Databases;
using DbSwitch.Databases.MySql;

namespace DbSwitch.Tests.Databases.MySql;

/// <summary>A present primary that is not as one expects it: it is closed nevertheless, or nothing is begun, and undone it is as it was.</summary>
public sealed class PresentPrimaryTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private static Closure By { get; } = new("m1", "orders", 1, 2, "db2", new IPEndPoint(IPAddress.Loopback, 3306));

    [Fact]
    public async Task One_that_takes_writes_and_still_has_a_channel_is_not_taken_for_a_replica()
    {
        await using var primary = await RealMySql.StartAsync(InstalledMySql.Maria11);
        await using var replica = await primary.ReplicaAsync();
        await primary.ExecuteAsync("CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = 1, MASTER_USER = 'repl', MASTER_PASSWORD = 'x'; RESET SLAVE");
        const string Words = "db1 takes writes and has a replication channel from 127.0.0.1:1, which does not run: it would not be closed, and what is written to it would be lost";

        GuardRules.Failures(await MySqlGuardTests.AskAsync(replica, primary, MySqlScene.Promoting)).ShouldBe(Words);
        foreach (var force in (bool[])[false, true])
        {
            await using var refused = PromotionOf(primary, replica, force);
            (await Should.ThrowAsync<DatabaseException>(() => refused.PrepareAsync(By, Cancel))).Message.ShouldBe($"{Words}. If it is to follow nobody any more, on db1: RESET SLAVE ALL;");
        }

        // One that takes no writes may be passed over, but not what it has.
        await replica.ExecuteAsync("STOP SLAVE SQL_THREAD");
        await primary.ExecuteAsync("INSERT INTO orders.written VALUES (1, 1); SET GLOBAL read_only = ON");
        await using (var behind = PromotionOf(primary, replica))
        {
            await behind.PrepareAsync(By, Cancel);
            (await Should.ThrowAsync<DatabaseException>(() => behind.QuietAsync(By, Cancel))).Message.ShouldStartWith("db2 does not apply any more what it receives");
        }

        await replica.ExecuteAsync("START SLAVE SQL_THREAD");
        await using (var caughtUp = PromotionOf(primary, replica))
        {
            await caughtUp.PrepareAsync(By, Cancel);
            await caughtUp.QuietAsync(By, Cancel);
            (await replica.ScalarAsync("SELECT COUNT(*) FROM orders.written")).ShouldBe("1");
        }

        await primary.ExecuteAsync("SET GLOBAL read_only = OFF; RESET SLAVE ALL");
        await using var promotion = PromotionOf(primary, replica);
        await promotion.PrepareAsync(By, Cancel);
        await promotion.QuietAsync(By, Cancel);
        (await primary.ScalarAsync("SELECT @@global.read_only")).ShouldBe("1");
        await promotion.UndoAsync(By, Cancel);
    }

    [Fact]
    public async Task Of_two_that_close_it_at_once_one_goes_on()
    {
        await using var primary = await RealMySql.StartAsync(InstalledMySql.Maria11, "--wait-timeout=1");
        await using var replica = await primary.ReplicaAsync();
        var theirs = By with { Manager = "m2" };
        await using var ours = PromotionOf(primary, replica);
        await ours.PrepareAsync(By, Cancel);
        await using (var another = PromotionOf(primary, replica))
        {
            await another.PrepareAsync(theirs, Cancel);
            await another.QuietAsync(theirs, Cancel);
            (await Should.ThrowAsync<DatabaseException>(() => ours.QuietAsync(By, Cancel))).Message.ShouldBe("db1 was closed meanwhile by dbswitch (switch orders, generation 2, manager m2), since db2 (127.0.0.1:3306) was to take its place");
            await another.UndoAsync(theirs, Cancel);
        }

        // Both have asked before either has noted.
        await using var one = await OldPrimary.OpenAsync(primary.Target("db1", MySqlScene.Promoting), Address(primary), TimeProvider.System, Cancel);
        await using var other = await OldPrimary.OpenAsync(primary.Target("db1", MySqlScene.Promoting), Address(primary), TimeProvider.System, Cancel);
        await one.NoteAsync(By, Cancel);
        await other.NoteAsync(theirs, Cancel);
        await other.ExpectOursAsync(theirs, Cancel);
        (await Should.ThrowAsync<DatabaseException>(() => one.ExpectOursAsync(By, Cancel))).Message.ShouldStartWith("was closed meanwhile by dbswitch (switch orders, generation 2, manager m2) too");

        // While clients leave these sessions are idle.
        (await one.Session.ScalarAsync("SELECT @@session.wait_timeout", Cancel)).ShouldBe("28800");

        await primary.FollowAsync(replica.Port, waits: false);
        (await Should.ThrowAsync<DatabaseException>(() => one.NoteAsync(By, Cancel))).Message.ShouldBe("is a replica now: somebody has made it one meanwhile");
    }

    [Theory]
    [InlineData(InstalledMySql.Maria11)]
    [InlineData(InstalledMySql.MySql)]
    public async Task One_that_was_read_only_before_is_so_after_the_undo_and_closed_by_nobody(string product)
    {
        await using var primary = await RealMySql.StartAsync(product, "--event-scheduler=ON");
        await using var replica = await primary.ReplicaAsync();
        await using (var first = PromotionOf(primary, replica))
        {
            // Which makes the table of the note.
            (await first.RehearseAsync(By, Cancel)).ShouldAllBe(g => g.Verdict == GuardVerdict.Passed);
        }

        await primary.ExecuteAsync("SET GLOBAL read_only = ON");
        await using var promotion = PromotionOf(primary, replica);
        await promotion.PrepareAsync(By, Cancel);
        await promotion.QuietAsync(By, Cancel);
        (await AskAsync(primary)).Closed.ShouldBeTrue();

        await promotion.UndoAsync(By, Cancel);

        (await AskAsync(primary)).ShouldSatisfyAllConditions(f => f.Closed.ShouldBeFalse(), f => f.NotedBy.ShouldBeNull(), f => f.ReadOnly.ShouldBeTrue(), f => f.SuperReadOnly.ShouldBeFalse());
        (await primary.ScalarAsync("SELECT @@global.event_scheduler")).ShouldBe("ON");
        if (!primary.IsMariaDb)
        {
            (await primary.ScalarAsync("SELECT COUNT(*) FROM performance_schema.persisted_variables")).ShouldBe("0");
        }
    }

    [Fact]
    public async Task A_new_one_whose_event_scheduler_is_off_for_good_is_promoted_and_it_is_said()
    {
        await using var primary = await RealMySql.StartAsync(InstalledMySql.Maria11, "--event-scheduler=ON");
        await using var replica = await primary.ReplicaAsync(options: "--event-scheduler=DISABLED");
        await using var promotion = PromotionOf(primary, replica);
        await promotion.PrepareAsync(By, Cancel);
        await promotion.QuietAsync(By, Cancel);

        await promotion.FinishAsync(By, Cancel);

        await replica.ExecuteAsync("INSERT INTO orders.written VALUES (1, 1)", "app");
        promotion.Notes.ShouldContain(n => n.StartsWith("! No events run on db2: it says: ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("8.0.22", "8.0.22", "db2 is MySQL 8.0.22, and \"promote: self\" needs 8.0.23: it does not know CHANGE REPLICATION SOURCE TO")]
    [InlineData("8.0.23", "5.7.44", "db1 is MySQL 5.7.44, and \"promote: self\" needs 8.0.23: it does not know CHANGE REPLICATION SOURCE TO")]
    [InlineData("8.0.23", "8.0.23", null)]
    public void A_MySQL_that_does_not_know_the_statements_is_refused(string target, string present, string? why)
    {
        var facts = new MySqlFacts(false, present, "a", 1, false) { Gtids = "a:1", Replicas = ["db2"] };
        var replica = new MySqlFacts(false, target, "b", 2, true) { Gtids = "a:1", Upstreams = [new MySqlUpstream("", "db1", 3306, "Yes", "Yes") { SourceUuid = "a", UsesGtid = true }] };

        GuardRules.Failures(MySqlGuards.Of(new GuardQuestion(State("db2"), Seen(replica), State("db1"), Seen(facts)))).ShouldBe(why);

        static TargetState State(string name) => new(new DbSwitch.Configuration.TargetConfiguration(name, new HaproxyRuntime.HostPort("127.0.0.1", 3306)) { Database = MySqlScene.Promoting }, MySqlKind.Instance, TimeProvider.System);
        static Probe Seen(MySqlFacts facts) => new(Health.Healthy, null, TimeSpan.Zero, DateTimeOffset.UnixEpoch) { Facts = facts };
    }

    private static IPEndPoint Address(RealMySql server) => new(IPAddress.Loopback, server.Port);

    private static MySqlPromotion PromotionOf(RealMySql primary, RealMySql replica, bool force = false) =>
        new(primary.Target("db1", MySqlScene.Promoting), Address(primary), replica.Target("db2", MySqlScene.Promoting), Address(replica), force, TimeProvider.System);

    private static async Task<MySqlFacts> AskAsync(RealMySql server)
    {
        await using var state = new TargetState(server.Target("db1", MySqlScene.Promoting), MySqlKind.Instance, TimeProvider.System);
        var probe = await state.AskAsync(Address(server), true, TimeSpan.FromSeconds(10), Cancel);
        return probe.Facts.ShouldBeOfType<MySqlFacts>(probe.Reason);
    }
}
