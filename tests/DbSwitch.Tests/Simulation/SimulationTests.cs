namespace DbSwitch.Tests.Simulation;

/// <summary>
/// Never two databases, whatever happens in whatever order: proxies die, restart, reload and leave old workers over, commands get lost or arrive late, names move, the
/// manager is killed anywhere, its store fails or is an old one. Each failure names the seed that repeats it.
/// </summary>
public sealed class SimulationTests
{
    // SIMULATION_SCHEDULES=1000000 for a night's worth; SIMULATION_SEED=7 repeats what a failure names.
    private static readonly int Schedules = Environment.GetEnvironmentVariable("SIMULATION_SCHEDULES") is { Length: > 0 } count ? int.Parse(count) : 10_000;
    private const int Steps = 400;

    public static TheoryData<Flaw> Flaws => [.. Enum.GetValues<Flaw>().Where(f => f != Flaw.None)];

    [Fact]
    public void Clients_never_reach_two_databases_and_with_the_faults_gone_it_settles()
    {
        // Other seeds with each run.
        var first = Environment.GetEnvironmentVariable("SIMULATION_SEED") is { Length: > 0 } seed ? int.Parse(seed) : Random.Shared.Next(int.MaxValue - Schedules);
        var failures = new System.Collections.Concurrent.ConcurrentBag<string>();
        Parallel.For(first, first + Schedules, (seed, state) =>
        {
            if (Run(seed, Flaw.None) is { } failure)
            {
                failures.Add($"seed {seed}: {failure}");
                state.Break();
            }
        });
        failures.ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Flaws))]
    [Trait("Category", "Slow")]
    public void A_manager_that_is_built_wrong_is_found_out(Flaw flaw) =>
        Enumerable.Range(1, 20_000).FirstOrDefault(seed => Run(seed, flaw)?.Contains("two databases", StringComparison.Ordinal) == true).ShouldBeGreaterThan(0);

    /// <returns>What went wrong, or null.</returns>
    private static string? Run(int seed, Flaw flaw)
    {
        var world = new World(seed, flaw);
        for (var step = 0; step < Steps; step++)
        {
            world.Step();
            if (world.TwoAtOnce() is { } two)
            {
                return $"two databases at step {step}: {two}\n{string.Join('\n', world.Diary.TakeLast(40))}\n";
            }
        }

        if (flaw != Flaw.None)
        {
            return null;
        }

        world.CalmDown();
        for (var step = 0; step < 40 * Steps; step++)
        {
            world.Step();
            if (world.TwoAtOnce() is { } two)
            {
                return $"two databases after the faults, step {step}: {two}\n{string.Join('\n', world.Diary.TakeLast(60))}\n";
            }

            if (world.IsSettled)
            {
                return null;
            }
        }

        return $"it never settled: {world.Describe()}\n{string.Join('\n', world.Diary.TakeLast(60))}\n";
    }
}
