using DbSwitch.Configuration;
using DbSwitch.Storage;
using DbSwitch.Switching;
using DbSwitch.Tests.Databases.Postgres;
using DbSwitch.Tests.Switching;
using HaproxyRuntime;

namespace DbSwitch.Tests.Gates;

/// <summary>
/// Whatever dies, hangs or is cut off, in whichever phase of a switchover that promotes: it succeeds, is rolled back or needs a person, and that is true; in the end one database serves, with every
/// confirmed write, and the other one takes none. A few cells of the table each time; all of them with DBSWITCH_FAULTS=all.
/// </summary>
[Trait("Category", "Slow")]
public sealed class FaultTests
{
    private static readonly string[] Faults =
    [
        "old primary dies", "old primary hangs", "standby dies", "standby hangs", "standby replays nothing", "proxy dies", "proxy hangs", "PgBouncer dies", "PgBouncer hangs",
        "link to the proxy is cut", "link to the proxy hangs", "link to PgBouncer is cut", "link to PgBouncer hangs", "manager dies",
    ];

    // As the watch enters them: the journal and the databases come twice.
    private static readonly string[] Moments = ["pause", "fence", "quiet", "commit", "promote", "activate"];

    public static TheoryData<string, string> Cells()
    {
        // What has been promoted replays nothing anyway.
        var all = Faults.SelectMany(fault => Moments.Select(moment => (fault, moment))).Where(c => c is not ("standby replays nothing", "activate")).ToList();
        var chosen = Environment.GetEnvironmentVariable("DBSWITCH_FAULTS") == "all" ? all : [.. all.Where((_, i) => i % 17 == 4)];
        return [.. chosen.Select(c => new TheoryDataRow<string, string>(c.fault, c.moment))];
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public async Task In_the_end_one_database_serves_and_has_every_confirmed_write(string fault, string moment)
    {
        await using var db1 = await RealPostgres.StartAsync();
        await using var db2 = await db1.StandbyAsync();
        await using var haproxy = await RealHaproxy.StartAsync("3.2", new RealHaproxyOptions { Companion = true, TcpApi = true });
        await using var pool = new RealPgBouncer();
        await pool.StartAsync(haproxy.ClientPort, "server_login_retry = 1");
        await using var toProxy = new TcpLink(((RuntimeEndpoint.Tcp)haproxy.TcpApiEndpoint).Address.Port);
        await using var toGate = new TcpLink(pool.Port);
        var settings = RealPostgres.Settings with { Promote = Promotion.Sql };
        await using var manager = new ManagerUnderTest { Hold = TimeSpan.FromSeconds(10), Gates = [pool.Gate with { Address = new HostPort("127.0.0.1", toGate.Port) }] }
            .Proxy("p", new RuntimeEndpoint.Tcp(new HostPort("127.0.0.1", toProxy.Port))).Switch("db1", db1.Target("db1", settings), db2.Target("db2", settings));
        await manager.StartAsync();
        await SelectTests.SettledAsync(manager, "db1");
        await using var through = new Writers(pool.Port, password: RealPgBouncer.Password).Keeping(1);
        await using var direct = new Writers(haproxy.ClientPort, first: 100).Reconnecting(1);
        await through.MoreAsync(10);
        await direct.MoreAsync(10);

        var happening = new TaskCompletionSource<Task>();
        var entered = new List<string>();
        manager.Manager.Progressed += (_, phase) =>
        {
            if (phase is { } next && Name(next, entered) is { } name)
            {
                entered.Add(name);
                if (name == moment)
                {
                    happening.TrySetResult(Happen());
                }
            }
        };
        var selecting = manager.SelectAsync("db2");
        var first = await Task.WhenAny(happening.Task, selecting);
        (first == happening.Task).ShouldBeTrue(selecting.IsCompletedSuccessfully ? (await selecting).Message : "it did not come so far");
        await (await happening.Task);
        var said = await OutcomeAsync(selecting);
        await MendAsync();

        // What the answer said, and what the store says, is what is so.
        await Until.TrueAsync("what is selected to be known", () => manager.Orders.Selection is not null && manager.Orders.Running is null, seconds: 30);
        await direct.MoreAsync(10);
        await through.MoreAsync(10);
        var selected = manager.Orders.Selection!.Target!;
        TestContext.Current.TestOutputHelper?.WriteLine($"{said?.Message ?? "the manager ended"}; then {selected}");
        if (said is SwitchoverOutcome.Ended { Record: var record })
        {
            selected.ShouldBe(record.Result == SwitchoverResult.RolledBack ? "db1" : "db2", record.Message);
        }

        await direct.StopAsync();
        await through.StopAsync();
        var (serving, idle) = selected == "db1" ? (db1, db2) : (db2, db1);
        (await PostgresProbeTests.FactsAsync(serving)).TakesWrites.ShouldBeTrue();
        (await PostgresProbeTests.FactsAsync(idle)).TakesWrites.ShouldBeFalse();
        await Until.TrueAsync("the gate to be open", async () => await pool.LookAsync() is { Facts.Paused: false });
        await direct.AllAreInAsync(serving);
        await through.AllAreInAsync(serving);

        Task Happen()
        {
            switch (fault)
            {
                case "old primary hangs": db1.Freeze(); break;
                case "standby hangs": db2.Freeze(); break;
                case "standby replays nothing": db2.FreezeReplay(); break;
                case "proxy hangs": haproxy.Freeze(); break;
                case "PgBouncer hangs": pool.Freeze(); break;
                case "link to the proxy is cut": toProxy.Cut(); break;
                case "link to the proxy hangs": toProxy.Hang(); break;
                case "link to PgBouncer is cut": toGate.Cut(); break;
                case "link to PgBouncer hangs": toGate.Hang(); break;
            }

            return fault switch
            {
                "old primary dies" => db1.KillAsync(),
                "standby dies" => db2.KillAsync(),
                "proxy dies" => haproxy.KillAsync(),
                "PgBouncer dies" => pool.KillAsync(),

                // Not from within it: its end waits for what it is doing.
                "manager dies" => Task.Run(manager.EndAsync),
                _ => Task.CompletedTask,
            };
        }

        async Task MendAsync()
        {
            toProxy.Mend();
            toGate.Mend();
            db1.Thaw();
            db2.Thaw();
            await (fault switch
            {
                "old primary dies" => db1.StartServerAsync(),
                "standby dies" => db2.StartServerAsync(),
                "proxy dies" => haproxy.RestartAsync(),
                "proxy hangs" => ThawAsync(haproxy.Thaw),
                "PgBouncer dies" => pool.StartAgainAsync(),
                "PgBouncer hangs" => ThawAsync(pool.Thaw),
                "manager dies" => manager.StartAsync(),
                _ => Task.CompletedTask,
            });
        }
    }

    private static Task ThawAsync(Action thaw)
    {
        thaw();
        return Task.CompletedTask;
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
