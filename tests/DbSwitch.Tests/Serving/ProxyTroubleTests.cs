using System.Net;
using System.Net.Sockets;
using HaproxyRuntime;

namespace DbSwitch.Tests.Serving;

/// <summary>A proxy that can't be used: the manager runs, says what is wrong and what to do, refuses to switch, and goes on by itself once it is mended.</summary>
public sealed class ProxyTroubleTests
{
    [Fact]
    public async Task An_api_socket_that_does_not_exist_is_said_and_heals_when_haproxy_comes()
    {
        await using var scene = await Scene.PreparedAsync();
        await scene.Haproxy.KillAsync();
        var socket = ((RuntimeEndpoint.Unix)scene.Haproxy.ApiEndpoint).Path;
        await RefusesAsync(scene, "db-proxy: nobody answers there any more (HAProxy is not running)", $"unix:{socket}");
        (await scene.Manager.StopAsync()).ShouldBe(0);
        File.Delete(socket);

        await RefusesAsync(scene, $"db-proxy: there is no socket at {socket} (is HAProxy running, with \"stats socket {socket} level admin\"?)", $"unix:{socket}");

        await scene.Haproxy.RestartAsync();
        await SelectsAsync(scene);
    }

    [Fact]
    public async Task A_port_on_which_nobody_listens_is_said_and_heals_when_haproxy_comes()
    {
        await using var scene = await Scene.PreparedAsync(new RealHaproxyOptions { TcpApi = true });
        scene.Manager.Configure(scene.Manager.Configuration with { Proxies = new Dictionary<string, string> { ["db-proxy"] = Scene.Api(scene.Haproxy.TcpApiEndpoint) } });
        await scene.Haproxy.KillAsync();

        await RefusesAsync(scene, "db-proxy: the connection was refused (HAProxy is not running, or does not listen there)", scene.Haproxy.TcpApiEndpoint.ToString());

        await scene.Haproxy.RestartAsync();
        await SelectsAsync(scene);
    }

    [Fact]
    public async Task An_api_socket_that_may_not_be_opened_is_said()
    {
        await using var scene = await Scene.PreparedAsync();
        await using var manager = await UnprivilegedAsync(scene);

        var sentence = $"this user may not open {((RuntimeEndpoint.Unix)scene.Haproxy.ApiEndpoint).Path} (give it to this user or group: \"stats socket … user … group … mode 660\"; a master's socket: \"-S …,mode,660,group,…\" where HAProxy is started)";
        await manager.StatusAsync("db-proxy: " + sentence);
        (await manager.RunAsync("select", "backend-db2")).ShouldBe(1, "", sentence);
    }

    [Theory]
    [InlineData("operator")]
    [InlineData("user")]
    public async Task A_runtime_api_of_too_low_a_level_is_said_and_heals_when_it_is_raised(string level)
    {
        var socket = $"/tmp/dbsl-{Guid.NewGuid():N}.sock";
        await using var scene = await Scene.PreparedAsync(new RealHaproxyOptions { Global = [$"stats socket {socket} level {level}"] });
        scene.Manager.Configure(scene.Manager.Configuration with { Proxies = new Dictionary<string, string> { ["db-proxy"] = $"{{ api: \"unix:{socket}\" }}" } });

        await RefusesAsync(scene, $"this Runtime API is at level {level}; a switch needs level admin (\"stats socket … level admin\" in haproxy.cfg)", null);

        await scene.Haproxy.RestartAsync(new RealHaproxyOptions { Global = [$"stats socket {socket} level admin"] });
        await SelectsAsync(scene);
        File.Delete(socket);
    }

    [Fact]
    public async Task A_backend_that_haproxy_lacks_is_said_and_heals_when_it_is_added()
    {
        await using var scene = await Scene.PreparedAsync();
        scene.Manager.Configure(scene.Manager.Configuration.With("orders", scene.Orders("db-proxy") with { Backend = "databases" }));

        await RefusesAsync(scene, "db-proxy: has no backend databases (add \"backend databases\" to its haproxy.cfg, or correct the switch's backend: key)", null);

        await scene.Haproxy.RestartAsync(new RealHaproxyOptions { Sections = ["backend databases", "    balance first"], Frontend = ["use_backend databases"] });
        await SelectsAsync(scene);
    }

