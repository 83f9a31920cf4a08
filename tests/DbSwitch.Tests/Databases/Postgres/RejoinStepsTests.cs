using DbSwitch.Configuration;
using DbSwitch.Databases;
using DbSwitch.Databases.Postgres;
using DbSwitch.Judging;
using HaproxyRuntime;

namespace DbSwitch.Tests.Databases.Postgres;

/// <summary>What is to be done with an old primary is said until it is done, can be pasted, and works: on real servers.</summary>
public sealed class RejoinStepsTests
{
    private static readonly PostgresDatabase Promoting = RealPostgres.Settings with { Promote = Promotion.Self };

    [Fact]
    public async Task After_a_planned_switch_the_steps_are_shown_until_they_are_pasted()
    {
        await using var scene = await PostgresScene.StartedAsync(Promoting);
        await scene.SwitchAsync("db2");

        // At no moment is it said that all is well: what was seen before the switchover is not shown as what is.
        scene.Manager.Orders.Snapshot.Targets["db1"].Probe?.Facts.ShouldBeOfType<PostgresFacts>().Closed.ShouldBeTrue();
        var finding = await FindingAsync(scene, "not-rejoined");
        await scene.Db1.PasteAndStartAsync(finding.Steps);

        await Until.TrueAsync("nothing to be left to do", () => Findings(scene).Count == 0, seconds: 30);
        (await scene.SwitchAsync("db1")).To.ShouldBe("db1");
    }

    [Fact]
    public async Task An_old_primary_that_was_killed_and_comes_back_as_one_is_found_and_the_same_steps_bring_it_back()
    {
        await using var scene = await PostgresScene.StartedAsync(Promoting);
        await Until.TrueAsync("db1 to have been asked once", () => scene.Manager.Orders.Snapshot.Targets["db1"].Known is not null);
        await scene.Db1.KillAsync();
        await FindingAsync(scene, "selected-down");
        ClientExperience.Of(scene.Manager.Orders.Snapshot).Sentence.ShouldStartWith("Clients get no answer: db1 is down (refuses connections");
        (await scene.Manager.SelectAsync("db2", force: true)).Message.ShouldContain("db2 is selected");
        var down = await FindingAsync(scene, "target-down");
        down.Remedy.ShouldBe("Before you start db1 again, rewind it (steps below); do not let it start as a primary");

        await scene.Db1.StartServerAsync();
        var two = await FindingAsync(scene, "two-primaries");
        two.Steps.ShouldBe(down.Steps);

        await scene.Db1.PasteAndStartAsync(two.Steps);
        await Until.TrueAsync("nothing to be left to do", () => Findings(scene).Count == 0, seconds: 30);
    }

    [Fact]
    public void A_server_of_Debian_is_stopped_and_started_as_Debian_does_and_its_tools_are_found()
    {
        var old = new PostgresFacts("7", "15.18 (Debian 15.18-0+deb12u1)", false, 1, 0, false, true) { ClosedBy = new Closure("m", "orders", 1, 2, "db2", null), DataDirectory = "/var/lib/postgresql/15/main", ConfigurationFile = "/etc/postgresql/15/main/postgresql.conf" };
        var now = old with { ReplicationUser = "replicator" };

        var steps = PostgresRejoin.Steps("db1", old, new TargetConfiguration("db2", new HostPort("db2.example", 5432)) { Database = Promoting }, new HostPort("db2.example", 5432), now);

        steps.Where(s => s[0] != '#').ShouldBe(
        [
            "psql 'host=db2.example port=5432 user=dbswitch dbname=postgres' -c CHECKPOINT",
            "pg_ctlcluster 15 main stop -m fast",
            "(umask 077; tar -C /var/lib/postgresql/15/main -cf ~/db1-configuration.tar postgresql.auto.conf)",
            "/usr/lib/postgresql/15/bin/pg_rewind --target-pgdata=/var/lib/postgresql/15/main --source-server='host=db2.example port=5432 user=dbswitch dbname=postgres' --config-file=/etc/postgresql/15/main/postgresql.conf",
            "tar -C /var/lib/postgresql/15/main -xf ~/db1-configuration.tar",
            "echo \"primary_conninfo = 'host=db2.example port=5432 user=replicator'\" >> /var/lib/postgresql/15/main/postgresql.auto.conf",
            "touch /var/lib/postgresql/15/main/standby.signal",
            "pg_ctlcluster 15 main start",
        ]);
    }

    private static IReadOnlyList<SwitchFinding> Findings(PostgresScene scene) => SwitchJudge.FindingsOf(scene.Manager.Orders.Snapshot, _ => null);

    private static async Task<SwitchFinding> FindingAsync(PostgresScene scene, string code)
    {
        await Until.TrueAsync($"{code} to be found", () => Findings(scene).Any(f => f.Code == code), seconds: 20);
        return Findings(scene).First(f => f.Code == code);
    }
}
