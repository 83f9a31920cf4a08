using DbSwitch.Configuration;
using DbSwitch.Databases.Redis;
using DbSwitch.Storage;

namespace DbSwitch.Tests.Databases.Redis;

/// <summary>A primary that lost its data by being started again looks healthy. Clients are not left there, and not sent there.</summary>
public sealed class RedisEmptyTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Promotion.Self)]
    [InlineData(Promotion.None)]
    public async Task A_selected_one_that_comes_back_empty_is_left_until_a_person_decides(Promotion promote)
    {
        await using var scene = await RedisScene.StartedAsync(RealRedis.Settings with { Promote = promote });
        await SeenAsync(scene);

        await scene.Db1.RestartAsync();

        // What clients have written to it meanwhile does not make it what it was.
        await scene.Db1.DoAsync("SET", "new", "1");
        await Until.TrueAsync("none to be selected", () => scene.Manager.Orders.Snapshot.Selection is { Target: null, By: "dbswitch" }, seconds: 15);
        await Until.TrueAsync("it to be said", () => scene.Manager.Orders.Snapshot.DatabaseProblem is not null);
        scene.Manager.Orders.Snapshot.DatabaseProblem.ShouldNotBeNull().ShouldMatch(@"^db1 was started again and came back without its data \(10 keys before, [01] keys? now\): none is selected, and clients wait\. .* If it may be empty: dbswitch select db1$");

        await scene.SwitchAsync("db1");
        await scene.Manager.SettledAsync("db1");
        await Until.TrueAsync("it to be said no more", () => scene.Manager.Orders.Snapshot.DatabaseProblem is null);
        (await scene.Manager.Store.HistoryAsync("orders", 2, Cancel)).Select(r => (r.From, r.To, r.Result)).ShouldBe([(null, "db1", SwitchoverResult.Succeeded), ("db1", null, SwitchoverResult.Succeeded)]);
    }

    [Fact]
    public async Task One_that_comes_back_with_its_data_or_that_may_be_empty_stays_selected()
    {
        await using var scene = await RedisScene.StartedAsync(RealRedis.Settings with { OnEmpty = OnEmpty.Serve });
        await SeenAsync(scene);
        await scene.Db1.RestartAsync();
        await Until.TrueAsync("the manager to see it empty", () => scene.Manager.Orders.Snapshot.Targets["db1"].Probe?.Facts is RedisFacts { Keys: 0 });
        await Until.TrueAsync("two more looks", LooksAsync(scene, 2));
        scene.Manager.Orders.Snapshot.Selection!.Target.ShouldBe("db1");

        await using var saving = await RedisScene.StartedAsync(more: ["appendonly yes", "appendfsync always"]);
        await SeenAsync(saving);
        var before = await saving.Db1.InfoAsync("run_id");
        await saving.Db1.RestartAsync();
        await Until.TrueAsync("the manager to see it", () => saving.Manager.Orders.Snapshot.Targets["db1"].Probe?.Facts is RedisFacts { Keys: 10 } facts && facts.RunId != before);
        await Until.TrueAsync("two more looks", LooksAsync(saving, 2));
        saving.Manager.Orders.Snapshot.Selection!.Target.ShouldBe("db1");
    }

    [Fact]
    public async Task One_that_a_person_has_wiped_and_selected_again_stays_selected()
    {
        await using var scene = await RedisScene.StartedAsync();
        await SeenAsync(scene);
        (await scene.Manager.SelectAsync(null)).ShouldBeOfType<DbSwitch.Switching.Outcomes.SwitchoverOutcome.Ended>().Record.Result.ShouldBe(SwitchoverResult.Succeeded);
        await scene.Db1.RestartAsync();
        (await scene.Db1.TextAsync("DBSIZE")).ShouldBe("0");

        await scene.SwitchAsync("db1");

        await Until.TrueAsync("two more looks", LooksAsync(scene, 2));
        scene.Manager.Orders.Snapshot.Selection!.Target.ShouldBe("db1");
    }

    [Fact]
    public void What_lost_its_data_is_told_from_what_was_emptied_and_from_what_has_loaded_it()
    {
        var before = new RedisFacts("Redis", "7.0.15", "run1", false, "id1", 500, 10);
        var after = new RedisFacts("Redis", "7.0.15", "run2", false, "id2", 0, 0) { LoadedKeys = 0 };

        after.CameBackEmpty(before).ShouldBeTrue();
        (after with { Keys = 50 }).CameBackEmpty(before).ShouldBeTrue("clients were faster");
        (after with { Keys = 4, LoadedKeys = null }).CameBackEmpty(before).ShouldBeTrue("a version that does not say what it loaded");
        (after with { Keys = 10, LoadedKeys = 10 }).CameBackEmpty(before).ShouldBeFalse("it has loaded its snapshot");
        (after with { Keys = 10, Appends = true }).CameBackEmpty(before).ShouldBeFalse("it has loaded its log");
        (after with { RunId = "run1" }).CameBackEmpty(before).ShouldBeFalse("FLUSHALL is somebody's will");
        (after with { FormerReplId = "id1", FormerEnd = 501 }).CameBackEmpty(before).ShouldBeFalse("it goes on where it was");
        (after with { FormerReplId = "id1", FormerEnd = 20, Keys = 1, LoadedKeys = 1 }).CameBackEmpty(before).ShouldBeTrue("its snapshot is of when it had nearly nothing");
        (after with { Keys = 2, LoadedKeys = 2, ExpiredKeys = 8 }).CameBackEmpty(before).ShouldBeFalse("the others have expired while it was down");
        (after with { ExpiredKeys = 10 }).CameBackEmpty(before).ShouldBeFalse("all have expired while it was down");
        (after with { Keys = 1, LoadedKeys = 1, ExpiredKeys = 1 }).CameBackEmpty(before).ShouldBeTrue("nearly nothing was there to expire");
        RedisQuestion.Read(new RedisInfo("role:master\r\nredis_version:7.0.15\r\nrun_id:a\r\nmaster_replid:b\r\nrdb_last_load_keys_expired:3\r\n")).ExpiredKeys.ShouldBe(3);
        (after with { Loading = true }).CameBackEmpty(before).ShouldBeFalse("it has not loaded all of it yet");
        after.CameBackEmpty(before with { Keys = 0 }).ShouldBeFalse("it was empty before");
        new RedisFacts("Redis", "7.0.15", "run3", false, "id3", 600, 0) { FormerReplId = "id1", FormerEnd = 501 }.Succeeds(before).ShouldBeFalse("nobody follows to an empty one");
    }

    private static Task SeenAsync(RedisScene scene) => Until.TrueAsync("the manager to know what it has", () => scene.Manager.Orders.Snapshot.Targets["db1"].Probe?.Facts is RedisFacts { Keys: 10 });

    private static Func<bool> LooksAsync(RedisScene scene, int looks)
    {
        DateTimeOffset? last = null;
        return () =>
        {
            var at = scene.Manager.Orders.Snapshot.Targets["db1"].Probe?.At;
            if (at != last)
            {
                (last, looks) = (at, looks - 1);
            }

            return looks < 0;
        };
    }
}
