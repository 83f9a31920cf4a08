using DbSwitch.Configuration;
using DbSwitch.Databases.Postgres;
using DbSwitch.Storage;
using DbSwitch.Switching.Outcomes;

namespace DbSwitch.Tests.Databases.Postgres;

/// <summary><c>promote: hook</c>: a program of the operator's does what is done to the databases.</summary>
public sealed class HookTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dbsw-hook-").FullName;

    [Fact]
    public async Task The_hook_is_called_for_each_step_and_what_it_says_is_verified()
    {
        await using var scene = await PostgresScene.StartedAsync(Hook("case $1 in promote) psql -h 127.0.0.1 -p ${DBSWITCH_TO_ADDRESS##*:} -U postgres -qAtc 'SELECT pg_promote()' ;; esac"));
        await using var writers = new Writers(scene.Haproxy.ClientPort).Reconnecting(2);
        await writers.MoreAsync(10);
        await scene.SwitchAsync("db2");
        await writers.MoreAsync(10);
        await writers.StopAsync();
        Calls().ShouldBe([$"quiet db1 127.0.0.1:{scene.Db1.Port} db2 127.0.0.1:{scene.Db2.Port} 0", $"promote db1 127.0.0.1:{scene.Db1.Port} db2 127.0.0.1:{scene.Db2.Port} 0"]);
        (await PostgresProbeTests.FactsAsync(scene.Db2)).IsReplica.ShouldBeFalse();
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task A_hook_that_says_no_is_undone_with_its_last_words_and_one_that_hangs_is_ended()
    {
        await using var scene = await PostgresScene.StartedAsync(Hook("case $1 in quiet) echo some noise >&2; echo the disk is full >&2; exit 3 ;; esac"));
        (await RolledBackAsync(scene)).ShouldContain("clients stay with db1: the hook ended \"quiet\" with exit code 3: the disk is full.");
        Calls().Select(c => c.Split(' ')[0]).ShouldBe(["quiet", "undo"]);

        Hook("case $1 in quiet) sleep 60 ;; esac");
        (await RolledBackAsync(scene)).ShouldContain("clients stay with db1: the hook was not done with \"quiet\" in time.");
        File.Delete(Path.Combine(_folder, "hook"));
        (await scene.Manager.SelectAsync("db2")).ShouldBeOfType<SwitchoverOutcome.Refused>().Message.ShouldBe($"Refused: the hook {_folder}/hook is not there.");
    }

    [Fact]
    public async Task A_manager_that_ends_in_between_has_the_hook_undo_it_when_it_is_back()
    {
        await using var scene = await PostgresScene.StartedAsync(Hook("case $1 in quiet) sleep 2 ;; esac"));
        var selecting = scene.Manager.SelectAsync("db2");
        await Until.TrueAsync("the hook to be called", () => File.Exists(Path.Combine(_folder, "calls")));
        await scene.Manager.EndAsync();
        await Should.ThrowAsync<OperationCanceledException>(() => selecting);
        await scene.Manager.StartAsync();
        await Until.TrueAsync("the hook to undo it", () => Calls().Length == 2);
        Calls()[1].ShouldStartWith("undo db1 ");
        scene.Manager.Orders.Snapshot.Selection!.Target.ShouldBe("db1");
    }

    [Fact]
    public async Task An_undo_that_failed_is_owed_until_it_is_done_also_by_the_next_manager()
    {
        await using var scene = await PostgresScene.StartedAsync(Hook("case $1 in quiet|undo) echo not now >&2; exit 1 ;; esac"));
        (await RolledBackAsync(scene)).ShouldContain("it could not be opened to clients again yet (the hook ended \"undo\" with exit code 1: not now); still retrying");
        await scene.Manager.EndAsync();
        var before = Calls().Length;
        await scene.Manager.StartAsync();
        await Until.TrueAsync("the next manager to try it", () => Calls().Length > before);
        await Until.TrueAsync("it to be said", () => scene.Manager.Orders.Snapshot.DatabaseProblem?.Contains("has left it closed to clients: the hook ended \"undo\"", StringComparison.Ordinal) == true);
        (await scene.Manager.SelectAsync("db1")).ShouldBeOfType<SwitchoverOutcome.Unchanged>().Message.ShouldContain("It is not all as it should be, still retrying: db1 is selected, and a switchover that was undone has left it closed");

        Hook("true");
        await Until.TrueAsync("nothing to be owed any more", async () => scene.Manager.Orders.Snapshot.DatabaseProblem is null && (await scene.Manager.Store.LoadAsync("orders", CancellationToken.None)).UndoOwed is null);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static async Task<string> RolledBackAsync(PostgresScene scene)
    {
        var outcome = (await scene.Manager.SelectAsync("db2")).ShouldBeOfType<SwitchoverOutcome.Ended>();
        outcome.Record.Result.ShouldBe(SwitchoverResult.RolledBack, outcome.Message);
        return outcome.Message;
    }

    private string[] Calls() => File.ReadAllLines(Path.Combine(_folder, "calls"));

    private PostgresDatabase Hook(string what)
    {
        var file = Path.Combine(_folder, "hook");
        File.WriteAllText(file, $"#!/bin/sh\necho $1 $DBSWITCH_FROM $DBSWITCH_FROM_ADDRESS $DBSWITCH_TO $DBSWITCH_TO_ADDRESS $DBSWITCH_FORCE >> {_folder}/calls\n{what}\n");
        using var chmod = System.Diagnostics.Process.Start("chmod", ["755", file]);
        chmod.WaitForExit();
        return RealPostgres.Settings with { Promote = Promotion.Hook, HookFile = file };
    }
}
