namespace DbSwitch.Tests.Serving;

/// <summary>A target whose name does not resolve.</summary>
public sealed class NameTests
{
    [Fact]
    public async Task A_name_that_does_not_resolve_hinders_only_its_own_target()
    {
        await using var scene = await Scene.PreparedAsync();
        scene.Manager.Configure(scene.Manager.Configuration.With("orders", scene.Orders("db-proxy").With("backend-db3", "does-not-exist.invalid:8312")));
        await scene.Manager.StartAsync();

        await scene.Manager.StatusAsync("! backend-db3: the name does-not-exist.invalid ");
        (await scene.Manager.RunAsync("status")).Output.ShouldMatch("backend-db3 +does-not-exist.invalid:8312 +no address");
        (await scene.Manager.RunAsync("status", "--check")).ShouldBe(1);
        (await scene.Manager.RunAsync("targets")).ShouldBe(0, "does-not-exist.invalid");
        (await scene.Manager.RunAsync("select", "backend-db3")).ShouldBe(1, "", "Refused: backend-db3 has no address (the name does-not-exist.invalid ");

        (await scene.Manager.RunAsync("select", "backend-db2")).ShouldBe(0);
        (await scene.AnswersAsync()).ShouldBe("db2");
    }
}
