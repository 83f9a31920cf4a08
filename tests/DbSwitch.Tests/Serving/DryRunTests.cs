namespace DbSwitch.Tests.Serving;

/// <summary><c>select --dry-run</c>: what would happen is said, and nothing happens.</summary>
public sealed class DryRunTests
{
    [Fact]
    public async Task What_would_happen_is_said_proxy_by_proxy_and_nothing_is_touched()
    {
        await using var scene = await Scene.StartedAsync();
        var manager = scene.Manager;
        await manager.HealthyAsync();
        using var open = new DbClient(scene.Haproxy.ClientPort);
        (await open.AskAsync("hello")).Line.ShouldBe("db1 hello");
        var before = await ServersAsync(scene);

        var end = await manager.RunAsync("select", "backend-db2", "--dry-run", "--drain", "10s");

        end.ShouldBe(0, "Dry run of orders: clients would move from backend-db1 to backend-db2. Nothing was touched.\n", "");
        end.Output.ShouldContain($"\n  db-proxy: {scene.Server1} would be fenced, its session has 10 s to end by itself, and is cut then; {scene.Server2} would be added at {scene.Db2.Address} and made ready; new connections would be closed meanwhile (no companion script)\n");
        (await manager.RunAsync("select", "--none", "--dry-run")).Output.ShouldBe(
            $"Dry run of orders: clients would move from backend-db1 to none. Nothing was touched.\n  orders: clients would get no database until another target is selected\n  db-proxy: {scene.Server1} would be fenced, its session has 0.1 s to end by itself, and is cut then\n");
        var json = (await manager.RunAsync("select", "backend-db2", "--dry-run", "--json")).Json;
        (json.GetProperty("outcome").GetString(), json.GetProperty("details").GetArrayLength()).ShouldBe(("foreseen", 1));
        (await manager.RunAsync("select", "backend-db1", "--dry-run")).ShouldBe(0, "orders: backend-db1 is selected already, since ", "");

        (await ServersAsync(scene)).ShouldBe(before);
        (await open.AskAsync("still")).Line.ShouldBe("db1 still");
        (await manager.RunAsync("history", "--json")).Json.GetArrayLength().ShouldBe(0);
        (await manager.RunAsync("status", "--json")).Json[0].GetProperty("selection").GetProperty("generation").GetInt64().ShouldBe(1);
        manager.Log.ShouldNotContain("maintenance");
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task What_would_be_refused_is_refused_in_the_same_words()
    {
        await using var scene = await Scene.StartedAsync(new RealHaproxyOptions { Companion = true });
        var manager = scene.Manager;
        await manager.HealthyAsync();
        (await manager.RunAsync("select", "backend-db2", "--dry-run")).ShouldBe(0, $"{scene.Server1} would be fenced, it has no session; {scene.Server2} would be added at {scene.Db2.Address} and made ready; new connections would wait\n", "");
        (await manager.RunAsync("select", "backend-db2", "--dry-run", "--no-wait")).ShouldBe(2, "", "Say --dry-run or --no-wait; not both.");
        (await manager.RunAsync("select", "backend-db3", "--dry-run")).ShouldBe(2, "", "orders has no target backend-db3");
        (await manager.RunAsync("select", "backend-db2", "--dry-run", "--if-generation", "7")).ShouldBe(1, "", "Refused: its generation is 1, not 7");
        (await manager.RunAsync("pause")).ShouldBe(0);
        (await manager.RunAsync("select", "backend-db2", "--dry-run")).ShouldBe(1, "", "; resume it first");
        (await manager.RunAsync("resume")).ShouldBe(0);

        await scene.Haproxy.KillAsync();
        (await manager.RunAsync("select", "backend-db2", "--dry-run")).ShouldBe(1, "", "Refused: db-proxy: ");
        (await manager.RunAsync("history", "--json")).Json.GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task A_server_that_is_there_already_and_one_that_is_nothing_of_ours_are_both_told()
    {
        await using var scene = await Scene.StartedAsync();
        await scene.Manager.RunAsync("pause");
        await Scene.ServeByHandAsync(scene.Haproxy, scene.Server2, scene.Db2);
        await scene.Manager.RunAsync("resume");
        await scene.Manager.RunAsync("select", "--none");

        var end = await scene.Manager.RunAsync("select", "backend-db2", "--dry-run");

        end.ShouldBe(0, "  db-proxy: nothing is served, so nothing has to be fenced; ", "");
        end.Output.ShouldMatch($"{scene.Server2} would be (made ready|added at {scene.Db2.Address} and made ready);");
    }

    /// <summary>Without the columns that count seconds.</summary>
    private static async Task<IReadOnlyList<string>> ServersAsync(Scene scene) =>
        [.. (await scene.Haproxy.SendAsync("show servers state db_servers")).Split('\n').Where(l => l.Contains("db_servers", StringComparison.Ordinal)).Select(l => string.Join(' ', l.Split(' ').Take(9)))];
}
