using System.Diagnostics;
using System.Globalization;

namespace DbSwitch.Tests.Http;

/// <summary>Two hundred listen while clients are switched, some of them without ever reading: nobody is late for it.</summary>
[Collection(nameof(Alone)), Trait("Category", "Slow")]
public sealed class ManyListenersTests
{
    private const int Listeners = 200;
    private const int Stuck = 5;
    private const int Switches = 20;

    [Fact]
    public async Task Two_hundred_listeners_hear_each_switch_at_once_and_a_stuck_one_delays_nobody()
    {
        await using var scene = await TcpScene.StartedAsync();
        await scene.Manager.HealthyAsync();
        using var socket = scene.Manager.OverSocket();
        var alone = await SwitchTimeAsync(scene);
        var listeners = new List<EventClient>();
        var stuck = new List<StuckListener>();
        try
        {
            for (var i = 0; i < Listeners; i++)
            {
                listeners.Add(await EventClient.ListenAsync(socket));
            }

            for (var i = 0; i < Stuck; i++)
            {
                stuck.Add(await StuckListener.StartAsync(scene.Manager.Socket));
            }

            var together = await SwitchTimeAsync(scene);

            foreach (var listener in listeners)
            {
                await Until.TrueAsync("all ends", () => Ends(listener).Count == Switches, 30);
                Ends(listener).ShouldBe(Enumerable.Range(Switches + 1, Switches).Select(id => (long)id));
            }

            // No figure (./bench api has those): a switch that waited for a stuck listener would wait for ever.
            together.ShouldBeLessThan(alone + 5000, string.Create(CultureInfo.InvariantCulture, $"A switch took {alone:0} ms with nobody listening."));
        }
        finally
        {
            foreach (var one in listeners)
            {
                await one.DisposeAsync();
            }

            foreach (var one in stuck)
            {
                await one.DisposeAsync();
            }
        }
    }

    [Fact]
    public async Task Who_does_not_read_is_let_go_and_the_others_hear_all()
    {
        await using var scene = await TcpScene.StartedAsync();
        using var socket = scene.Manager.OverSocket();
        await using var listener = await EventClient.ListenAsync(socket);
        await using var stuck = await StuckListener.StartAsync(scene.Manager.Socket);
        await listener.GetAsync("how it is", e => e.Kind == "switch");

        // A pause and its end are some events each, of a kilobyte or so: more than its row, the buffers of the server and of the kernel hold.
        for (var i = 0; i < 2500; i++)
        {
            await socket.AskAsync(Asking.Post("/api/v1/switches/orders/pause", $$"""{ "reason": "{{new string('x', 490)}}" }"""), System.Net.HttpStatusCode.OK);
        }

        (await stuck.IsLetGoAsync()).ShouldBeTrue();
        var last = (await socket.AskAsync(new HttpRequestMessage(HttpMethod.Get, "/api/v1/switches/orders"), System.Net.HttpStatusCode.OK)).GetProperty("pause").GetProperty("since").GetString();
        await listener.GetAsync("the last pause", e => e.Kind == "switch" && e.Data.Contains(last!, StringComparison.Ordinal));
        await using var again = await EventClient.ListenAsync(socket, listener.Received[0].Id);
        await Until.TrueAsync("the first event", () => again.Received.Count > 0);
        again.Received[0].Kind.ShouldBe("reset");
    }

    // The last end of before they listened may have been on its way to the first of them.
    private static IReadOnlyList<long> Ends(EventClient listener) =>
        [.. listener.Received.Where(e => e.Kind == "switchover").Select(e => e.Json).Where(e => e.GetProperty("result").GetString() == "succeeded").Select(e => e.GetProperty("id").GetInt64()).Where(id => id > Switches)];

    /// <summary>The median of some switches there and back, in milliseconds.</summary>
    private static async Task<double> SwitchTimeAsync(Scene scene)
    {
        using var socket = scene.Manager.OverSocket();
        var times = new List<double>();
        for (var i = 0; i < Switches; i++)
        {
            var watch = Stopwatch.StartNew();
            await socket.AskAsync(Asking.Post("/api/v1/switches/orders/switchovers?wait=10s", $$"""{ "target": "backend-db{{2 - (i % 2)}}" }"""), System.Net.HttpStatusCode.OK);
            times.Add(watch.Elapsed.TotalMilliseconds);
        }

        return times.Order().ElementAt(Switches / 2);
    }
}
