using HaproxyRuntime;

namespace DbSwitch.Tests.Stage;

/// <summary>The seed's topology: two databases, HAProxy, and a manager of the switch <c>orders</c>.</summary>
internal sealed class Scene : IAsyncDisposable
{
    private RealHaproxy? _second;

    private Scene(RealHaproxy haproxy, bool http)
    {
        Haproxy = haproxy;
        Manager = new ManagerProcess(new ManagerConfiguration
        {
            Http = http ? FreePort.Take() : null,
            Proxies = new Dictionary<string, string> { ["db-proxy"] = Api(haproxy.ApiEndpoint) },
        }.With("orders", Orders("db-proxy")));
    }

    public RealHaproxy Haproxy { get; }

    public RealHaproxy Second => _second ?? throw new InvalidOperationException("There is one HAProxy only.");

    public EchoDatabase Db1 { get; } = new("db1");

    public EchoDatabase Db2 { get; } = new("db2");

    public ManagerProcess Manager { get; }

    public string Server1 => $"backend_db1_{Db1.Port}";

    public string Server2 => $"backend_db2_{Db2.Port}";

    /// <summary>Everything is there, the manager is not started yet.</summary>
    public static async Task<Scene> PreparedAsync(RealHaproxyOptions? options = null, bool http = false, string version = "3.2") =>
        new(await RealHaproxy.StartAsync(version, options), http);

    /// <summary>The manager is at work, and <c>backend-db1</c> is selected.</summary>
    public static async Task<Scene> StartedAsync(RealHaproxyOptions? options = null, bool http = false, string version = "3.2")
    {
        var scene = await PreparedAsync(options, http, version);
        try
        {
            scene.Manager.Configure(scene.Manager.Configuration.With("orders", scene.Orders("db-proxy") with { Initial = "backend-db1" }));
            await scene.Manager.StartAsync();

            // By HAProxy's own word, and not by a client, who would wait in the hold and be counted.
            await Until.TrueAsync("db1 to be ready", async () => (await scene.Haproxy.SendAsync("show servers state db_servers")).Contains($" {scene.Server1} 127.0.0.1 2 0 ", StringComparison.Ordinal), seconds: 30);
            (await scene.AnswersAsync()).ShouldBe("db1");
            return scene;
        }
        catch
        {
            await scene.DisposeAsync();
            throw;
        }
    }

    public static string Api(RuntimeEndpoint endpoint) => $"{{ api: \"{endpoint}\" }}";

    public SwitchText Orders(params string[] proxies) =>
        new("db_servers", proxies, new Dictionary<string, string> { ["backend-db1"] = Db1.Address, ["backend-db2"] = Db2.Address });

    /// <summary>Which database a new client reaches; null for none.</summary>
    public async Task<string?> AnswersAsync() => (await DbClient.AskOnceAsync(Haproxy.ClientPort, "hello")).Line?.Split(' ')[0];

    /// <summary>One more HAProxy, which ends with the scene.</summary>
    public async Task<RealHaproxy> AnotherHaproxyAsync() => _second = await RealHaproxy.StartAsync("3.2");

    /// <summary>As a person does it with netcat.</summary>
    public static async Task ServeByHandAsync(RealHaproxy haproxy, string server, EchoDatabase database)
    {
        (await haproxy.SendAsync($"add server db_servers/{server} {database.Address}")).ShouldStartWith("New server registered.");
        (await haproxy.SendAsync($"set server db_servers/{server} state ready")).ShouldBe("\n");
    }

    public async ValueTask DisposeAsync()
    {
        await Manager.DisposeAsync();
        await Haproxy.DisposeAsync();
        if (_second is { } second)
        {
            await second.DisposeAsync();
        }

        await Db1.DisposeAsync();
        await Db2.DisposeAsync();
    }
}
