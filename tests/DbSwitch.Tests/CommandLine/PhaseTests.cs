
namespace DbSwitch.Tests.CommandLine;

/// <summary><c>select</c> shows its phases as they happen, and keeps its last word apart from them.</summary>
public sealed class PhaseTests
{
    [Fact]
    public async Task Piped_each_phase_has_a_line_on_standard_error_and_the_sentence_is_alone_on_standard_output()
    {
        await using var scene = await Scene.StartedAsync();

        var end = await scene.Manager.RunAsync("select", "backend-db2");

        end.ShouldBe(0, "orders: backend-db2 is selected (before: backend-db1); ", "");
        end.Output.Trim().Split('\n').ShouldHaveSingleItem();
        end.Phases.ShouldBe(["orders: switchover 1 to backend-db2: fence", "orders: switchover 1 to backend-db2: journal", "orders: switchover 1 to backend-db2: activate", "orders: switchover 1 to backend-db2: verify"]);
        (await scene.Manager.RunAsync("select", "backend-db1", "--json")).Phases.ShouldBeEmpty();
        (await scene.Manager.RunAsync("select", "backend-db2", "--dry-run")).Phases.ShouldBeEmpty();
        (await scene.Manager.RunAsync("select", "backend-db9")).Phases.ShouldBeEmpty();
    }

    [Fact]
    public async Task At_a_terminal_one_line_grows_with_the_sessions_that_are_left_and_who_leaves_keeps_what_it_said()
    {
        await using var scene = await Scene.StartedAsync();
        using var open = new DbClient(scene.Haproxy.ClientPort);
        (await open.AskAsync("hello")).Line.ShouldBe("db1 hello");
        await using var terminal = Terminal.Start(["select", "backend-db2", "--drain", "60", "--config", scene.Manager.ConfigurationFile], columns: 120);

        await terminal.ShowsAsync("\rorders: switchover 1 to backend-db2: fence …; 1 session has ");
        open.Dispose();
        (await terminal.ExitCodeAsync()).ShouldBe(0, terminal.Shown);

        var lines = terminal.Shown.Split("\r\n")[1..];
        lines.Length.ShouldBe(3, terminal.Shown);
        lines[0].Split('\r')[^1].ShouldMatch(@"^orders: switchover 1 to backend-db2: fence \d+ ms, journal \d+ ms, activate \d+ ms, verify \d+ ms\e\[K$");
        lines[1].ShouldMatch("^orders: backend-db2 is selected .* generation 2\\.$");
    }
}
