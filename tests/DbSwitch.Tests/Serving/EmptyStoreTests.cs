namespace DbSwitch.Tests.Serving;

/// <summary>An empty store never moves clients: what the proxies serve is taken over, or a person is asked.</summary>
public sealed class EmptyStoreTests
{
    [Fact]
    public async Task The_initial_target_is_for_proxies_that_serve_nothing()
    {
        await using var scene = await Scene.StartedAsync();

        await scene.Manager.LoggedAsync("orders: generation 1: backend-db1 is selected: initial: in the configuration");
        (await scene.Manager.RunAsync("status")).ShouldBe(0, "orders: clients go to backend-db1 ");
    }

    [Fact]
    public async Task Without_an_initial_target_none_is_selected()
    {
        await using var scene = await Scene.PreparedAsync();
        await scene.Manager.StartAsync();

        await scene.Manager.HealthyAsync();
        (await scene.Manager.RunAsync("status")).ShouldBe(0, "orders: clients get no database: no target is selected, since ");
        (await scene.AnswersAsync()).ShouldBeNull();
    }

    [Fact]
    public async Task What_every_proxy_serves_is_taken_over_whatever_the_initial_target_is()
    {
        await using var scene = await Scene.PreparedAsync();
        var second = await scene.AnotherHaproxyAsync();
        TwoProxies(scene, second);
        scene.Manager.Configure(scene.Manager.Configuration.With("orders", scene.Orders("db-proxy", "second") with { Initial = "backend-db1" }));
        await Scene.ServeByHandAsync(scene.Haproxy, scene.Server2, scene.Db2);
        await Scene.ServeByHandAsync(second, scene.Server2, scene.Db2);
        await using var clients = new SteadyClients(scene.Haproxy.ClientPort, "db2");
        await clients.MoreAnswersAsync(10);

        await scene.Manager.StartAsync();

        await scene.Manager.LoggedAsync("orders: generation 1: backend-db2 is selected: every proxy serves it already");
        await scene.Manager.HealthyAsync();
        await clients.MoreAnswersAsync(20);
        clients.Failures.ShouldBeEmpty();
    }

    [Fact]
    public async Task Proxies_that_serve_different_targets_need_a_person_and_nothing_is_changed()
    {
        await using var scene = await DividedAsync();
        var second = scene.Second;

        var end = await scene.Manager.RefusedToStartAsync();

        end.ShouldBe(3, error: "dbswitch: orders: the store is empty and its proxies do not all serve one of its targets");
        end.Error.ShouldContain($"db-proxy serves {scene.Server1}; second serves {scene.Server2}");
        end.Error.ShouldContain("dbswitch serve --adopt orders=TARGET (or orders=none)");
        end.Error.Trim().Split('\n').ShouldHaveSingleItem();
        (await scene.AnswersAsync()).ShouldBe("db1");
        (await DbClient.AskOnceAsync(second.ClientPort, "hello")).Line.ShouldBe("db2 hello");
    }

    [Theory]
    [InlineData("backend-db2", "db2")]
    [InlineData("none", null)]
    public async Task A_persons_word_at_the_start_decides(string word, string? answers)
    {
        await using var scene = await DividedAsync();

        await scene.Manager.StartAsync("--adopt", "orders=" + word);

        await scene.Manager.HealthyAsync();
        (await scene.AnswersAsync()).ShouldBe(answers);
        (await DbClient.AskOnceAsync(scene.Second.ClientPort, "hello")).Line?.Split(' ')[0].ShouldBe(answers);
        (await scene.Manager.RunAsync("status", "--json")).Json[0].GetProperty("selection").GetProperty("target").GetString().ShouldBe(word == "none" ? null : word);
        (await scene.Manager.StopAsync()).ShouldBe(0);
        await scene.Manager.StartAsync();
        await scene.Manager.HealthyAsync();
    }

    [Fact]
    public async Task A_persons_word_that_nobody_asked_for_does_nothing_and_that_is_said()
    {
        await using var scene = await Scene.StartedAsync();
        await scene.Manager.HealthyAsync();
        (await scene.Manager.StopAsync()).ShouldBe(0);

        await scene.Manager.StartAsync("--adopt", "orders=backend-db2");

        await scene.Manager.HealthyAsync();
        await scene.Manager.LoggedAsync("--adopt orders=backend-db2 answers a question that was not asked, and does nothing: backend-db1 is selected");
        scene.Manager.Log.ShouldContain("To change that: dbswitch select backend-db2 --switch orders");
        (await scene.AnswersAsync()).ShouldBe("db1");
    }

