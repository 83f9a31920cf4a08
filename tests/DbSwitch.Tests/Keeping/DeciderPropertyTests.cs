using System.Net;
using DbSwitch.Keeping;
using DbSwitch.Model;
using DbSwitch.Proxies;

namespace DbSwitch.Tests.Keeping;

/// <summary>The decider against a model of a backend to which anything may happen between two looks. Each failure names its seed.</summary>
public sealed class DeciderPropertyTests
{
    private const int Schedules = 10_000;

    private static readonly ServerSpec[] Specs =
    [
        Some.Db1,
        Some.Db2,
        new("stranger", new IPEndPoint(IPAddress.Loopback, 9)),
        Some.Db1 with { Address = new IPEndPoint(IPAddress.Parse("10.0.0.9"), 8310) },
    ];

    [Fact]
    public void No_server_is_made_ready_while_a_client_can_reach_another() => ForEachSchedule((seed, random) =>
    {
        var clock = new TestClock();
        var backend = new ModelBackend(random, clock, RandomVersion(random));
        var memory = new BackendMemory(clock);
        for (var cycle = 0; cycle < 30; cycle++)
        {
            var goal = RandomGoal(random);
            for (var events = random.Next(3); events > 0; events--)
            {
                backend.SomethingHappens(Specs);
                clock.Advance(TimeSpan.FromMilliseconds(random.Next(1_500)));
            }

            foreach (var step in Decider.Decide(goal, backend.Look(memory, goal.MayBeReady ? goal.Server : null), TimeSpan.Zero).Steps)
            {
                if (step is Step.MakeReady)
                {
                    backend.ReachableServers.Where(s => s != step.Server).ShouldBeEmpty($"seed {seed}, cycle {cycle}");
                    goal.MayBeReady.ShouldBeTrue($"seed {seed}, cycle {cycle}");
                }

                if (step is Step.SetAddress or Step.Delete)
                {
                    backend.ReachableServers.ShouldNotContain(step.Server, $"seed {seed}, cycle {cycle}: {step}");
                }

                backend.Take(step);
            }

            clock.Advance(TimeSpan.FromMilliseconds(random.Next(5_000)));
        }
    });

    [Fact]
    public void What_is_reported_as_fenced_no_client_can_reach() => ForEachSchedule((seed, random) =>
    {
        var clock = new TestClock();
        var backend = new ModelBackend(random, clock, RandomVersion(random));
        var memory = new BackendMemory(clock);
        for (var cycle = 0; cycle < 30; cycle++)
        {
            var goal = RandomGoal(random);
            for (var events = random.Next(1, 6); events > 0; events--)
            {
                backend.SomethingHappens(Specs);
                clock.Advance(TimeSpan.FromMilliseconds(random.Next(1_500)));
            }

            var decision = Decider.Decide(goal, backend.Look(memory, goal.MayBeReady ? goal.Server : null), TimeSpan.Zero);
            if (decision.Fenced)
            {
                backend.ReachableServers.Where(s => !(goal.MayBeReady || goal.Held) || s != goal.Server?.Name).ShouldBeEmpty($"seed {seed}, cycle {cycle}");
            }

            foreach (var step in decision.Steps)
            {
                backend.Take(step);
            }

            clock.Advance(TimeSpan.FromMilliseconds(random.Next(5_000)));
        }
    });

    [Fact]
    public void Left_alone_it_always_settles_with_the_selected_server_and_no_other() => ForEachSchedule((seed, random) =>
    {
        var clock = new TestClock();
        var backend = new ModelBackend(random, clock, RandomVersion(random));
        var memory = new BackendMemory(clock);
        for (var i = 0; i < 20; i++)
        {
            backend.SomethingHappens(Specs);
            clock.Advance(TimeSpan.FromSeconds(1));
        }

        var goal = RandomGoal(random) with { MayBeReady = true, Held = false };
        goal = goal.Server is null ? goal with { MayBeReady = false } : goal;
        for (var cycle = 0; cycle < 20; cycle++)
        {
            foreach (var step in Decider.Decide(goal, backend.Look(memory, goal.Server), TimeSpan.Zero).Steps)
            {
                backend.Take(step);
            }

            backend.ClientsComeAndGo();
            clock.Advance(TimeSpan.FromSeconds(1));
        }

        backend.ServersThatTakeClients.ShouldBe(goal.Server is null ? [] : [goal.Server.Name], $"seed {seed}");
        (goal.Server is null || backend.Serves(goal.Server)).ShouldBeTrue($"seed {seed}");
    });

    private static Goal RandomGoal(Random random) => random.Next(5) switch
    {
        0 => Some.Keep(null),
        1 => Some.Prepare(Specs[random.Next(2)]),
        2 => Some.Keep(Specs[random.Next(2)]) with { MayBeReady = false, Held = true },
        _ => Some.Keep(Specs[random.Next(2)]),
    };

    private static string RandomVersion(Random random) => new[] { "2.6.12", "3.0.11", "3.2.26" }[random.Next(3)];

    private static void ForEachSchedule(Action<int, Random> schedule)
    {
        // Other seeds with each run: a failure names the one to repeat.
        var first = Random.Shared.Next(int.MaxValue - Schedules);
        for (var seed = first; seed < first + Schedules; seed++)
        {
            schedule(seed, new Random(seed));
        }
    }
}