    [Theory]
    [InlineData("static-rr")]
    [InlineData("source")]
    public async Task A_backend_that_balances_statically_is_rolled_back_and_works_once_it_does_not(string balance)
    {
        await using var scene = await Scene.PreparedAsync(new RealHaproxyOptions { Balance = balance });
        await scene.Manager.StartAsync();

        var end = await scene.Manager.RunAsync("select", "backend-db2");

        end.ShouldBe(1, error: "");
        end.Output.ShouldStartWith("orders: rolled back, clients stay with none: ");
        end.Output.ShouldContain("backend db_servers can't take servers while it runs: give it a dynamic algorithm in haproxy.cfg (\"balance first\"), and reload HAProxy");
        (await scene.AnswersAsync()).ShouldBeNull();
        await scene.Haproxy.RestartAsync(new RealHaproxyOptions());
        await SelectsAsync(scene);
        (await scene.Manager.RunAsync("history", "--json")).Json.EnumerateArray().Select(h => h.GetProperty("result").GetString()).ShouldBe(["succeeded", "rolled-back"]);
    }

    [Fact]
    public async Task A_statically_balanced_backend_with_a_selection_is_trouble_that_the_status_explains()
    {
        await using var scene = await Scene.StartedAsync();
        await scene.Haproxy.RestartAsync(new RealHaproxyOptions { Balance = "source" });

        await scene.Manager.StatusAsync("! db-proxy: backend db_servers can't take servers while it runs: give it a dynamic algorithm in haproxy.cfg");
        (await scene.Manager.RunAsync("status", "--check")).ShouldBe(1);

        await scene.Haproxy.RestartAsync(new RealHaproxyOptions());
        await scene.Manager.HealthyAsync();
        (await scene.AnswersAsync()).ShouldBe("db1");
    }

    [Fact, Trait("Category", "Slow")]
    public async Task What_is_no_runtime_api_makes_its_proxy_unknown_and_hinders_no_other()
    {
        await using var scene = await Scene.PreparedAsync();
        await using var noise = new WrongServer(WrongServer.Noise);
        await using var web = new WrongServer(WrongServer.Web);
        await using var closing = new WrongServer(WrongServer.Close);
        await using var silent = new WrongServer(WrongServer.Silence);
        var wrong = new Dictionary<string, WrongServer> { ["noise"] = noise, ["web"] = web, ["closing"] = closing, ["silent"] = silent };
        var configuration = scene.Manager.Configuration with
        {
            Proxies = new Dictionary<string, string>(scene.Manager.Configuration.Proxies.Concat(wrong.Select(w => KeyValuePair.Create(w.Key, Scene.Api(w.Value.Endpoint))))),
        };
        configuration = configuration.With("orders", scene.Orders("db-proxy") with { Initial = "backend-db1" });
        foreach (var name in wrong.Keys)
        {
            configuration = configuration.With("at-" + name, scene.Orders(name));
        }

        scene.Manager.Configure(configuration);

        // As if each had been well once: what is selected there is known.
        await StoreFile.SelectAsync(scene.Manager.StateFile, wrong.Keys.Select(n => "at-" + n), "backend-db1");
        await scene.Manager.StartAsync();

        var status = await scene.Manager.StatusAsync("silent: no complete answer within 2 s");
        status.Output.ShouldMatch("! noise: .*not HAProxy's Runtime API");
        status.Output.ShouldMatch("! web: .*not HAProxy's Runtime API");
        status.Output.ShouldMatch("! closing: .*closed the connection");
        var began = DateTime.UtcNow;
        var refusals = await Task.WhenAll(wrong.Keys.Select(n => scene.Manager.RunAsync("select", "backend-db2", "--switch", "at-" + n)));

        // The manager looks for 5 s; the rest is what four processes take to start where the machine is busy.
        (DateTime.UtcNow - began).TotalSeconds.ShouldBeLessThan(15);
        foreach (var (name, refusal) in wrong.Keys.Zip(refusals))
        {
            refusal.ShouldBe(1, "", $"dbswitch: Refused: waits for {name} before anything is changed");
        }

        (await scene.Manager.RunAsync("status", "--check")).ShouldBe(1);
        (await scene.Manager.RunAsync("status", "--check", "--switch", "orders")).ShouldBe(0);
        (await scene.Manager.RunAsync("select", "orders/backend-db2")).ShouldBe(0);
        (await scene.AnswersAsync()).ShouldBe("db2");
    }

