using DbSwitch.Configuration;
using DbSwitch.Databases.Postgres;
using DbSwitch.Storage;
using DbSwitch.Switching.Outcomes;

namespace DbSwitch.Tests.Databases.Postgres;

/// <summary>A switchover that was committed and can't promote: whatever a person types next is done, or refused in a sentence that says what to type.</summary>
[Trait("Category", "Slow")]
public sealed class UnfinishedPromotionTests
{
    private static readonly PostgresDatabase Promoting = RealPostgres.Settings with { Promote = Promotion.Self };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Back_to_the_old_one_is_an_ordinary_selection_while_the_new_one_is_a_replica(bool restarted)
    {
        await using var scene = await StuckAsync(restarted, scene => scene.Db2.FreezeReplay());

        await scene.SwitchAsync("db1");

        scene.Manager.Orders.Snapshot.DatabaseProblem.ShouldBeNull();
        await using var writers = new Writers(scene.Haproxy.ClientPort, first: 10).Reconnecting(1);
        await writers.MoreAsync(5);
        await writers.StopAsync();
        await writers.AllAreInAsync(scene.Db1);
        (await HistoryAsync(scene)).ShouldBe([("db2", "db1", SwitchoverResult.Succeeded), ("db1", "db2", SwitchoverResult.Partial)]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task To_none_and_from_there_to_the_old_one(bool restarted)
    {
        await using var scene = await StuckAsync(restarted, scene => scene.Db2.Kill());

        await SelectAsync(scene, null);
        scene.Manager.Orders.Snapshot.DatabaseProblem.ShouldBeNull();
        (await scene.Manager.SelectAsync("db1")).ShouldBeOfType<SwitchoverOutcome.Refused>().Message.ShouldStartWith("Refused: db1 is closed to clients by dbswitch");
        await SelectAsync(scene, "db1", force: true);

        await using var writers = new Writers(scene.Haproxy.ClientPort, first: 10).Reconnecting(1);
        await writers.MoreAsync(5);
        await writers.StopAsync();
        await writers.AllAreInAsync(scene.Db1);
    }

    [Fact]
    public async Task Back_to_the_old_one_when_the_new_one_is_gone_takes_a_word_more()
    {
        await using var scene = await StuckAsync(false, scene => scene.Db2.Kill());

        (await scene.Manager.SelectAsync("db1")).ShouldBeOfType<SwitchoverOutcome.Refused>().Message.ShouldEndWith("If db2 is surely dead: dbswitch select db1 --force");
        await SelectAsync(scene, "db1", force: true);

        await using var writers = new Writers(scene.Haproxy.ClientPort, first: 10).Reconnecting(1);
        await writers.MoreAsync(5);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Where_the_role_may_not_promote_any_more_none_can_be_selected_and_what_it_can_not_open_is_not_begun(bool restarted)
    {
        await using var scene = await StuckAsync(restarted, TakeRights);
        // It is let in no more where only a superuser is; the session that was open hears it from the function.
        scene.Manager.Orders.Snapshot.DatabaseProblem.ShouldNotBeNull().ShouldMatch("permission denied for function pg_promote|db2 has no connection left for role dbswitch");
        foreach (var force in (bool[])[false, true])
        {
            (await scene.Manager.SelectAsync("db1", force: force)).ShouldBeOfType<SwitchoverOutcome.Refused>().Message.ShouldStartWith("Refused: db1 has no connection left for role dbswitch (too many connections for database");
        }

        await SelectAsync(scene, null);
        await scene.Db1.ExecuteAsync("ALTER ROLE dbswitch SUPERUSER");
        await SelectAsync(scene, "db1", force: true);

        await using var writers = new Writers(scene.Haproxy.ClientPort, first: 10).Reconnecting(1);
        await writers.MoreAsync(5);
    }

    private static void TakeRights(PostgresScene scene) => Task.Run(async () =>
    {
        await scene.Db1.ExecuteAsync("ALTER ROLE dbswitch NOSUPERUSER; GRANT pg_monitor TO dbswitch");
        await Until.TrueAsync("the replica to know", async () => !await scene.Db2.ScalarAsync<bool>("SELECT rolsuper FROM pg_roles WHERE rolname = 'dbswitch'"));
    }).GetAwaiter().GetResult();

    /// <summary>db2 is selected, nobody is served, and it can't be promoted.</summary>
    private static async Task<PostgresScene> StuckAsync(bool restarted, Action<PostgresScene> happens)
    {
        var scene = await PostgresScene.StartedAsync(Promoting);
        try
        {
            // The second time that the databases have their turn is after the commit.
            scene.OnceIn(SwitchoverPhase.Database, 2, () => happens(scene));
            var ended = (await scene.Manager.SelectAsync("db2")).ShouldBeOfType<SwitchoverOutcome.Ended>().Record;
            ended.Result.ShouldBe(SwitchoverResult.Partial, ended.Message);
            ended.Message.ShouldStartWith("orders: db2 is selected, and no client is let in before its database is promoted (");
            ended.Message.ShouldEndWith("To give it up: dbswitch select db1 (it is opened again while db2 is a replica), or dbswitch select --none.");
            if (restarted)
            {
                await scene.Manager.EndAsync();
                await scene.Manager.StartAsync();
                await Until.TrueAsync("the trouble to be told", () => scene.Manager.Orders.Snapshot.DatabaseProblem is not null, seconds: 30);
            }

            return scene;
        }
        catch
        {
            await scene.DisposeAsync();
            throw;
        }
    }

    private static async Task SelectAsync(PostgresScene scene, string? target, bool force = false)
    {
        var outcome = await scene.Manager.SelectAsync(target, force: force);
        outcome.ShouldBeOfType<SwitchoverOutcome.Ended>(outcome.Message).Record.Result.ShouldBe(SwitchoverResult.Succeeded, outcome.Message);
    }

    private static async Task<IEnumerable<(string?, string?, SwitchoverResult)>> HistoryAsync(PostgresScene scene) =>
        (await scene.Manager.Store.HistoryAsync("orders", 2, TestContext.Current.CancellationToken)).Select(r => (r.From, r.To, r.Result));
}
