namespace DbSwitch.Tests.Serving;

/// <summary>A switchover that nobody waits for, and one that is taken back.</summary>
public sealed class AbortTests
{
    [Fact]
    public async Task A_switchover_is_taken_back_while_it_is_not_committed()
    {
        await using var scene = await Scene.StartedAsync(new RealHaproxyOptions { Companion = true });
        var manager = scene.Manager;
        using var open = new DbClient(scene.Haproxy.ClientPort);
        (await open.AskAsync("hello")).Line.ShouldBe("db1 hello");
        using var selecting = Dbswitch.Start([], ["select", "backend-db2", "--drain", "50", "--config", manager.ConfigurationFile]);
        await manager.StatusAsync("switching to backend-db2 (id 1, by ");
        (await manager.StatusAsync("1 session has ")).Output.ShouldMatch(@"\): fence; 1 session has \d\d s more to end by itself\. To take it back: dbswitch abort 1\n");
        var waiting = DbClient.AskOnceAsync(scene.Haproxy.ClientPort, "new", TimeSpan.FromSeconds(30));
        var me = (await Shell.RunAsync("id", "-un")).Trim();

        (await manager.RunAsync("abort", "1")).ShouldBe(0, $"orders: rolled back, clients stay with backend-db1: aborted by {me}.\n", "");

        (await Dbswitch.EndAsync(selecting)).ShouldBe(1, $"orders: rolled back, clients stay with backend-db1: aborted by {me}.\n", "");
        (await open.AskAsync("still")).Line.ShouldBe("db1 still");
        (await waiting).Line.ShouldBe("db1 new");
        var history = (await manager.RunAsync("history", "--json")).Json[0];
        (history.GetProperty("result").GetString(), history.GetProperty("message").GetString()).ShouldBe(("rolled-back", $"orders: rolled back, clients stay with backend-db1: aborted by {me}."));
        history.GetProperty("report").GetProperty("phases").EnumerateArray().Select(p => p.GetProperty("phase").GetString()).ShouldBe(["guard", "journal", "fence"]);
        await manager.HealthyAsync();
        (await manager.RunAsync("select", "backend-db2")).ShouldBe(0);
        (await scene.AnswersAsync()).ShouldBe("db2");
    }

    [Fact]
    public async Task After_the_commit_it_is_too_late_and_the_state_is_said()
    {
        await using var scene = await Scene.StartedAsync();
        var manager = scene.Manager;

        (await manager.RunAsync("abort", "1")).ShouldBe(2, "", "orders has no switchover 1.");
        (await manager.RunAsync("select", "backend-db2")).ShouldBe(0);
        (await manager.RunAsync("abort", "1")).ShouldBe(1, "", "It is too late to abort switchover 1, which has ended: orders: backend-db2 is selected (before: backend-db1)");
        (await scene.AnswersAsync()).ShouldBe("db2");
    }

    [Fact]
    public async Task Once_committed_it_goes_forward_only_though_no_proxy_serves_it_yet()
    {
        await using var scene = await Scene.StartedAsync();
        var manager = scene.Manager;
        using var open = new DbClient(scene.Haproxy.ClientPort);
        (await open.AskAsync("hello")).Line.ShouldBe("db1 hello");
        (await manager.RunAsync("select", "backend-db2", "--drain", "50", "--no-wait")).ShouldBe(5, "orders: switchover 1 to backend-db2 is under way.\n", "");
        await Until.TrueAsync("the new server", async () => (await scene.Haproxy.SendAsync("show servers state db_servers")).Contains(scene.Server2, StringComparison.Ordinal));

        // The store takes the commit at the moment at which HAProxy stops answering.
        using var writer = StoreFile.Hold(manager.StateFile);
        open.Dispose();
        await manager.StatusAsync("): journal");
        scene.Haproxy.Freeze();
        writer.Dispose();
        await Until.TrueAsync("the commit", () => StoreFile.Number(manager.StateFile, "SELECT committed FROM switchover WHERE id = 1") == 1);

        (await manager.RunAsync("abort", "1")).ShouldBe(1, "", "It is too late to abort switchover 1: backend-db2 is selected already, and it goes forward only.");
        scene.Haproxy.Thaw();
        await manager.HealthyAsync();
        (await scene.AnswersAsync()).ShouldBe("db2");
    }

    [Fact]
    public async Task A_switchover_that_is_not_waited_for_says_its_id_and_goes_to_its_end()
    {
        await using var scene = await Scene.StartedAsync();
        var manager = scene.Manager;
        using var open = new DbClient(scene.Haproxy.ClientPort);
        (await open.AskAsync("hello")).Line.ShouldBe("db1 hello");

        (await manager.RunAsync("select", "backend-db2", "--drain", "50", "--no-wait")).ShouldBe(5, "orders: switchover 1 to backend-db2 is under way.\n", "");
        (await manager.RunAsync("wait", "backend-db2", "--timeout", "0.2")).ShouldBe(1, "", "dbswitch: waited for 0.2 s: a switchover to backend-db2 by ");
        open.Dispose();

        (await manager.RunAsync("wait", "backend-db2", "--timeout", "10s")).ShouldBe(0, "orders: backend-db2 is selected", "");
        (await scene.AnswersAsync()).ShouldBe("db2");
    }

    [Fact]
    public async Task A_script_waits_for_a_target_or_until_all_is_settled()
    {
        await using var scene = await Scene.StartedAsync();
        var manager = scene.Manager;

        (await manager.RunAsync("wait")).ShouldBe(0, "orders: backend-db1 is selected, and every proxy is as it should be.\n", "");
        (await manager.RunAsync("wait", "--settled", "--json")).Json.GetProperty("state").GetString().ShouldBe("ok");
        (await manager.RunAsync("wait", "orders/backend-db1")).ShouldBe(0, "orders: backend-db1 is selected");
        (await manager.RunAsync("wait", "backend-db2", "--timeout", "0.3s")).ShouldBe(1, "", "dbswitch: waited for 0.3 s: orders: backend-db1 is selected, not backend-db2.");
        (await manager.RunAsync("wait", "none", "--timeout", "0")).ShouldBe(1, "", "orders: backend-db1 is selected, not none.");
        (await manager.RunAsync("wait", "backend-db3")).ShouldBe(2, "", "orders has no target backend-db3; its targets are backend-db1, backend-db2");
        (await manager.RunAsync("wait", "--timeout", "-1")).ShouldBe(2, "", "--timeout takes a number of seconds from 0 to 86400.");
        (await manager.RunAsync("wait", "--timeout", "soon")).ShouldBe(2, "", "--timeout takes a time: --timeout 30 (seconds), --timeout 30s, --timeout 2m. \"soon\" is none.");
        await scene.Haproxy.KillAsync();
        await manager.CheckedAsync(1);
        (await manager.RunAsync("wait", "--timeout", "0.3")).ShouldBe(1, "", "dbswitch: waited for 0.3 s: orders is not settled (trouble; db-proxy: ");
        (await manager.RunAsync("wait", "backend-db1")).ShouldBe(0, "orders: backend-db1 is selected.\n", "");
        var waiting = manager.RunAsync("wait", "--timeout", "20");
        await scene.Haproxy.RestartAsync();
        (await waiting).ShouldBe(0, ", and every proxy is as it should be.");
        await manager.StopAsync();
        (await manager.RunAsync("wait")).ShouldBe(4, "", "The manager does not answer at ");
    }
}
