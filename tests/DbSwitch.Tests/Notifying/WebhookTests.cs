using System.Security.Cryptography;
using System.Text;
using DbSwitch.Tests.Http;

namespace DbSwitch.Tests.Notifying;

/// <summary>Webhooks: what is sent, how one knows that it is ours, and that nobody waits for who takes it.</summary>
public sealed class WebhookTests
{
    private const string Secret = "between us";

    [Fact]
    public async Task A_switchover_is_told_signed_with_all_that_is_known_of_it()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var scene = await StartedAsync(receiver, "switchover-started, switchover-ended, paused, resumed");

        (await scene.Manager.RunAsync("select", "backend-db2", "--reason", "a new disk – really")).ShouldBe(0);
        (await scene.Manager.RunAsync("pause", "--reason", "by hand")).ShouldBe(0);
        await receiver.ReceivesAsync(3);
        (await scene.Manager.RunAsync("resume")).ShouldBe(0);
        await receiver.ReceivesAsync(4);

        receiver.Received.Select(r => r.Event).ShouldBe(["switchover-started", "switchover-ended", "paused", "resumed"]);
        var ended = receiver.Received[1];
        ended.Message.ShouldStartWith("orders: backend-db2 is selected (before: backend-db1)");
        ended.Json.GetProperty("switch").GetString().ShouldBe("orders");
        ended.Json.GetProperty("switchover").GetProperty("result").GetString().ShouldBe("succeeded");
        ended.Json.GetProperty("switchover").GetProperty("reason").GetString().ShouldBe("a new disk – really");
        ended.Json.GetProperty("state").GetProperty("selection").GetProperty("target").GetString().ShouldBe("backend-db2");
        receiver.Received[2].Message.ShouldEndWith("(by hand).");
        using var socket = scene.Manager.OverSocket();
        var schema = new ApiSchema(System.Text.Json.JsonDocument.Parse(await socket.GetStringAsync("/openapi/v1.json", TestContext.Current.CancellationToken)).RootElement);
        foreach (var one in receiver.Received)
        {
            schema.Check("NoticeView", one.Body);

            // As docs/hooks.md tells a receiver to do it.
            var timestamp = one.Headers["Dbswitch-Timestamp"];
            var expected = "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.UTF8.GetBytes($"{timestamp}.{one.Body}")));
            one.Headers["Dbswitch-Signature"].ShouldBe(expected);
            DateTimeOffset.FromUnixTimeSeconds(long.Parse(timestamp, System.Globalization.CultureInfo.InvariantCulture)).ShouldBe(DateTimeOffset.UtcNow, TimeSpan.FromMinutes(5));
            one.Headers["Dbswitch-Event"].ShouldBe(one.Event);
            one.Headers["Dbswitch-Notice"].ShouldBe(one.Json.GetProperty("id").GetString());
            one.Headers["Content-Type"].ShouldStartWith("application/json");
        }

        receiver.Received.Select(r => r.Headers["Dbswitch-Notice"]).ShouldBeUnique();
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task Who_fails_is_told_again_under_the_same_id_and_what_follows_comes_after()
    {
        await using var receiver = await Receiver.StartAsync((number, _) => Task.FromResult(number <= 2 ? 503 : 200));
        await using var scene = await StartedAsync(receiver, "paused, resumed");

        (await scene.Manager.RunAsync("pause")).ShouldBe(0);
        await receiver.ReceivesAsync(1);
        (await scene.Manager.RunAsync("resume")).ShouldBe(0);
        await receiver.ReceivesAsync(4);

        receiver.Received.Select(r => r.Event).ShouldBe(["paused", "paused", "paused", "resumed"]);
        receiver.Received.Take(3).Select(r => r.Headers["Dbswitch-Notice"]).Distinct().ShouldHaveSingleItem();
        await scene.Manager.LoggedAsync("paused: webhook chat: it answered 503; it is told again");
    }

