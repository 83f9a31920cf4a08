using System.Diagnostics;

namespace DbSwitch.Tests.Companion;

/// <summary>New connections wait while no server is usable.</summary>
public sealed class HoldTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(500);

    [Theory, EveryHaproxy]
    public async Task Who_comes_before_the_first_server_waits_and_is_served_when_there_is_one(string version)
    {
        await using var database = new EchoDatabase("db1:");
        await using var scene = await CompanionScene.StartAsync(version);
        using var client = await scene.ConnectAsync("hello\n");
        await scene.UntilAsync("waiting", 1);

        await scene.ActivateAsync(database.Address);

        (await client.ReadLineAsync()).ShouldBe("db1: hello");
        var state = await scene.StateAsync();
        (state["waiting"], state["released"], state["expired"], state["dropped"]).ShouldBe((0, 1, 0, 0));
        state["longest_wait"].ShouldBeInRange(1, 10_000);
    }

    [Theory, EveryHaproxy, Trait("Category", "Slow")]
    public async Task A_thousand_wait_some_give_up_and_each_is_counted_once(string version)
    {
        const int Stay = 1000, GoAway = 100;
        await using var database = new EchoDatabase("db1:");
        await using var scene = await CompanionScene.StartAsync(version, options: new RealHaproxyOptions { MaximumConnections = 5000 });
        using var oldest = await scene.ConnectAsync("first\n");
        await scene.UntilAsync("waiting", 1);
        var gone = new List<WaitingClient>();
        var clients = new List<WaitingClient>();
        try
        {
            for (var i = 0; i < Stay; i++)
            {
                clients.Add(await scene.ConnectAsync("hello\n"));
                if (i < GoAway)
                {
                    gone.Add(await scene.ConnectAsync());
                }
            }

            await scene.UntilAsync("waiting", 1 + Stay + GoAway);
            var before = await scene.StateAsync();
            gone.ForEach(c => c.Dispose());
            await scene.UntilAsync("waiting", 1 + Stay);
            var after = await scene.StateAsync();
            after["dropped"].ShouldBe(GoAway);
            after["longest_wait"].ShouldBeGreaterThan(before["longest_wait"]);

            await scene.ActivateAsync(database.Address);

            (await oldest.ReadLineAsync()).ShouldBe("db1: first");
            foreach (var client in clients)
            {
                (await client.ReadLineAsync()).ShouldBe("db1: hello");
            }

            var state = await scene.StateAsync();
            (state["waiting"], state["released"], state["expired"], state["dropped"]).ShouldBe((0, 1 + Stay, 0, GoAway));
        }
        finally
        {
            clients.ForEach(c => c.Dispose());
        }
    }

    [Theory, EveryHaproxy]
    public async Task A_client_that_waits_for_the_servers_first_words_gets_them(string version)
    {
        await using var database = new GreetingDatabase();
        await using var scene = await CompanionScene.StartAsync(version);
        using var client = await scene.ConnectAsync();
        await scene.UntilAsync("waiting", 1);

        await scene.ActivateAsync(database.Address);

        (await client.ReadLineAsync()).ShouldBe("welcome");
    }

    [Theory, EveryHaproxy]
    public async Task With_a_usable_server_nobody_waits_and_the_script_is_not_even_asked(string version)
    {
        await using var database = new EchoDatabase("db1:");
        await using var scene = await CompanionScene.StartAsync(version);
        await scene.ActivateAsync(database.Address);

        using var client = await scene.ConnectAsync("hello\n");

        (await client.ReadLineAsync()).ShouldBe("db1: hello");
        (await scene.ShowAsync()).ShouldBeNull();
    }

    [Theory, EveryHaproxy]
    public async Task Servers_that_are_all_in_maintenance_are_not_usable(string version)
    {
        await using var database = new EchoDatabase("db1:");
        await using var scene = await CompanionScene.StartAsync(version);
        await scene.ActivateAsync(database.Address);
        await scene.FenceAsync();

        using var client = await scene.ConnectAsync("hello\n");
        await scene.UntilAsync("waiting", 1);
        database.Requests.ShouldBeEmpty();
        await scene.ActivateAsync(database.Address);

        (await client.ReadLineAsync()).ShouldBe("db1: hello");
    }

    [Theory, EveryHaproxy]
    public async Task A_hold_that_is_over_ends_in_order_for_those_who_spoke_and_those_who_did_not(string version)
    {
        await using var scene = await CompanionScene.StartAsync(version, Short);
        var watch = Stopwatch.StartNew();
        using var speaking = await scene.ConnectAsync("hello\n");
        using var silent = await scene.ConnectAsync();

        (await silent.ReadLineAsync()).ShouldBe("closed");
        watch.Elapsed.ShouldBeInRange(Short - TimeSpan.FromMilliseconds(10), Short + TimeSpan.FromSeconds(10));
        (await speaking.ReadLineAsync()).ShouldBe("closed");
        var state = await scene.StateAsync();
        (state["waiting"], state["expired"], state["released"]).ShouldBe((0, 2, 0));
        await scene.Haproxy.LoggedAsync(" db db/<NOSRV> ");
    }

    [Theory, EveryHaproxy]
    public async Task A_changed_hold_is_in_force_for_those_who_wait_already(string version)
    {
        await using var scene = await CompanionScene.StartAsync(version);
        using var client = await scene.ConnectAsync("hello\n");
        await scene.UntilAsync("waiting", 1);

        (await scene.TellAsync("set dbswitch hold db_servers 100")).ShouldBe("done");

        (await client.ReadLineAsync(TimeSpan.FromSeconds(5))).ShouldBe("closed");
    }

    [Theory, EveryHaproxy]
    public async Task The_ceiling_of_the_configuration_bounds_every_hold(string version)
    {
        await using var scene = await CompanionScene.StartAsync(version, options: new RealHaproxyOptions { HoldCeiling = Short });
        (await scene.TellAsync("set dbswitch hold db_servers 60000")).ShouldBe("done");

        using var client = await scene.ConnectAsync("hello\n");

        (await client.ReadLineAsync(TimeSpan.FromSeconds(5))).ShouldBe("closed");
    }

    [Theory, EveryHaproxy]
    public async Task A_client_that_gave_up_while_it_waited_is_never_delivered(string version)
    {
        await using var database = new EchoDatabase("db1:");
        await using var scene = await CompanionScene.StartAsync(version);
        var closed = await scene.ConnectAsync("INCR closed\n");
        var reset = await scene.ConnectAsync("INCR reset\n");
        using var half = await scene.ConnectAsync("INCR half\n");
        using var patient = await scene.ConnectAsync("INCR patient\n");
        await scene.UntilAsync("waiting", 4);

        closed.Dispose();
        reset.Reset();
        half.HalfClose();

        (await half.ReadLineAsync()).ShouldBeOneOf("closed", "reset");
        await scene.UntilAsync("dropped", 3);
        await scene.UntilAsync("waiting", 1);
        await scene.ActivateAsync(database.Address);
        (await patient.ReadLineAsync()).ShouldBe("db1: INCR patient");
        database.Requests.Select(request => request.Text).ShouldBe(["INCR patient"]);
        var state = await scene.StateAsync();
        (state["dropped"], state["released"], state["expired"]).ShouldBe((3, 1, 0));
    }

    [Theory, EveryHaproxy]
    public async Task A_client_that_sends_more_than_a_buffer_while_it_waits_is_closed_and_never_delivered(string version)
    {
        await using var database = new EchoDatabase("db1:");
        await using var scene = await CompanionScene.StartAsync(version);
        using var client = await scene.ConnectAsync(new string('x', 40_000) + "\n");

        (await client.ReadLineAsync()).ShouldBeOneOf("closed", "reset");
        await scene.ActivateAsync(database.Address);
        using var next = await scene.ConnectAsync("hello\n");
        (await next.ReadLineAsync()).ShouldBe("db1: hello");
        database.Requests.Select(request => request.Text).ShouldBe(["hello"]);
    }
}
