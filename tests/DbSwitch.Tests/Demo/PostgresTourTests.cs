using DbSwitch.Tests.Databases.Postgres;

namespace DbSwitch.Tests.Demo;

/// <summary><c>./demo --postgres --tour</c>: it passes where everything works, and fails by name where something does not.</summary>
[Trait("Category", "Slow")]
public sealed class PostgresTourTests
{
    [Fact]
    public async Task It_promotes_there_and_back_again_and_every_confirmed_row_is_there()
    {
        InstalledPostgres.Require();
        await using var demo = await DemoUnderTest.StartAsync("--postgres", "--tour");

        (await demo.ExitCodeAsync(120)).ShouldBe(0, demo.Output);

        demo.Output.ShouldContain("The tour is over: all 8 steps went as they should");
        demo.Output.ShouldContain("and none was lost;");
        demo.Output.ShouldNotContain("FAILED");
    }

    [Fact]
    public async Task A_replica_that_dies_fails_it_by_name_and_nothing_is_left()
    {
        InstalledPostgres.Require();
        await using var demo = await DemoUnderTest.StartAsync("--postgres", "--tour");
        await demo.UntilSaidAsync("[2/8]", seconds: 60);
        var server = await demo.PartAsync("postgres-server", "backend-db2");

        LinuxProcess.Signal(LinuxProcess.ChildrenOf(server).Single(), LinuxProcess.SigKill);

        (await demo.ExitCodeAsync(120)).ShouldBe(1, demo.Output);
        demo.Output.ShouldContain("backend-db2 ended by itself, with exit code 137.");
        demo.ShouldHaveLeftNothing();
    }
}
