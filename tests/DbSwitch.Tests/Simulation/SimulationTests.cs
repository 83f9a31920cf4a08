using System.Globalization;
using DbSwitch.Simulation;

namespace DbSwitch.Tests.Simulation;

/// <summary>
/// Never two databases, and no confirmed write lost, whatever happens in whatever order: proxies die, restart, reload and leave old workers over, commands get lost or arrive late, names move, databases
/// fail, the manager is killed anywhere, its store fails or is an old one. What is simulated is the world; the manager is the product. Each failure names the seed that repeats it.
/// </summary>
public sealed class SimulationTests
{
    // SIMULATION_SCHEDULES=1000000 for a night's worth; SIMULATION_SEED=7 repeats what a failure names.
    private static readonly int? s_schedules = Number("SIMULATION_SCHEDULES");
    private static readonly int? s_seed = Number("SIMULATION_SEED");

    public static TheoryData<Flaw> Flaws => [.. Enum.GetValues<Flaw>().Where(f => f != Flaw.None)];

    [Fact]
    public Task Clients_never_reach_two_databases_and_with_the_faults_gone_it_settles() => RunAsync(s_schedules ?? (s_seed is null ? 500 : 1));

    [Fact]
    [Trait("Category", "Slow")]
    public Task Nor_do_they_in_ten_thousand_schedules() => RunAsync(s_schedules is null && s_seed is null ? 10_000 : 0);

    [Fact]
    public async Task A_seed_repeats_a_run_to_the_letter()
    {
        var digests = await Task.WhenAll(SimulationRun.DigestAsync(1, 25), SimulationRun.DigestAsync(1, 25));
        digests[0].ShouldContain("25 schedules");
        digests[1].ShouldBe(digests[0]);
    }

    [Theory]
    [MemberData(nameof(Flaws))]
    [Trait("Category", "Slow")]
    public async Task A_manager_that_is_built_wrong_is_found_out(Flaw flaw) => (await SimulationRun.FirstFoundAsync(flaw, 5_000)).ShouldNotBeNull();

    // Other seeds with each run.
    private static async Task RunAsync(int schedules) =>
        (await SimulationRun.FailuresAsync(s_seed ?? Random.Shared.Next(int.MaxValue - schedules), schedules)).ShouldBeEmpty();

    private static int? Number(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}