    [Fact, Trait("Category", "Slow")]
    public async Task A_proxy_in_a_black_hole_delays_neither_a_reload_nor_the_end()
    {
        await using var scene = await Scene.PreparedAsync();
        using var hole = new BlackHole();
        var configuration = scene.Manager.Configuration.With("orders", scene.Orders("db-proxy") with { Initial = "backend-db1" });
        configuration = (configuration with { Proxies = new Dictionary<string, string>(configuration.Proxies) { ["far"] = Scene.Api(hole.Endpoint) } }).With("at-far", scene.Orders("far"));
        scene.Manager.Configure(configuration);
        await scene.Manager.StartAsync();
        await scene.Manager.StatusAsync("far: ");

        scene.Manager.Configure(configuration.With("orders", scene.Orders("db-proxy").With("backend-db3", "127.0.0.1:3")));
        scene.Manager.HangUp();

        await scene.Manager.LoggedAsync("is in force", 5);
        var began = DateTime.UtcNow;
        (await scene.Manager.StopAsync()).ShouldBe(0);
        (DateTime.UtcNow - began).TotalSeconds.ShouldBeLessThan(5);
    }

    /// <summary>Ready, and refusing, with a sentence; monitoring is told.</summary>
    private static async Task RefusesAsync(Scene scene, string sentence, string? where)
    {
        // That it is ready it says only after it has waited for the proxies; it answers before.
        await scene.Manager.LaunchAsync();
        var status = await scene.Manager.StatusAsync(sentence);
        status.Output.ShouldContain("orders: not known yet where the clients go");
        (await scene.Manager.RunAsync("status", "--check")).ShouldBe(1);
        var end = await scene.Manager.RunAsync("select", "backend-db2");
        end.ShouldBe(1, "", "Refused: what orders's proxies serve is not known yet (");
        end.Error.ShouldContain(sentence);
        (await scene.Manager.RunAsync("proxies")).Output.ShouldContain(where ?? sentence.Replace("db-proxy: ", "", StringComparison.Ordinal));
    }

    /// <summary>The same manager, once the cause is mended.</summary>
    private static async Task SelectsAsync(Scene scene)
    {
        await scene.Manager.HealthyAsync();
        (await scene.Manager.RunAsync("select", "backend-db2")).ShouldBe(0, "orders: backend-db2 is selected");
        (await scene.AnswersAsync()).ShouldBe("db2");
    }

    private static async Task<ManagerProcess> UnprivilegedAsync(Scene scene)
    {
        var manager = new ManagerProcess(scene.Manager.Configuration) { Before = Dbswitch.AsNobody };
        if (Environment.IsPrivilegedProcess)
        {
            await Shell.RunAsync("chown", "65534:65534", manager.Folder);
        }
        else
        {
            await Shell.RunAsync("chmod", "000", ((RuntimeEndpoint.Unix)scene.Haproxy.ApiEndpoint).Path);
        }

        await manager.LaunchAsync();
        return manager;
    }

    /// <summary>A listener whose queue is full: the system drops what comes, as a dead network does.</summary>
    private sealed class BlackHole : IDisposable
    {
        private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        private readonly List<Socket> _waiting = [];

        public BlackHole()
        {
            _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            _listener.Listen(0);
            for (var i = 0; i < 4; i++)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
                try
                {
                    socket.Connect(_listener.LocalEndPoint!);
                }
                catch (SocketException)
                {
                    // Under way; the first of them are taken into the queue.
                }

                _waiting.Add(socket);
            }
        }

        public RuntimeEndpoint Endpoint => RuntimeEndpoint.Parse($"tcp:{_listener.LocalEndPoint}");

        public void Dispose()
        {
            _waiting.ForEach(s => s.Dispose());
            _listener.Dispose();
        }
    }
}
