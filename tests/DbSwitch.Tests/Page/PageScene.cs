
namespace DbSwitch.Tests.Page;

/// <summary>A real manager of a real HAProxy whose page may be opened, with and without a token.</summary>
internal sealed class PageScene : IAsyncDisposable
{
    private PageScene(Scene scene, string token) => (Scene, Token) = (scene, token);

    public Scene Scene { get; }

    public ManagerProcess Manager => Scene.Manager;

    /// <summary>Ann's, who is an operator.</summary>
    public string Token { get; }

    /// <summary>Where one may look.</summary>
    public string Address => $"http://127.0.0.1:{Manager.Configuration.Http}/";

    /// <summary>Where ann may change.</summary>
    public string AnnsAddress => $"{Address}#token={Token}";

    /// <summary>At work, with <c>backend-db1</c> selected.</summary>
    public static async Task<PageScene> StartedAsync()
    {
        var scene = await Scene.PreparedAsync(new RealHaproxyOptions { Companion = true }, http: true);
        try
        {
            scene.Manager.Configure(scene.Manager.Configuration.With("orders", scene.Orders("db-proxy") with { Initial = "backend-db1" }) with { Listen = ["tokens: tokens"] });
            await scene.Manager.StartAsync();
            await Until.TrueAsync("db1 to answer", async () => await scene.AnswersAsync() == "db1");
            var given = await scene.Manager.RunAsync("token", "add", "ann", "--role", "operator");
            given.ShouldBe(0, error: "ann may");
            return new PageScene(scene, given.Output.Trim());
        }
        catch
        {
            await scene.DisposeAsync();
            throw;
        }
    }

    public ValueTask DisposeAsync() => Scene.DisposeAsync();
}
