namespace DbSwitch.Tests.Serving;

/// <summary><c>dbswitch hold</c> and <c>release</c> at the command line.</summary>
public sealed class HoldCommandTests
{
    [Fact]
    public async Task Who_holds_is_seen_by_everybody_until_it_is_released()
    {
        await using var scene = await Scene.StartedAsync(new RealHaproxyOptions { Companion = true });
        var manager = scene.Manager;
        await manager.HealthyAsync();
        var me = (await Shell.RunAsync("id", "-un")).Trim();

        (await manager.RunAsync("hold", "--for", "30s", "--reason", "a restart")).ShouldBe(0, "orders: new connections wait until ", "");
        var waiting = DbClient.AskOnceAsync(scene.Haproxy.ClientPort, "patient", TimeSpan.FromSeconds(20));
        var status = (await manager.RunAsync("status")).Output;
        status.ShouldContain("orders: new clients wait for backend-db1, ");
        status.ShouldContain($"  HELD by {me} until ");
        status.ShouldContain(": a restart. New connections wait, open sessions go on. To end it now: dbswitch release");
        var json = (await manager.RunAsync("status", "--json")).Json[0];
        (json.GetProperty("state").GetString(), json.GetProperty("hold").GetProperty("by").GetString()).ShouldBe(("held", me));
        (await manager.RunAsync("hold", "--for", "5s")).ShouldBe(1, "", $"Refused: new connections wait already, held by {me} until ");

        (await manager.RunAsync("release")).ShouldBe(0, "orders: released after ", "");
        (await waiting).Line.ShouldBe("db1 patient");
        (await manager.RunAsync("release")).ShouldBe(0, "orders was not held; nothing was done. Clients go to backend-db1.\n", "");
        await manager.HealthyAsync();
    }

    [Theory]
    [InlineData("Option '--for' is required.", "hold")]
    [InlineData("--for takes a time: --for 30 (seconds), --for 30s, --for 2m. \"soon\" is none.", "hold", "--for", "soon")]
    [InlineData("for is a number of seconds, more than 0 and at most 3600.", "hold", "--for", "0")]
    public async Task Nonsense_is_refused(string why, params string[] command)
    {
        await using var scene = await Scene.StartedAsync(new RealHaproxyOptions { Companion = true });
        (await scene.Manager.RunAsync(command)).ShouldBe(2, "", why);
    }
}
