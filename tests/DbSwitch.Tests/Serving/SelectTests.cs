namespace DbSwitch.Tests.Serving;

/// <summary>The command that all is about, and what it leaves to read.</summary>
public sealed class SelectTests
{
    [Fact]
    public async Task A_switchover_ends_with_one_sentence_and_is_remembered_with_who_and_why()
    {
        await using var scene = await Scene.StartedAsync();
        var manager = scene.Manager;

        var end = await manager.RunAsync("select", "backend-db2", "--reason", "db1 gets a new disk");

        end.ShouldBe(0, "orders: backend-db2 is selected (before: backend-db1); new connections were closed meanwhile, as db-proxy has no companion script; no session was cut; ", "");
        end.Output.ShouldMatch("[0-9]+ ms in all, generation 2\\.\n$");
        end.Output.Trim().Split('\n').ShouldHaveSingleItem();
        (await scene.AnswersAsync()).ShouldBe("db2");
        var me = (await Shell.RunAsync("id", "-un")).Trim();
        var status = await manager.RunAsync("status");
        status.ShouldBe(0, "orders: clients go to backend-db2 since ");
        status.Output.ShouldContain($"  selected by {me}: db1 gets a new disk");
        var history = (await manager.RunAsync("history")).Output.Split('\n');
        history[1].ShouldMatch($"^2 .* backend-db1  backend-db2  {me}  succeeded  \\d+ ms \\(guard \\d+, journal \\d+, fence \\d+, activate \\d+, verify \\d+\\)  -       0             db1 gets a new disk$");
        await manager.HealthyAsync();
    }

