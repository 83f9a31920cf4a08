using System.Diagnostics;

namespace DbSwitch.Tests.Serving;

/// <summary>The manager is not in the data path: it may end in any way, and clients do not notice.</summary>
public sealed class RestartTests
{
    [Fact]
    public async Task Clients_notice_nothing_when_the_manager_is_killed_and_comes_back()
    {
        await using var scene = await Scene.StartedAsync();
        (await scene.Manager.RunAsync("select", "backend-db2", "--reason", "before")).ShouldBe(0);
        var history = (await scene.Manager.RunAsync("history")).Output;
        var selection = (await scene.Manager.RunAsync("status", "--json")).Json[0].GetProperty("selection").ToString();
        await using var clients = new SteadyClients(scene.Haproxy.ClientPort, "db2");
        await clients.MoreAnswersAsync(20);

        await scene.Manager.KillAsync();
        await clients.MoreAnswersAsync(50);
        await scene.Manager.StartAsync();
        await scene.Manager.HealthyAsync();
        await clients.MoreAnswersAsync(50);

        clients.Failures.ShouldBeEmpty();
        (await scene.Manager.RunAsync("status", "--json")).Json[0].GetProperty("selection").ToString().ShouldBe(selection);
        (await scene.Manager.RunAsync("history")).Output.ShouldBe(history);
        (await scene.Manager.RunAsync("select", "backend-db1", "--if-generation", "2")).ShouldBe(0, "generation 3");
    }

    [Fact]
    public async Task Asked_to_end_it_does_so_at_once_and_leaves_every_proxy_as_it_is()
    {
        await using var scene = await Scene.StartedAsync();
        await using var clients = new SteadyClients(scene.Haproxy.ClientPort, "db1");
        await clients.MoreAnswersAsync(10);
        var began = Stopwatch.StartNew();

        (await scene.Manager.StopAsync()).ShouldBe(0);

        began.Elapsed.TotalSeconds.ShouldBeLessThan(5);
        await clients.MoreAnswersAsync(20);
        clients.Failures.ShouldBeEmpty();
        File.Exists(scene.Manager.Socket).ShouldBeFalse();
    }

    [Fact]
    public async Task Asked_to_end_in_the_middle_of_a_switchover_it_undoes_it_when_it_is_back()
    {
        await using var scene = await Scene.StartedAsync();
        using var open = new DbClient(scene.Haproxy.ClientPort);
        (await open.AskAsync("hello")).Line.ShouldBe("db1 hello");
        using var select = Dbswitch.Start([], ["select", "backend-db2", "--drain", "60", "--config", scene.Manager.ConfigurationFile]);
        await scene.Manager.StatusAsync("switching to backend-db2");
        var began = Stopwatch.StartNew();

        (await scene.Manager.StopAsync()).ShouldBe(0);

        began.Elapsed.TotalSeconds.ShouldBeLessThan(5);
        (await Dbswitch.EndAsync(select)).ShouldBe(5, "orders: switchover 1 to backend-db2 is under way.", "");
        await scene.Manager.StartAsync();
        await scene.Manager.HealthyAsync();
        (await scene.AnswersAsync()).ShouldBe("db1");
        var entry = (await scene.Manager.RunAsync("history", "--json")).Json[0];
        entry.GetProperty("result").GetString().ShouldBe("rolled-back");
        entry.GetProperty("message").GetString().ShouldBe("orders: rolled back, clients stay with backend-db1: the manager ended before every proxy was fenced.");
    }