    [Fact]
    public async Task Who_does_not_want_it_is_not_asked_again()
    {
        await using var receiver = await Receiver.StartAsync((_, _) => Task.FromResult(410));
        await using var scene = await StartedAsync(receiver, "paused, resumed");

        (await scene.Manager.RunAsync("pause")).ShouldBe(0);
        await scene.Manager.LoggedAsync("paused: webhook chat was not told: it answered 410");
        (await scene.Manager.RunAsync("resume")).ShouldBe(0);
        await receiver.ReceivesAsync(2);

        receiver.Received.Select(r => r.Event).ShouldBe(["paused", "resumed"]);
    }

    [Fact]
    public async Task One_that_hangs_delays_no_switch_no_other_and_not_the_end()
    {
        await using var hangs = await Receiver.StartAsync(async (_, gone) =>
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, gone);
            return 200;
        });
        await using var other = await Receiver.StartAsync();
        await using var scene = await Scene.PreparedAsync();
        scene.Manager.Configure(scene.Manager.Configuration.With("orders", scene.Orders("db-proxy") with { Initial = "backend-db1" }) with
        {
            More =
            [
                "webhooks:",
                $"  stuck: {{ url: \"{hangs.Url}\", events: [switchover-started, switchover-ended], timeout: 1m }}",
                $"  other: {{ url: \"{other.Url}\", events: [switchover-ended] }}",
            ],
        });
        await scene.Manager.StartAsync();
        await scene.Manager.HealthyAsync();

        foreach (var target in (string[])["backend-db2", "backend-db1", "backend-db2"])
        {
            (await scene.Manager.RunAsync("select", target)).ShouldBe(0, $"{target} is selected");
        }

        await other.ReceivesAsync(3);
        hangs.Received.Count.ShouldBe(1, "It has not answered the first, and what follows waits.");
        other.Received[0].Headers.Keys.ShouldNotContain("Dbswitch-Signature");
        (await scene.Manager.StopAsync()).ShouldBe(0);
        scene.Manager.Log.ShouldContain("webhook stuck: the manager ends, and 5 notices were not delivered");
    }

    [Fact]
    public async Task What_is_wrong_is_told_once_and_when_it_is_over()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var scene = await StartedAsync(receiver, "trouble, recovered");

        await scene.Haproxy.KillAsync();
        await receiver.ReceivesAsync(1);
        await scene.Haproxy.RestartAsync();
        await receiver.ReceivesAsync(2);

        receiver.Received.Take(2).Select(r => r.Event).ShouldBe(["trouble", "recovered"]);
        receiver.Received[0].Message.ShouldContain("db-proxy: ");
        receiver.Received[0].Json.GetProperty("state").GetProperty("problems").GetArrayLength().ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_reload_changes_who_is_told()
    {
        await using var receiver = await Receiver.StartAsync();
        await using var scene = await StartedAsync(receiver, "resumed");

        scene.Manager.Configure(scene.Manager.Configuration with { More = Lines(receiver, "paused") });
        scene.Manager.HangUp();
        await scene.Manager.LoggedAsync("reloaded: ");
        (await scene.Manager.RunAsync("pause")).ShouldBe(0);
        (await scene.Manager.RunAsync("resume")).ShouldBe(0);
        (await scene.Manager.RunAsync("pause")).ShouldBe(0);
        await receiver.ReceivesAsync(2);

        receiver.Received.Select(r => r.Event).ShouldBe(["paused", "paused"]);
    }

    private static async Task<Scene> StartedAsync(Receiver receiver, string events)
    {
        var scene = await Scene.PreparedAsync();
        scene.Manager.Configure(scene.Manager.Configuration.With("orders", scene.Orders("db-proxy") with { Initial = "backend-db1" }) with { More = Lines(receiver, events) });
        await scene.Manager.StartAsync();
        await scene.Manager.HealthyAsync();
        return scene;
    }

    private static string[] Lines(Receiver receiver, string events) => ["webhooks:", $"  chat: {{ url: \"{receiver.Url}\", secret: {Secret}, events: [{events}] }}"];
}
