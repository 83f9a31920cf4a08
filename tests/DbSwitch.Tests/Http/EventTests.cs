using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace DbSwitch.Tests.Http;

/// <summary>Server-sent events: what changes is told at once, to everybody, once; and who was away is told what he missed.</summary>
public sealed partial class EventTests
{
    [Fact]
    public async Task A_switchover_is_told_phase_by_phase_and_the_switch_as_it_is_then()
    {
        await using var scene = await Scene.StartedAsync();
        await scene.Manager.HealthyAsync();
        using var socket = scene.Manager.OverSocket();
        await using var listener = await EventClient.ListenAsync(socket);
        await listener.GetAsync("how it is", e => e.Kind == "switch");
        await ToldIsSoAsync();

        (await scene.Manager.RunAsync("select", "backend-db2", "--reason", "a new disk")).ShouldBe(0);

        var end = await listener.GetAsync("its end", e => e.Kind == "switchover" && e.Json.GetProperty("result").GetString() == "succeeded");
        end.Json.GetProperty("reason").GetString().ShouldBe("a new disk");
        end.Json.GetProperty("report").GetProperty("phases").GetArrayLength().ShouldBeGreaterThan(3);
        listener.Received.Where(e => e.Kind == "switchover").Select(e => e.Json.GetProperty("phase").GetString()).ShouldBe(["fence", "journal", "activate", "verify", null]);
        await listener.GetAsync("the other target", e => e.Kind == "switch" && e.Target == "backend-db2" && e.Json.GetProperty("state").GetString() == "ok");
        await ToldIsSoAsync();
        var line = await listener.GetAsync("the log", e => e.Kind == "log" && e.Json.GetProperty("message").GetString()!.Contains("from backend-db1 to backend-db2", StringComparison.Ordinal));
        line.Json.GetProperty("switch").GetString().ShouldBe("orders");
        line.Json.GetProperty("generation").GetInt64().ShouldBe(2);
        line.Json.GetProperty("switchover").GetInt64().ShouldBe(1);
        listener.Received.Select(e => e.Id).Distinct().Count().ShouldBe(listener.Received.Count);

        Task ToldIsSoAsync() => Until.TrueAsync("what was told last to be what is so", async () =>
            WithoutTimes(listener.Received.Last(e => e.Kind == "switch").Data) == WithoutTimes(await socket.GetStringAsync("/api/v1/switches/orders", TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task A_look_that_finds_nothing_new_is_no_event()
    {
        await using var scene = await Scene.StartedAsync();
        await scene.Manager.HealthyAsync();
        using var socket = scene.Manager.OverSocket();
        await using var listener = await EventClient.ListenAsync(socket);
        var first = await listener.GetAsync("what the first look found", e => e.Kind == "switch" && e.Json.GetProperty("targets").EnumerateArray().All(t => t.GetProperty("probe").ValueKind == JsonValueKind.Object));
        var probed = await ProbedAsync();

        await Until.TrueAsync("two more looks at the targets", async () => await ProbedAsync() is { } at && at > probed + TimeSpan.FromSeconds(1));

        listener.Received.SkipWhile(e => e != first).Skip(1).ShouldBeEmpty();

        async Task<DateTimeOffset> ProbedAsync() => (await socket.AskAsync(new HttpRequestMessage(HttpMethod.Get, "/api/v1/targets"), System.Net.HttpStatusCode.OK))[0].GetProperty("probe").GetProperty("at").GetDateTimeOffset();
    }

    [Fact]
    public async Task How_many_sessions_a_target_has_is_told_when_it_changes_and_to_who_comes_later_too()
    {
        await using var scene = await Scene.StartedAsync();
        using var socket = scene.Manager.OverSocket();
        await using var listener = await EventClient.ListenAsync(socket);
        await ToldAsync(listener, 0);
        using var client = new DbClient(scene.Haproxy.ClientPort);
        (await client.AskAsync("hello")).Line!.ShouldStartWith("db1");

        await ToldAsync(listener, 1);
        await using var later = await EventClient.ListenAsync(socket, listener.Received[^1].Id);
        await ToldAsync(later, 1);
        client.Dispose();
        await ToldAsync(listener, 0);

        // The same again is no event.
        var told = listener.Loads;
        told.Zip(told.Skip(1)).ShouldAllBe(pair => pair.First.Data != pair.Second.Data);
        told.ShouldAllBe(e => e.Id == null);

        static Task ToldAsync(EventClient listener, long sessions) => Until.TrueAsync($"{sessions} sessions", () =>
            listener.Loads is [.., { Json: var last }] && last.GetProperty("switch").GetString() == "orders"
            && last.GetProperty("targets").EnumerateArray().ToDictionary(t => t.GetProperty("target").GetString()!, t => t.GetProperty("sessions").GetInt64()) is { Count: 2 } numbers
            && numbers["backend-db1"] == sessions && numbers["backend-db2"] == 0);
    }

    [Fact]
    public async Task Who_was_away_is_told_what_he_missed_and_no_more()
    {
        await using var scene = await Scene.StartedAsync();
        await scene.Manager.HealthyAsync();
        using var socket = scene.Manager.OverSocket();
        await using var always = await EventClient.ListenAsync(socket);
        string last;
        await using (var listener = await EventClient.ListenAsync(socket))
        {
            last = (await listener.GetAsync("how it is", e => e.Kind == "switch")).Id.ShouldNotBeNull();
        }

        (await scene.Manager.RunAsync("pause", "--reason", "by hand")).ShouldBe(0);
        (await scene.Manager.RunAsync("resume")).ShouldBe(0);
        await always.GetAsync("the end of the pause", e => e.Kind == "log" && e.Json.GetProperty("message").GetString()!.Contains("resumed by", StringComparison.Ordinal));
        await scene.Manager.HealthyAsync();

        await using var again = await EventClient.ListenAsync(socket, last);
        await again.GetAsync("the pause", e => e.Kind == "switch" && e.Json.GetProperty("pause").ValueKind == JsonValueKind.Object);
        await Until.TrueAsync("the rest", () => again.Received[^1].Id == always.Received[^1].Id);
        var missed = always.Received.SkipWhile(e => e.Id != last).Skip(1).Select(e => e.Id).ToList();
        (missed.Count == 0 ? always.Received.Skip(1).Select(e => e.Id) : missed).ShouldBe(again.Received.Select(e => e.Id));
    }

    [Theory]
    [InlineData("00000000-1")]
    [InlineData("nonsense")]
    [InlineData("-1")]
    public async Task An_id_that_is_not_known_any_more_begins_anew(string id)
    {
        await using var scene = await Scene.StartedAsync();
        using var socket = scene.Manager.OverSocket();

        await using var listener = await EventClient.ListenAsync(socket, id);

        await listener.GetAsync("how it is", e => e.Kind == "switch");
        listener.Received[0].Kind.ShouldBe("reset");
        listener.Received[0].Json.GetProperty("message").GetString()!.ShouldContain("forget all that was told");
        listener.Received[1].Target.ShouldBe("backend-db1");
    }

    [Fact]
    public async Task A_switch_that_a_reload_takes_away_begins_anew_for_everybody()
    {
        await using var scene = await Scene.StartedAsync(new RealHaproxyOptions { Sections = ["backend more_servers", "    balance first"] });
        var manager = scene.Manager;
        var alone = manager.Configuration;
        manager.Configure(alone.With("billing", scene.Orders("db-proxy") with { Backend = "more_servers" }));
        manager.HangUp();
        using var socket = manager.OverSocket();
        await using var listener = await EventClient.ListenAsync(socket);
        await listener.GetAsync("the new switch", e => e.Kind == "switch" && e.Json.GetProperty("name").GetString() == "billing");

        manager.Configure(alone);
        manager.HangUp();

        var reset = await listener.GetAsync("the reset", e => e.Kind == "reset");
        reset.Json.GetProperty("message").GetString()!.ShouldContain("no billing any more");
        await Until.TrueAsync("the switch that is left", () => listener.Received.SkipWhile(e => e != reset).Any(e => e.Kind == "switch"));
        listener.Received.SkipWhile(e => e != reset).Where(e => e.Kind == "switch").ShouldAllBe(e => e.Json.GetProperty("name").GetString() == "orders");
    }

    [Fact]
    public async Task The_manager_ends_at_once_though_somebody_listens()
    {
        await using var scene = await Scene.StartedAsync();
        using var socket = scene.Manager.OverSocket();
        await using var listener = await EventClient.ListenAsync(socket);
        await using var stuck = await StuckListener.StartAsync(scene.Manager.Socket);
        await listener.GetAsync("how it is", e => e.Kind == "switch");

        var watch = Stopwatch.StartNew();
        (await scene.Manager.StopAsync()).ShouldBe(0);

        watch.Elapsed.ShouldBeLessThan(TimeSpan.FromSeconds(3));
        await listener.Ended.WaitAsync(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
    }

    // When a target was probed, and how long that took, is another one at each look.
    private static string WithoutTimes(string view) => ProbeTimes().Replace(view, "");

    [GeneratedRegex("\"(milliseconds|at|words)\":[^,}]*")]
    private static partial Regex ProbeTimes();
}
