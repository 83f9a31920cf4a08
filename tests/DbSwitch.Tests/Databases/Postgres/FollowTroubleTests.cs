using DbSwitch.Configuration;
using DbSwitch.Databases;
using Npgsql;

namespace DbSwitch.Tests.Databases.Postgres;

/// <summary><c>promote: follow</c> beside a primary that lets nobody in any more and goes on for those who are: whoever would follow then leaves confirmed rows behind.</summary>
[Trait("Category", "Slow")]
public sealed class FollowTroubleTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Clients_stay_with_a_primary_that_has_no_connection_left_and_confirms_writes_still()
    {
        await using var scene = await PostgresScene.StartedAsync(RealPostgres.Settings with { Promote = Promotion.Follow, User = "watcher" });
        await using var writers = new Writers(scene.Haproxy.ClientPort).Keeping(2);
        await writers.MoreAsync(10);
        var taken = new List<NpgsqlConnection>();
        try
        {
            await Until.TrueAsync("all connections to be taken", async () =>
            {
                scene.Db1.EndSessionsOf("watcher");
                await TakeAllAsync(scene.Db1, taken);
                return scene.Manager.Orders.Snapshot.Targets["db1"].Probe is { Health: not Health.Healthy };
            }, seconds: 30);

            await StaysAsync(scene, writers, "has no connection left for role watcher (");
        }
        finally
        {
            foreach (var connection in taken)
            {
                await connection.DisposeAsync();
            }
        }
    }

    [Fact]
    public async Task Clients_stay_with_a_primary_that_is_being_shut_down_smartly_and_confirms_writes_still()
    {
        await using var scene = await PostgresScene.StartedAsync(RealPostgres.Settings with { Promote = Promotion.Follow, User = "watcher" });
        await using var writers = new Writers(scene.Haproxy.ClientPort).Keeping(2);
        await writers.MoreAsync(10);
        scene.Db1.ShutDownSmartly();

        // One that came in just before goes on like every other.
        await Until.TrueAsync("nobody to be let in any more", () =>
        {
            scene.Db1.EndSessionsOf("watcher");
            return scene.Manager.Orders.Snapshot.Targets["db1"].Probe is { Health: not Health.Healthy };
        }, seconds: 30);

        await StaysAsync(scene, writers, "takes no new connections now (");
    }

    private static async Task StaysAsync(PostgresScene scene, Writers writers, string why)
    {
        await scene.Db2.ExecuteAsync("SELECT pg_promote()");
        await Until.TrueAsync("it to be said", () => scene.Manager.Orders.Snapshot.DatabaseProblem?.StartsWith($"db2 is the primary now, and whether db1 still takes writes is not known ({why}", StringComparison.Ordinal) == true, seconds: 20);
        await writers.MoreAsync(20);
        scene.Manager.Orders.Snapshot.Selection!.Target.ShouldBe("db1");
        writers.FailedStatements.ShouldBeEmpty();
        await writers.StopAsync();
    }

    private static async Task TakeAllAsync(RealPostgres server, List<NpgsqlConnection> taken)
    {
        while (true)
        {
            var connection = server.Connection("app", "orders");
            try
            {
                await connection.OpenAsync(Cancel);
                taken.Add(connection);
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.TooManyConnections)
            {
                await connection.DisposeAsync();
                return;
            }
        }
    }
}
