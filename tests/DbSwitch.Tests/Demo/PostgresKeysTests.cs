using DbSwitch.Tests.Databases.Postgres;

namespace DbSwitch.Tests.Demo;

/// <summary><c>./demo --postgres</c> at a terminal.</summary>
[Trait("Category", "Slow")]
public sealed class PostgresKeysTests
{
    [Fact]
    public async Task Keys_promote_there_and_back_and_end_it_also_while_one_is_made_a_replica()
    {
        InstalledPostgres.Require();
        Needs.Program("script", (await TypedLine.RunAsync("command -v script")).Length > 0);
        await using var demo = await DemoUnderTest.StartAtTerminalAsync("--postgres");
        await Until.TrueAsync("the keyboard", () => File.Exists(demo.Keyboard));
        await using var keys = new FileStream(demo.Keyboard, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        await demo.UntilSaidAsync("q quit", seconds: 60);

        keys.WriteByte((byte)'1');
        await demo.UntilSaidAsync("orders: backend-db1 is selected (before: none);");
        await demo.UntilSaidAsync("confirmed by the server at ");
        keys.WriteByte((byte)'2');
        await demo.UntilSaidAsync("orders: backend-db2 is selected (before: backend-db1);");
        await demo.UntilSaidAsync("backend-db1 follows backend-db2, and can take its place again");
        keys.WriteByte((byte)'1');
        await demo.UntilSaidAsync("orders: backend-db1 is selected (before: backend-db2);");
        await demo.UntilSaidAsync("backend-db2 is made a replica of backend-db1 (pg_rewind)");
        demo.Running().Count.ShouldBeGreaterThanOrEqualTo(7);
        keys.WriteByte((byte)'q');

        (await demo.ExitCodeAsync()).ShouldBe(0);
        demo.Output.ShouldNotContain(": failed (");
        demo.ShouldHaveLeftNothing();
    }
}
