namespace DbSwitch.Tests.Demo;

/// <summary><c>./demo --tour</c>: it passes where everything works, and fails where something does not.</summary>
[Trait("Category", "Slow")]
public sealed class TourTests
{
    [Theory, EveryHaproxy]
    public async Task Every_step_goes_as_it_should(string version)
    {
        await using var demo = await DemoUnderTest.StartAsync("--tour", "--haproxy", HaproxyBinary.For(version));

        (await demo.ExitCodeAsync(60)).ShouldBe(0, demo.Output);

        demo.Output.ShouldContain("The tour is over: all 9 steps went as they should");
        demo.Output.ShouldContain("[5/9] switch to backend-db2 … ok (first answer ");
        demo.Times("      received: \"backend-db2 at ").ShouldBe(3);
        demo.Output.ShouldNotContain("FAILED");
    }

    [Fact]
    public async Task A_database_that_does_not_answer_fails_it_with_what_was_expected_and_what_was_received()
    {
        await using var demo = await DemoUnderTest.StartAsync("--tour");
        var database = await demo.PartAsync("echo-server", "backend-db2");

        // It listens by then: one that does not is refused before anything is touched.
        await demo.UntilSaidAsync("[2/9]");
        LinuxProcess.Signal(database, LinuxProcess.SigStop);

        (await demo.ExitCodeAsync(60)).ShouldBe(1, demo.Output);

        demo.Output.ShouldContain("[5/9] switch to backend-db2 … FAILED");
        demo.Output.ShouldContain("      expected: \"backend-db2 at ", customMessage: demo.Output);
        demo.Output.ShouldContain("      received: nothing yet for hello ");
        demo.Output.ShouldContain("The tour failed at step 5 of 9 (switch to backend-db2): expected \"backend-db2 at ");
        demo.ShouldHaveLeftNothing();
    }

    [Fact]
    public async Task A_database_that_dies_fails_it_by_name()
    {
        await using var demo = await DemoUnderTest.StartAsync("--tour");
        var database = await demo.PartAsync("echo-server", "backend-db2");
        await demo.UntilSaidAsync("[2/9]");

        LinuxProcess.Signal(database, LinuxProcess.SigKill);

        (await demo.ExitCodeAsync()).ShouldBe(1, demo.Output);
        demo.Output.ShouldContain("backend-db2 ended by itself, with exit code 137.");
        demo.Output.ShouldContain("The tour failed at step ");
        demo.ShouldHaveLeftNothing();
    }
}
