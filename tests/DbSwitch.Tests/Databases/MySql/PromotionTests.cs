using System.Globalization;
using DbSwitch.Storage;

namespace DbSwitch.Tests.Databases.MySql;

/// <summary>Switchovers that promote, on real servers and under real clients: whatever was confirmed is there afterwards, no new connection fails, and the old primary follows by itself.</summary>
public sealed class PromotionTests
{
    [Theory]
    [InlineData(InstalledMySql.Maria10, 4)]
    [InlineData(InstalledMySql.Maria11, 2)]
    [InlineData(InstalledMySql.MySql, 4)]
    [Trait("Category", "Slow")]
    public async Task Back_and_forth_under_load_nothing_is_lost_and_no_hand_is_needed(string product, int switches)
    {
        switches = int.Parse(Environment.GetEnvironmentVariable("DBSWITCH_PROMOTIONS") ?? switches.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        await using var scene = await MySqlScene.StartedAsync(product);
        await using var writers = new MySqlWriters(scene.Haproxy.ClientPort).Reconnecting(5).Keeping(3);
        for (var i = 0; i < switches; i++)
        {
            var (present, other) = i % 2 == 0 ? ("db1", "db2") : ("db2", "db1");
            await writers.MoreAsync(50);
            var record = await scene.SwitchAsync(other);
            TestContext.Current.TestOutputHelper?.WriteLine($"{record.Message} {string.Join(", ", record.Report!.Phases.Select(p => $"{p.Phase} {p.Took.TotalMilliseconds:0}"))} {string.Join(' ', record.Report.Notes)}");
            record.Report!.Phases.Select(p => p.Phase).ShouldContain(SwitchoverPhase.Database);
            await scene.RejoinedAsync(present);
        }

        await writers.MoreAsync(50);
        await writers.StopAsync();
        writers.FailedConnections.ShouldBeEmpty(scene.BrokenSessions);
        writers.FailedStatements.Count.ShouldBeLessThanOrEqualTo(writers.Sessions * switches);
        var (last, replica) = switches % 2 == 0 ? (scene.Db1, scene.Db2) : (scene.Db2, scene.Db1);
        await writers.AllAreInAsync(last);
        var sums = await ChecksumsAsync(last);
        await Until.TrueAsync("the replica to have all of it", async () => await ChecksumsAsync(replica) == sums);
    }

    private static async Task<string> ChecksumsAsync(RealMySql server) =>
        await server.ScalarAsync("SELECT CONCAT(COUNT(*), ' ', COALESCE(SUM(CRC32(CONCAT(writer, '-', number))), 0)) FROM orders.written");
}