    [Fact]
    public async Task Who_waits_for_a_switchover_while_the_manager_is_killed_is_told_what_that_means()
    {
        await using var scene = await Scene.StartedAsync();
        using var open = new DbClient(scene.Haproxy.ClientPort);
        (await open.AskAsync("hello")).Line.ShouldBe("db1 hello");
        using var select = Dbswitch.Start([], ["select", "backend-db2", "--drain", "60", "--config", scene.Manager.ConfigurationFile]);
        await scene.Manager.StatusAsync("switching to backend-db2");

        await scene.Manager.KillAsync();

        (await Dbswitch.EndAsync(select)).ShouldBe(4, "", $"The manager at unix:{scene.Manager.Socket} ended before it answered. A switchover that was begun is undone or finished when it is started again (dbswitch serve); until then clients may be without a database.");
        await scene.Manager.StartAsync();
        await scene.Manager.HealthyAsync();
        (await scene.AnswersAsync()).ShouldBe("db1");
        (await open.AskAsync("still")).Line.ShouldBe("db1 still");
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task A_managed_haproxy_outlives_its_manager_and_ends_when_told_to()
    {
        var haproxy = HaproxyBinary.For("3.2");
        await using var database = new EchoDatabase("db1");
        var port = FreePort.Take();
        await using var manager = new ManagerProcess(new ManagerConfiguration
        {
            Proxies = new Dictionary<string, string> { ["local"] = $"{{ managed: {{ frontends: {{ orders: \"127.0.0.1:{port}\" }}, haproxy: {haproxy}, maxconn: 100 }} }}" },
        }.With("orders", new SwitchText("db_servers", ["local"], new Dictionary<string, string> { ["backend-db1"] = database.Address }) { Initial = "backend-db1" }));
        await using var afterwards = new Afterwards(Dbswitch.Path, "proxies", "stop", "local", "--config", manager.ConfigurationFile);
        await manager.StartAsync();
        await manager.HealthyAsync();
        var pid = await HaproxyPidAsync(manager);
        await using (var clients = new SteadyClients(port, "db1"))
        {
            await clients.MoreAnswersAsync(10);

            await manager.KillAsync();
            await clients.MoreAnswersAsync(30);
            await manager.StartAsync();
            await manager.HealthyAsync();
            (await HaproxyPidAsync(manager)).ShouldBe(pid);
            (await manager.StopAsync()).ShouldBe(0);
            await clients.MoreAnswersAsync(30);
            clients.Failures.ShouldBeEmpty();
        }

        LinuxProcess.IsAlive(pid).ShouldBeTrue();
        (await manager.RunAsync("proxies", "stop", "nobody")).ShouldBe(2, "", $"There is no managed proxy nobody in {manager.ConfigurationFile}.");
        (await manager.RunAsync("proxies", "stop", "local")).ShouldBe(0, "local has ended. Its clients are refused until it is started again (dbswitch serve does).\n", "");
        LinuxProcess.IsAlive(pid).ShouldBeFalse();
        (await DbClient.AskOnceAsync(port, "hello")).Reason.ShouldBe(NoAnswer.Refused);
        (await manager.RunAsync("proxies", "stop", "local")).ShouldBe(0, "local was not running.\n", "");
    }

    [Fact]
    public async Task A_managed_proxy_whose_port_is_taken_is_said_with_exit_code_2()
    {
        var haproxy = HaproxyBinary.For("3.2");
        await using var database = new EchoDatabase("db1");
        await using var manager = new ManagerProcess(new ManagerConfiguration
        {
            Proxies = new Dictionary<string, string> { ["local"] = $"{{ managed: {{ frontends: {{ orders: \"127.0.0.1:{database.Port}\" }}, haproxy: {haproxy}, maxconn: 100 }} }}" },
        }.With("orders", new SwitchText("db_servers", ["local"], new Dictionary<string, string> { ["backend-db1"] = "127.0.0.1:1" })));
        await using var afterwards = new Afterwards(Dbswitch.Path, "proxies", "stop", "local", "--config", manager.ConfigurationFile);

        var end = await manager.RefusedToStartAsync();
        end.ShouldBe(2, error: "The managed proxy local does not start: ");
        end.Error.ShouldContain($"127.0.0.1:{database.Port}");
    }

    private static async Task<int> HaproxyPidAsync(ManagerProcess manager) =>
        (await manager.RunAsync("status", "--json")).Json[0].GetProperty("proxies")[0].GetProperty("pid").GetInt32();

    /// <summary>Runs a command at the end of a test, even when the tests are killed: for what leaves their process groups on purpose.</summary>
    private sealed class Afterwards(params string[] command) : IAsyncDisposable
    {
        private readonly Process _guard = Process.Start(new ProcessStartInfo("sh", ["-c", "trap : INT TERM HUP; read -r line; \"$0\" \"$@\" > /dev/null 2>&1", .. command]) { RedirectStandardInput = true })!;

        public async ValueTask DisposeAsync()
        {
            _guard.StandardInput.Close();
            await _guard.WaitForExitAsync();
            _guard.Dispose();
        }
    }
}
