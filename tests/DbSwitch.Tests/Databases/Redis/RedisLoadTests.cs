using System.Globalization;
using DbSwitch.Storage;

namespace DbSwitch.Tests.Databases.Redis;

/// <summary>Back and forth under clients that write in every way: what was confirmed is there, and no new connection fails.</summary>
[Trait("Category", "Slow")]
public sealed class RedisLoadTests
{
    [Theory]
    [MemberData(nameof(RedisBinary.All), MemberType = typeof(RedisBinary))]
    public async Task Back_and_forth_nothing_is_lost_nothing_is_done_twice_and_no_whole_copy_is_needed(string name)
    {
        var switches = int.Parse(Environment.GetEnvironmentVariable("DBSWITCH_REDIS_SWITCHES") ?? "10", CultureInfo.InvariantCulture);
        await using var scene = await RedisScene.StartedAsync(name: name);
        await using var writers = new RedisWriters(scene.Haproxy.ClientPort).Reconnecting(4).Keeping();
        var (present, other) = ("db1", "db2");
        var phases = new List<double>();
        await writers.MoreAsync(100);
        var copies = (await scene.Db1.FullSyncsAsync(), await scene.Db2.FullSyncsAsync());
        for (var i = 0; i < switches; i++)
        {
            await writers.MoreAsync(100);
            var record = await scene.SwitchAsync(other);
            phases.Add(record.Report!.Phases.Where(p => p.Phase == SwitchoverPhase.Database).Sum(p => p.Took.TotalMilliseconds));
            await scene.RejoinedAsync(scene.Of(present));
            (present, other) = (other, present);
        }

        await writers.MoreAsync(100);
        await writers.StopAsync();
        phases.Sort();
        TestContext.Current.TestOutputHelper?.WriteLine($"{name}: {writers.Confirmed} writes, {switches} switches, databases: median {phases[phases.Count / 2]:0.0} ms, most {phases[^1]:0.0} ms");
        writers.FailedConnections.ShouldBeEmpty();
        await writers.AllAreInAsync(scene.Of(present));
        (await scene.Db1.FullSyncsAsync(), await scene.Db2.FullSyncsAsync()).ShouldBe(copies);
    }
}