    [Theory]
    [InlineData("billing=backend-db1", "--adopt: there is no switch billing. The switches: orders.")]
    [InlineData("orders=backend-db9", "--adopt: orders has no target backend-db9; its targets are backend-db1, backend-db2.")]
    public async Task A_word_that_can_not_be_followed_ends_the_start_with_2(string word, string sentence)
    {
        await using var scene = await DividedAsync();

        (await scene.Manager.RefusedToStartAsync("--adopt", word)).ShouldBe(2, error: sentence);

        (await scene.AnswersAsync()).ShouldBe("db1");
        (await DbClient.AskOnceAsync(scene.Second.ClientPort, "hello")).Line.ShouldBe("db2 hello");
    }

    [Theory, Trait("Category", "Slow")]
    [InlineData(null)]
    [InlineData("backend-db2")]
    public async Task A_proxy_that_is_not_up_yet_is_waited_for(string? adopted)
    {
        await using var scene = await DividedAsync();
        await scene.Second.KillAsync();

        await scene.Manager.StartAsync(adopted is null ? [] : ["--adopt", "orders=" + adopted]);

        (await scene.Manager.RunAsync("status", "--check")).ShouldBe(1, "orders: not known yet where the clients go");
        (await scene.Manager.RunAsync("select", "backend-db1")).ShouldBe(1, "", "Refused: what orders's proxies serve is not known yet (second: ");
        (await scene.AnswersAsync()).ShouldBe("db1");
        await scene.Second.RestartAsync();
        if (adopted is null)
        {
            await Scene.ServeByHandAsync(scene.Second, scene.Server2, scene.Db2);

            // It came up empty, and was asked before it served by hand: then db-proxy alone decided nothing, a person does.
            await scene.Manager.CheckedAsync(3);
            (await scene.Manager.RunAsync("status")).ShouldBe(0, "the store is empty and its proxies do not all serve one of its targets");
            (await scene.AnswersAsync()).ShouldBe("db1");
            (await scene.Manager.RunAsync("select", "backend-db2")).ShouldBe(0, "orders: backend-db2 is selected");
        }

        await scene.Manager.HealthyAsync();
        (await scene.AnswersAsync()).ShouldBe("db2");
        (await DbClient.AskOnceAsync(scene.Second.ClientPort, "hello")).Line.ShouldBe("db2 hello");
    }

    [Fact, Trait("Category", "Slow")]
    public async Task A_persons_decision_touches_nothing_while_a_proxy_can_not_be_asked()
    {
        await using var scene = await DividedAsync();
        await scene.Second.KillAsync();
        await scene.Manager.StartAsync();
        await scene.Second.RestartAsync();
        await scene.Manager.CheckedAsync(3);
        await scene.Second.KillAsync();
        await scene.Manager.StatusAsync("! second: ");

        (await scene.Manager.RunAsync("select", "backend-db2")).ShouldBe(1, "", "second: ");

        (await scene.AnswersAsync()).ShouldBe("db1");
        (await scene.Manager.RunAsync("status", "--check")).ShouldBe(3);
    }

    private static void TwoProxies(Scene scene, RealHaproxy second) => scene.Manager.Configure((scene.Manager.Configuration with
    {
        Proxies = new Dictionary<string, string>(scene.Manager.Configuration.Proxies) { ["second"] = Scene.Api(second.ApiEndpoint) },
    }).With("orders", scene.Orders("db-proxy", "second")));

    /// <summary>One proxy serves db1, a second one db2.</summary>
    private static async Task<Scene> DividedAsync()
    {
        var scene = await Scene.PreparedAsync();
        var second = await scene.AnotherHaproxyAsync();
        TwoProxies(scene, second);
        await Scene.ServeByHandAsync(scene.Haproxy, scene.Server1, scene.Db1);
        await Scene.ServeByHandAsync(second, scene.Server2, scene.Db2);
        return scene;
    }
}
