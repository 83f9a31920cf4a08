using DbSwitch.Configuration;
using DbSwitch.Gates;
using DbSwitch.Storage;
using DbSwitch.Switching.Outcomes;
using DbSwitch.Tests.Databases.Postgres;

namespace DbSwitch.Tests.Gates;

/// <summary>Several PgBouncers that share one port: by that port nobody knows which one hears PAUSE, and which one RESUME.</summary>
public sealed class SharedPortTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task By_the_port_they_share_they_are_refused_and_never_paused()
    {
        await using var first = new RealPgBouncer();
        await using var scene = await PostgresScene.StartedAsync(RealPostgres.Settings with { Promote = Promotion.Self }, gates: first.Gate);
        await first.StartAsync(scene.Haproxy.ClientPort, "so_reuseport = 1", first.SocketFolder);
        await using var second = new RealPgBouncer { Port = first.Port };
        await second.StartAsync(scene.Haproxy.ClientPort, "so_reuseport = 1", second.SocketFolder);

        (await scene.Manager.SelectAsync("db2")).ShouldBeOfType<SwitchoverOutcome.Refused>().Message.ShouldStartWith("Refused: gate pool shares its port with other PgBouncer processes (so_reuseport = 1)");
        var forced = (await scene.Manager.SelectAsync("db2", force: true)).ShouldBeOfType<SwitchoverOutcome.Ended>().Record;

        forced.Result.ShouldBe(SwitchoverResult.Succeeded, forced.Message);
        forced.Report!.Notes.ShouldContain(n => n.Contains("so_reuseport", StringComparison.Ordinal));
        foreach (var pool in (RealPgBouncer[])[first, second])
        {
            (await pool.LookAsync(pool.SocketGate)).Facts!.Paused.ShouldBeFalse();
        }
    }

    [Fact]
    public async Task By_its_own_socket_each_is_paused_and_resumed()
    {
        await using var first = new RealPgBouncer();
        await using var second = new RealPgBouncer { Port = first.Port };
        await using var scene = await PostgresScene.StartedAsync(RealPostgres.Settings with { Promote = Promotion.Self }, gates: [first.SocketGate, second.SocketGate with { Name = "pool-2" }]);
        await first.StartAsync(scene.Haproxy.ClientPort, "so_reuseport = 1", first.SocketFolder);
        await second.StartAsync(scene.Haproxy.ClientPort, "so_reuseport = 1", second.SocketFolder);
        await using var writers = new Writers(first.Port, password: RealPgBouncer.Password).Keeping(6);
        await writers.MoreAsync(50);

        await scene.SwitchAsync("db2");

        await writers.MoreAsync(50);
        await writers.StopAsync();
        writers.FailedStatements.ShouldBeEmpty();
        await writers.AllAreInAsync(scene.Db2);
    }

    [Fact]
    public async Task Not_paused_after_a_pause_of_ours_is_looked_into()
    {
        await using var server = await RealPostgres.StartAsync();
        await using var pool = new RealPgBouncer();
        await pool.StartAsync(server.Port);
        await using var gate = new Gate(pool.Gate, TimeProvider.System);
        await gate.PauseAsync(TimeSpan.FromSeconds(5), Cancel);
        await pool.CommandAsync("RESUME orders");

        // By hand, and it is the only process.
        await gate.ResumeAsync(Cancel);

        await gate.PauseAsync(TimeSpan.FromSeconds(5), Cancel);
        await pool.CommandAsync("RESUME orders");
        await pool.KillAsync();
        await pool.StartAsync(server.Port, "so_reuseport = 1");
        (await Should.ThrowAsync<GateException>(() => gate.ResumeAsync(Cancel))).Message.ShouldStartWith("says that it is not paused, though it was told to pause: shares its port");
    }
}
