using DbSwitch.Storage;
using DbSwitch.Switching.Outcomes;
using DbSwitch.Tests.Databases.Postgres;

namespace DbSwitch.Tests.Gates;

/// <summary>
/// Whatever dies, hangs or is cut off from any other, in whichever phase of a switchover that promotes: it succeeds, is rolled back or needs a person, and that is true; never do two databases take
/// writes; in the end one serves, with every confirmed write, and the other one takes none. A few cells of the table each time; all of them with DBSWITCH_FAULTS=all, those whose fault has some words in
/// it with DBSWITCH_FAULTS=WORDS.
/// </summary>
[Trait("Category", "Slow")]
public sealed class FaultTests
{
    private const int Every = 31;

    private static readonly string[] Faults =
    [
        "old primary dies", "old primary hangs", "standby dies", "standby hangs", "standby replays nothing", "proxy dies", "proxy hangs", "PgBouncer dies", "PgBouncer hangs", "manager dies",
        .. FaultScene.Links.SelectMany(link => (string[])[$"{link} is cut", $"{link} hangs"]),
    ];

    // As the watch enters them: the journal and the databases come twice.
    private static readonly string[] Moments = ["pause", "fence", "quiet", "commit", "promote", "activate"];

    public static TheoryData<string, string> Cells()
    {
        // What has been promoted replays nothing anyway.
        var all = Faults.SelectMany(fault => Moments.Select(moment => (fault, moment))).Where(c => c is not ("standby replays nothing", "activate")).ToList();
        var chosen = Environment.GetEnvironmentVariable("DBSWITCH_FAULTS") switch
        {
            null or "" => all.Where((_, i) => i % Every == 4),
            "all" => all,
            var words => all.Where(c => $"{c.fault}, {c.moment}".Contains(words, StringComparison.Ordinal)),
        };
        return [.. chosen.Select(c => new TheoryDataRow<string, string>(c.fault, c.moment))];
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task In_the_end_one_database_serves_and_has_every_confirmed_write(string fault, string moment)
    {
        await using var scene = await FaultScene.StartedAsync();
        var (db1, db2, manager) = (scene.Db1, scene.Db2, scene.Manager);
        await using var through = new Writers(scene.Pool.Port, password: RealPgBouncer.Password).Keeping(1);
        await using var direct = new Writers(scene.Haproxy.ClientPort, first: 100).Reconnecting(1);
        await through.MoreAsync(10);
        await direct.MoreAsync(10);
        await using var watch = new WritableWatch(db1, db2);

        var happening = new TaskCompletionSource<Task>();
        var entered = new List<string>();
        manager.Manager.Progressed += (_, phase) =>
        {
            if (phase is { } next && Name(next, entered) is { } name)
            {
                entered.Add(name);
                if (name == moment)
                {
                    happening.TrySetResult(scene.HappenAsync(fault));
                }
            }
        };
        var selecting = manager.SelectAsync("db2");
        var first = await Task.WhenAny(happening.Task, selecting);
        (first == happening.Task).ShouldBeTrue(selecting.IsCompletedSuccessfully ? (await selecting).Message : "it did not come so far");
        await (await happening.Task);
        var said = await OutcomeAsync(selecting);
        await scene.MendAsync(fault);

        // What the answer said, and what the store says, is what is so.
        await Until.TrueAsync("what is selected to be known", () => manager.Orders.Snapshot.Selection is not null && manager.Orders.Snapshot.Running is null, seconds: 30);
        await direct.MoreAsync(10);
        await through.MoreAsync(10);
        var selected = manager.Orders.Snapshot.Selection!.Target!;
        TestContext.Current.TestOutputHelper?.WriteLine($"{said?.Message ?? "the manager ended"}; then {selected}");
        if (said is SwitchoverOutcome.Ended { Record: var record })
        {
            record.Message.ShouldNotContain("canceled", customMessage: "that is no word for a person");
            record.Message.ShouldNotContain("Exception", customMessage: "that is no word for a person");
            selected.ShouldBe(record.Result == SwitchoverResult.RolledBack ? "db1" : "db2", record.Message);
        }

        await direct.StopAsync();
        await through.StopAsync();
        await watch.StopAsync();
        watch.Both.ShouldBeEmpty("both took writes");
        (watch.OfNext > 0).ShouldBe(selected == "db2");
        var (serving, idle) = selected == "db1" ? (db1, db2) : (db2, db1);
        (await PostgresProbeTests.FactsAsync(serving)).TakesWrites.ShouldBe(true);
        (await PostgresProbeTests.FactsAsync(idle)).TakesWrites.ShouldBe(false);
        await Until.TrueAsync("the gate to be open", async () => await scene.Pool.LookAsync() is { Facts.Paused: false });
        await direct.AllAreInAsync(serving);
        await through.AllAreInAsync(serving);
    }

    private static async Task<SwitchoverOutcome?> OutcomeAsync(Task<SwitchoverOutcome> selecting)
    {
        try
        {
            return await selecting.WaitAsync(TimeSpan.FromSeconds(90));
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }

    private static string? Name(SwitchoverPhase phase, List<string> before) => phase switch
    {
        SwitchoverPhase.Pause => "pause",
        SwitchoverPhase.Fence => "fence",
        SwitchoverPhase.Database => before.Contains("quiet") ? "promote" : "quiet",
        SwitchoverPhase.Journal => before.Contains("quiet") ? "commit" : null,
        SwitchoverPhase.Activate => "activate",
        _ => null,
    };
}
