namespace DbSwitch.Tests.Serving;

/// <summary>SIGHUP: a new configuration takes its predecessor's place whole or not at all, and no client moves for it.</summary>
public sealed class ReloadTests
{
    [Fact]
    public async Task A_target_that_was_added_can_be_selected()
    {
        await using var scene = await Scene.StartedAsync();
        await using var third = new EchoDatabase("db3");
        await using var clients = new SteadyClients(scene.Haproxy.ClientPort, "db1");
        await clients.MoreAnswersAsync(10);

        await ReloadAsync(scene, c => c.With("orders", scene.Orders("db-proxy").With("backend-db3", third.Address)), $"{scene.Manager.ConfigurationFile} is in force");

        await scene.Manager.HealthyAsync();
        await clients.MoreAnswersAsync(20);
        clients.Failures.ShouldBeEmpty();
        await clients.DisposeAsync();
        (await scene.Manager.RunAsync("select", "backend-db3")).ShouldBe(0, "orders: backend-db3 is selected (before: backend-db1); ");
        (await scene.AnswersAsync()).ShouldBe("db3");
    }

    [Fact]
    public async Task A_bad_file_keeps_the_last_good_one_and_says_what_is_wrong_where()
    {
        await using var scene = await Scene.StartedAsync();
        var good = await File.ReadAllTextAsync(scene.Manager.ConfigurationFile, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(scene.Manager.ConfigurationFile, good.Replace("backend: db_servers", "bakend: db_servers", StringComparison.Ordinal), TestContext.Current.CancellationToken);

        scene.Manager.HangUp();

        (await scene.Manager.LoggedAsync("bakend")).ShouldMatch($" error   not reloaded: {scene.Manager.ConfigurationFile}:\\d+:5: switches.orders.bakend: unknown key; did you mean \"backend\"");
        (await scene.Manager.LoggedAsync("stays in force")).ShouldEndWith($"the last good {scene.Manager.ConfigurationFile} stays in force");
        await StillWorksAsync(scene, good);
    }

    [Fact]
    public async Task Whoever_asks_for_a_reload_hears_what_became_of_it_and_the_status_shows_it_until_it_is_put_right()
    {
        await using var scene = await Scene.StartedAsync();
        var file = scene.Manager.ConfigurationFile;
        var good = await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken);
        (await scene.Manager.RunAsync("reload")).ShouldBe(0, $"{file} is in force.\n", "");

        await File.WriteAllTextAsync(file, good.Replace("backend: db_servers", "bakend: db_servers", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        (await scene.Manager.RunAsync("reload")).ShouldBe(2, "", "switches.orders.bakend: unknown key; did you mean \"backend\"");
        await scene.Manager.StatusAsync($"! the file on disk is not in force, the last good one is: {file}:");
        (await scene.Manager.RunAsync("status", "--check")).ExitCode.ShouldBe(1);

        await File.WriteAllTextAsync(file, good.Replace("backend: db_servers", "backend: others", StringComparison.Ordinal), TestContext.Current.CancellationToken);
        (await scene.Manager.RunAsync("reload")).ShouldBe(1, "", "switches.orders.backend changed from db_servers to others");

        await File.WriteAllTextAsync(file, good, TestContext.Current.CancellationToken);
        (await scene.Manager.RunAsync("reload")).ShouldBe(0, "is in force");
        await scene.Manager.HealthyAsync();
    }

    [Fact]
    public async Task A_missing_file_keeps_the_last_good_one()
    {
        await using var scene = await Scene.StartedAsync();
        var good = await File.ReadAllTextAsync(scene.Manager.ConfigurationFile, TestContext.Current.CancellationToken);
        File.Delete(scene.Manager.ConfigurationFile);

        scene.Manager.HangUp();

        (await scene.Manager.LoggedAsync("not reloaded: ")).ShouldContain(scene.Manager.ConfigurationFile);
        await scene.Manager.LoggedAsync("stays in force");
        await StillWorksAsync(scene, good);
    }

    [Fact]
    public async Task What_would_pull_the_selected_target_away_is_refused_with_the_reason()
    {
        await using var scene = await Scene.StartedAsync();
        var good = await File.ReadAllTextAsync(scene.Manager.ConfigurationFile, TestContext.Current.CancellationToken);
        var orders = scene.Orders("db-proxy");

        await ReloadAsync(scene, c => c.With("orders", orders.Without("backend-db1")),
            "not reloaded: switches.orders.targets.backend-db1 is gone, and it is selected: put it back, or select another target first (dbswitch select orders/TARGET).");
        await ReloadAsync(scene, c => c.With("orders", orders.Without("backend-db1").With("primary", scene.Db1.Address)),
            "not reloaded: switches.orders.targets.backend-db1 is now called primary, and it is selected: keep its name");
        await ReloadAsync(scene, c => c.With("orders", orders with { Backend = "others" }),
            "not reloaded: switches.orders.backend changed from db_servers to others, and clients are on its target backend-db1: put it back");
        await ReloadAsync(scene, c => c with { Switches = new Dictionary<string, SwitchText> { ["billing"] = orders } },
            "not reloaded: switches.orders is gone, and clients are on its target backend-db1: put it back");
        await ReloadAsync(scene, c => c with { State = scene.Manager.StateFile + "2" }, $"not reloaded: state changed from {Path.Combine(scene.Manager.Folder, "state.db")} to ");
        await ReloadAsync(scene, c => c with { Socket = scene.Manager.Socket + "2" }, "not reloaded: listen.unix changed from ");
        await ReloadAsync(scene, c => c with { Http = FreePort.Take() }, "not reloaded: listen.http changed from nothing to 127.0.0.1:");

        await StillWorksAsync(scene, good);
    }

    [Fact]
    public async Task A_switch_that_comes_back_without_the_target_that_its_store_remembers_is_refused_and_the_others_are_kept()
    {
        await using var scene = await Scene.PreparedAsync(new RealHaproxyOptions { Sections = ["backend more_servers", "    balance first"] });
        var one = scene.Manager.Configuration.With("orders", scene.Orders("db-proxy") with { Initial = "backend-db1" });
        var billing = scene.Orders("db-proxy") with { Backend = "more_servers" };
        scene.Manager.Configure(one.With("billing", billing));
        await scene.Manager.StartAsync();
        (await scene.Manager.RunAsync("select", "billing/backend-db2")).ShouldBe(0);
        await scene.Manager.StopAsync();
        scene.Manager.Configure(one);
        (await Should.ThrowAsync<InvalidOperationException>(() => scene.Manager.StartAsync())).Message.ShouldContain("switches.billing is gone, and clients are on its target backend-db2: put it back");
        (await Should.ThrowAsync<InvalidOperationException>(() => scene.Manager.StartAsync("--release-proxy", "billing/nowhere"))).Message.ShouldContain("--release-proxy: billing never had a proxy nowhere");
        await scene.Manager.StartAsync("--release-proxy", "billing/db-proxy");
        await scene.Manager.HealthyAsync();

        scene.Manager.Configure(one.With("billing", billing.Without("backend-db2")));
        scene.Manager.HangUp();

        (await scene.Manager.LoggedAsync("not reloaded: ")).ShouldContain("billing has no target backend-db2, which is the one that is selected");
        scene.Manager.Configure(one);
        await StillWorksAsync(scene, one.Text(scene.Manager.Folder));
    }

    private static async Task ReloadAsync(Scene scene, Func<ManagerConfiguration, ManagerConfiguration> change, string logged)
    {
        var configuration = scene.Manager.Configuration;
        await File.WriteAllTextAsync(scene.Manager.ConfigurationFile, change(configuration).Text(scene.Manager.Folder), TestContext.Current.CancellationToken);
        scene.Manager.HangUp();
        await scene.Manager.LoggedAsync(logged);
    }

    /// <summary>Nothing moved, the keeper keeps, a switchover works.</summary>
    private static async Task StillWorksAsync(Scene scene, string good)
    {
        await File.WriteAllTextAsync(scene.Manager.ConfigurationFile, good, TestContext.Current.CancellationToken);
        (await scene.AnswersAsync()).ShouldBe("db1");
        await scene.Haproxy.RestartAsync();
        await Until.TrueAsync("the keeper to put db1 back", async () => await scene.AnswersAsync() == "db1");
        (await scene.Manager.RunAsync("status", "--check")).ShouldBe(1, "! the file on disk is not in force");
        (await scene.Manager.RunAsync("reload")).ShouldBe(0);
        await scene.Manager.HealthyAsync();
        (await scene.Manager.RunAsync("select", "backend-db2")).ShouldBe(0);
        (await scene.AnswersAsync()).ShouldBe("db2");
    }
}