    [Fact]
    public async Task Selecting_what_is_selected_does_nothing_and_says_so()
    {
        await using var scene = await Scene.StartedAsync();

        (await scene.Manager.RunAsync("select", "backend-db1")).ShouldBe(0, "orders: backend-db1 is selected already, since ", "");
        (await scene.Manager.RunAsync("select", "backend-db1")).Output.ShouldEndWith(" Nothing was done.\n");
        (await scene.Manager.RunAsync("history", "--json")).Json.GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task What_can_not_be_selected_is_refused_and_nothing_is_touched()
    {
        await using var scene = await Scene.StartedAsync();
        var manager = scene.Manager;

        (await manager.RunAsync("select", "backend-db3")).ShouldBe(2, "", "dbswitch: orders has no target backend-db3; its targets are backend-db1, backend-db2");
        (await manager.RunAsync("select", "backend-db2", "--if-generation", "7")).ShouldBe(1, "", "Refused: its generation is 1, not 7: backend-db1 was selected by ");
        (await manager.RunAsync("select", "backend-db2", "--drain", "-1")).ShouldBe(2, "", "from 0 to 3600");
        (await manager.RunAsync("select", "billing/backend-db2")).ShouldBe(2, "", "There is no switch billing. The switches: orders.");
        (await manager.RunAsync("select", "orders/backend-db2", "--switch", "billing")).ShouldBe(2, "", "--switch billing and orders/backend-db2 name two switches.");
        (await manager.RunAsync("pause", "--reason", "by hand")).ShouldBe(0, "orders is paused: ");
        (await manager.RunAsync("select", "backend-db2")).ShouldBe(1, "", "(by hand); resume it first");
        (await manager.RunAsync("status", "--check")).ShouldBe(1, "PAUSED by ");
        (await manager.RunAsync("resume")).ShouldBe(0, "orders is resumed; every proxy was as it should be. Clients go to backend-db1.");

        (await scene.AnswersAsync()).ShouldBe("db1");
        (await manager.RunAsync("history", "--json")).Json.GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task Of_two_switchovers_at_once_one_wins_and_the_other_is_told_which()
    {
        await using var scene = await Scene.StartedAsync();
        using var open = new DbClient(scene.Haproxy.ClientPort);
        (await open.AskAsync("hello")).Line.ShouldBe("db1 hello");
        using var first = Dbswitch.Start([], ["select", "backend-db2", "--drain", "60", "--config", scene.Manager.ConfigurationFile]);
        await scene.Manager.StatusAsync("switching to backend-db2 (id 1, by ");

        (await scene.Manager.RunAsync("select", "--none")).ShouldBe(1, "", "Refused: a switchover to backend-db2 by ");
        (await scene.Manager.RunAsync("select", "--none")).Error.ShouldContain("is under way (id 1); wait for its end");
        open.Dispose();

        (await Dbswitch.EndAsync(first)).ShouldBe(0, "orders: backend-db2 is selected ");
        (await scene.AnswersAsync()).ShouldBe("db2");
    }

    [Fact]
    public async Task Who_stops_waiting_is_told_that_it_goes_on()
    {
        await using var scene = await Scene.StartedAsync();
        using var open = new DbClient(scene.Haproxy.ClientPort);
        (await open.AskAsync("hello")).Line.ShouldBe("db1 hello");
        using var first = Dbswitch.Start([], ["select", "backend-db2", "--drain", "60", "--config", scene.Manager.ConfigurationFile]);
        await scene.Manager.StatusAsync("switching to backend-db2 (id 1, by ");

        LinuxProcess.Signal(LinuxProcess.ChildrenOf(first.Id).ShouldHaveSingleItem(), LinuxProcess.SigInt);

        (await Dbswitch.EndAsync(first)).ShouldBe(5, "", "dbswitch: not awaited any more; switchover 1 goes to its end. See: dbswitch status. To take it back, while that is possible: dbswitch abort 1\n");
        open.Dispose();
        await Until.TrueAsync("db2 to answer", async () => await scene.AnswersAsync() == "db2");
    }

    [Fact, Trait("Category", "Slow")]
    public async Task Where_there_is_more_than_one_switch_it_must_be_named()
    {
        await using var scene = await Scene.PreparedAsync(new RealHaproxyOptions { Sections = ["backend more_servers", "    balance first"] });
        var manager = scene.Manager;
        manager.Configure(manager.Configuration.With("billing", scene.Orders("db-proxy") with { Backend = "more_servers" }));
        await manager.StartAsync();

        foreach (var arguments in (string[][])[["select", "backend-db1"], ["history"], ["pause"], ["resume"]])
        {
            (await manager.RunAsync(arguments)).ShouldBe(2, "", "Which switch? There are orders, billing: say --switch NAME.");
        }

        foreach (var arguments in (string[][])[["select", "backend-db1"], ["status"], ["targets"], ["proxies"], ["history"]])
        {
            (await manager.RunAsync([.. arguments, "--switch", "order"])).ShouldBe(2, "", "There is no switch order. The switches: orders, billing; did you mean \"orders\".");
        }

        (await manager.RunAsync("select", "backend-db1", "--switch", "orders")).ShouldBe(0, "orders: backend-db1 is selected");
        (await manager.RunAsync("select", "billing/backend-db2")).ShouldBe(0, "billing: backend-db2 is selected");
        (await manager.RunAsync("select", "--none", "--switch", "billing")).ShouldBe(0, "billing: none is selected");
        (await scene.AnswersAsync()).ShouldBe("db1");
        var status = (await manager.RunAsync("status")).Output;
        status.ShouldContain("orders: clients go to backend-db1 ");
        status.ShouldContain("\n\nbilling: clients get no database: no target is selected, since ");
        (await manager.RunAsync("targets", "--switch", "billing")).Output.Split('\n').Count(l => l.StartsWith("billing ", StringComparison.Ordinal)).ShouldBe(2);
    }

    [Fact, Trait("Category", "Slow")]
    public async Task What_is_piped_has_no_colours_and_json_is_json()
    {
        await using var scene = await Scene.StartedAsync();
        var manager = scene.Manager;
        foreach (var arguments in (string[][])[["status"], ["targets"], ["proxies"], ["select", "backend-db2"], ["history"], ["pause"], ["resume"], ["api", "show info"]])
        {
            (await manager.RunAsync(arguments)).Output.ShouldNotContain("\e");
            var json = await manager.RunAsync([.. arguments, "--json"]);
            json.ShouldBe(0, error: "");
            Should.NotThrow(() => json.Json);
        }

        (await manager.RunAsync("--help")).Output.ShouldNotContain("\e");
        manager.Log.ShouldNotContain("\e");
        var status = (await manager.RunAsync("status", "--json")).Json[0];
        status.GetProperty("state").GetString().ShouldBe("ok");
        status.GetProperty("selection").GetProperty("target").GetString().ShouldBe("backend-db2");
        status.GetProperty("proxies")[0].GetProperty("servers")[0].GetProperty("state").GetString().ShouldBe("ready");
    }
}
