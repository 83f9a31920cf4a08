
namespace DbSwitch.Tests.Http;

/// <summary>The scene of a manager that listens on TCP too, with a file for tokens.</summary>
internal static class TcpScene
{
    public static ManagerConfiguration Configuration(int port) => new ManagerConfiguration
    {
        Http = port,
        Listen = ["tokens: tokens"],
        Proxies = new Dictionary<string, string> { ["db-proxy"] = "{ api: \"tcp:127.0.0.1:1\" }" },
    }.With("orders", new SwitchText("db_servers", ["db-proxy"], new Dictionary<string, string> { ["db1"] = "127.0.0.1:2" }));

    /// <summary>A manager that answers requests, though its one proxy does not.</summary>
    public static async Task<ManagerProcess> WithoutProxyAsync(Func<ManagerConfiguration, ManagerConfiguration>? change = null)
    {
        var configuration = Configuration(FreePort.Take());
        var manager = new ManagerProcess(change?.Invoke(configuration) ?? configuration);
        try
        {
            await manager.StartAnsweringAsync();
            return manager;
        }
        catch
        {
            await manager.DisposeAsync();
            throw;
        }
    }

    /// <summary>At work, with <c>backend-db1</c> selected.</summary>
    /// <param name="listen">More lines below <c>listen:</c>.</param>
    public static Task<Scene> StartedAsync(params string[] listen) => StartedAsync(new RealHaproxyOptions(), listen);

    /// <summary>The same, and HAProxy has the companion script.</summary>
    public static Task<Scene> CompanionStartedAsync() => StartedAsync(new RealHaproxyOptions { Companion = true }, []);

    private static async Task<Scene> StartedAsync(RealHaproxyOptions haproxy, string[] listen)
    {
        var scene = await Scene.PreparedAsync(haproxy, http: true);
        try
        {
            var configuration = scene.Manager.Configuration;
            scene.Manager.Configure(configuration.With("orders", scene.Orders("db-proxy") with { Initial = "backend-db1" }) with { Listen = ["tokens: tokens", .. listen] });
            await scene.Manager.StartAsync();
            await Until.TrueAsync("db1 to answer", async () => await scene.AnswersAsync() == "db1");
            return scene;
        }
        catch
        {
            await scene.DisposeAsync();
            throw;
        }
    }
}
