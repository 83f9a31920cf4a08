using System.Diagnostics;
using System.Globalization;

namespace DbSwitch.Tests.Companion;

/// <summary>None of the many who wait is forgotten.</summary>
[Collection(nameof(Alone)), Trait("Category", "Slow")]
public sealed class ManyWaitTests(ITestOutputHelper output)
{
    private const int Clients = 3000;
    private const int Rounds = 20;

    [Theory, EveryHaproxy]
    public async Task Of_3000_who_wait_all_go_on_within_a_second_of_the_activation_in_each_of_20_rounds(string version)
    {
        await using var database = new EchoDatabase("db1:");
        await using var scene = await CompanionScene.StartAsync(version, TimeSpan.FromSeconds(60), new RealHaproxyOptions { MaximumConnections = 9000 });
        await scene.ActivateAsync(database.Address);
        await scene.FenceAsync();
        var times = new List<double>();
        for (var round = 1; round <= Rounds; round++)
        {
            var clients = new List<WaitingClient>(Clients);
            for (var i = 0; i < Clients; i++)
            {
                clients.Add(await scene.ConnectAsync("hello\n"));
            }

            await scene.UntilAsync("waiting", Clients, 30);

            await scene.ActivateAsync(database.Address);
            var watch = Stopwatch.StartNew();
            await scene.UntilAsync("waiting", 0);
            times.Add(watch.Elapsed.TotalMilliseconds);

            var answers = await Task.WhenAll(clients.Select(client => client.ReadLineAsync()));
            answers.ShouldAllBe(answer => answer == "db1: hello", $"round {round}");
            await scene.FenceAsync();
            clients.ForEach(client => client.Dispose());
            var state = await scene.StateAsync();
            (state["released"], state["expired"], state["dropped"]).ShouldBe((Clients * round, 0, 0));
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"HAProxy {version}: {Rounds} rounds of {Clients}; all had gone on after {times.Order().ElementAt(Rounds / 2):0} ms (median), {times.Max():0} ms at most."));

        // None is forgotten: each round ended. How fast is a matter of the machine too, so half of the rounds stand for the second that all of them take on one that is not busy.
        times.Order().ElementAt(Rounds / 2).ShouldBeLessThan(1000);
    }
}
