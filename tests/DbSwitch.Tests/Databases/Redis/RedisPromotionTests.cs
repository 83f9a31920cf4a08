using DbSwitch.Databases.Redis;
using DbSwitch.Storage;

namespace DbSwitch.Tests.Databases.Redis;

/// <summary>Switchovers that promote, on real servers.</summary>
public sealed class RedisPromotionTests
{
    [Theory]
    [MemberData(nameof(RedisBinary.All), MemberType = typeof(RedisBinary))]
    public async Task A_switchover_promotes_and_the_old_primary_follows_without_a_whole_copy_and_both_keep_their_roles(string name)
    {
        await using var scene = await RedisScene.StartedAsync(name: name);
        var (copies, others) = (await scene.Db1.FullSyncsAsync(), await scene.Db2.FullSyncsAsync());

        var record = await scene.SwitchAsync("db2");

        record.Report!.Phases.Select(p => p.Phase).ShouldContain(SwitchoverPhase.Database);
        (await scene.Db2.StateAsync()).ShouldBe(("master", "0"));
        await scene.RejoinedAsync(scene.Db1);
        (await scene.Db2.FullSyncsAsync()).ShouldBe(others);
        await using (var client = await RealRedis.OpenAsync(scene.Haproxy.ClientPort))
        {
            (await client.AskAsync(TestContext.Current.CancellationToken, "SET", "after", "switch")).ShouldBe(new RespValue.Text("OK"));
        }

        // Neither needs anybody to tell it what it is.
        await scene.Db2.RestartAsync();
        (await scene.Db2.InfoAsync("role")).ShouldBe("master");
        await scene.Db1.RestartAsync();
        (await scene.Db1.StateAsync()).ShouldBe(("slave", "0"));
        copies.ShouldBe(1);
    }
}
