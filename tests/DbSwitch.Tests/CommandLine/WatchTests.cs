using System.Text.Json;
using System.Text.RegularExpressions;

namespace DbSwitch.Tests.CommandLine;

/// <summary><c>watch</c>: the whole screen, or a line for each event.</summary>
public sealed class WatchTests
{
    private const string Screen = "\e[?1049h";
    private const string Restored = "\e[?25h\e[?1049l";

    [Fact]
    public async Task At_a_terminal_it_fills_the_screen_follows_a_switchover_and_gives_the_screen_back()
    {
        await using var scene = await Scene.StartedAsync();
        await using var terminal = Terminal.Start(["watch", "--config", scene.Manager.ConfigurationFile]);
        await terminal.ShowsAsync("orders: clients go to backend-db1 since ");
        terminal.Shown.ShouldContain(Screen);

        (await scene.Manager.RunAsync("select", "backend-db2")).ShouldBe(0);
        await terminal.ShowsAsync("orders: clients go to backend-db2 since ");
        await terminal.ShowsAsync("switchover 1: backend-db2 is selected");
        foreach (var frame in terminal.Shown.Split("\e[H")[1..])
        {
            Plain(frame).Split('\n').Length.ShouldBeLessThanOrEqualTo(24);
            Plain(frame).Split('\n').ShouldAllBe(line => line.Length <= 80);
        }

        await terminal.TypeAsync("q");
        (await terminal.ExitCodeAsync()).ShouldBe(0);
        Plain(terminal.Shown.Split(Restored)[1]).Trim().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_smaller_window_is_filled_and_not_more()
    {
        await using var scene = await Scene.StartedAsync();
        await using var terminal = Terminal.Start(["watch", "--config", scene.Manager.ConfigurationFile]);
        await terminal.ShowsAsync("orders: clients go to backend-db1 since ");

        await terminal.ResizeAsync(40, 6);
        await terminal.ShowsAsync("the window is too small for more");

        var frame = Plain(terminal.Shown.Split("\e[H")[^1]).Split('\n');
        frame.Length.ShouldBeLessThanOrEqualTo(6);
        frame.ShouldAllBe(line => line.Length <= 40);
        await terminal.TypeAsync("\x03");
        (await terminal.ExitCodeAsync()).ShouldBe(0);
        terminal.Shown.ShouldContain(Restored);
    }

    [Fact]
    public async Task A_manager_that_is_lost_is_said_to_be_and_found_again()
    {
        await using var scene = await Scene.StartedAsync();
        await using var terminal = Terminal.Start(["watch", "--config", scene.Manager.ConfigurationFile], environment: "NO_COLOR=1");
        await terminal.ShowsAsync("orders: clients go to backend-db1 since ");

        await scene.Manager.KillAsync();
        await terminal.ShowsAsync("No manager since ");
        await terminal.ShowsAsync("What follows is from before.");
        await scene.Manager.StartAsync();
        await Until.TrueAsync("the manager to be found", () => !Plain(terminal.Shown.Split("\e[H")[^1]).Contains("No manager", StringComparison.Ordinal), 20);

        // SIGTERM: the screen is given back all the same. And without colours nothing was painted.
        terminal.Signal(LinuxProcess.SigTerm);
        (await terminal.ExitCodeAsync()).ShouldBe(0);
        terminal.Shown.ShouldContain(Restored);
        terminal.Shown.ShouldNotContain("\e[1m");
        terminal.Shown.ShouldNotContain("\e[7m");
    }

    [Fact]
    public async Task Piped_it_prints_a_line_for_each_event_and_as_json_an_object()
    {
        await using var scene = await Scene.StartedAsync();
        using var text = Dbswitch.Start([], ["watch", "--config", scene.Manager.ConfigurationFile]);
        using var json = Dbswitch.Start([], ["watch", "--json", "--config", scene.Manager.ConfigurationFile]);
        (await text.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken))!.ShouldMatch(@"^[\d-]+ [\d:.]+ orders: clients go to backend-db1 since .*; (ok|working)$");
        var first = JsonDocument.Parse((await json.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken))!).RootElement;
        first.GetProperty("event").GetString().ShouldBe("switch");
        first.GetProperty("data").GetProperty("selection").GetProperty("target").GetString().ShouldBe("backend-db1");

        (await scene.Manager.RunAsync("select", "backend-db2")).ShouldBe(0);

        var lines = await UntilAsync(text.StandardOutput, "backend-db2 is selected (before: backend-db1)");
        lines.ShouldContain(l => l.EndsWith(" orders: generation 2, switchover 1: fence", StringComparison.Ordinal));
        lines.ShouldAllBe(l => !l.Contains('\e'));
        var events = (await UntilAsync(json.StandardOutput, "\"result\":\"succeeded\"")).ConvertAll(l => JsonDocument.Parse(l).RootElement);
        events.ShouldContain(e => e.GetProperty("event").GetString() == "log" && e.GetProperty("data").GetProperty("switchover").ValueKind == JsonValueKind.Number);

        // Who reads no more (| head -1) ends it, at the next event.
        text.StandardOutput.Close();
        (await scene.Manager.RunAsync("pause")).ShouldBe(0);
        await text.WaitForExitAsync(TestContext.Current.CancellationToken);
        text.ExitCode.ShouldBe(0);
        LinuxProcess.Signal(LinuxProcess.ChildrenOf(json.Id).ShouldHaveSingleItem(), LinuxProcess.SigInt);
        (await Dbswitch.EndAsync(json)).ExitCode.ShouldBe(0);
    }

    [Fact]
    public async Task Who_watches_a_switch_that_is_not_there_is_told_so()
    {
        await using var scene = await Scene.StartedAsync();
        (await scene.Manager.RunAsync("watch", "--switch", "order")).ShouldBe(2, "", "There is no switch order. The switches: orders; did you mean \"orders\".");
        (await Dbswitch.RunAsync("watch", "--server", "unix:/nowhere.sock")).ShouldBe(4, "", "The manager does not answer at unix:/nowhere.sock");
    }

    /// <summary>Without what only a terminal understands, but the beginnings of lines.</summary>
    private static string Plain(string frame) => Regex.Replace(Regex.Replace(frame, @"\e\[\d+;1H", "\n"), @"\e\[[?0-9]*[a-zA-Z]|\e[=>]", "");

    private static async Task<List<string>> UntilAsync(StreamReader output, string text)
    {
        var lines = new List<string>();
        while (await output.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            lines.Add(line);
            if (line.Contains(text, StringComparison.Ordinal))
            {
                return lines;
            }
        }

        throw new InvalidOperationException($"It ended without \"{text}\": {string.Join('\n', lines)}");
    }
}
