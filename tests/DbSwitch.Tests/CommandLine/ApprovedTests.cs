
namespace DbSwitch.Tests.CommandLine;

/// <summary>What a person sees at a terminal of 80 columns, and what a pipe gets: approved texts.</summary>
public sealed class ApprovedTests
{
    private static readonly string[] Commands =
    [
        "serve", "proxy-host", "check-config", "select", "status", "watch", "wait", "abort", "targets", "proxies", "proxies stop", "proxies reload", "proxies upgrade", "history", "doctor", "hold", "release", "pause", "resume",
        "backup", "token", "token add", "token list", "token revoke", "api", "init", "demo", "completion",
    ];

    [Fact]
    public async Task What_a_switch_looks_like_at_a_terminal_of_80_columns_and_in_a_pipe()
    {
        await using var scene = await Scene.StartedAsync();
        var manager = scene.Manager;
        (await manager.RunAsync("select", "backend-db2", "--reason", "db1 gets a new disk")).ShouldBe(0);
        await manager.HealthyAsync();
        var known = await KnownAsync(scene);
        var changes = new List<string?>();

        foreach (var command in (string[])["status", "targets", "proxies", "history", "doctor"])
        {
            var shown = await Terminal.RunAsync([command, "--config", manager.ConfigurationFile]);
            changes.Add(Approved.FindChange(shown.Shown, $"{command}.terminal.txt", known));
            var piped = await manager.RunAsync(command);
            changes.Add(Approved.FindChange(piped.Output, $"{command}.piped.txt", known));
            piped.Output.ShouldNotContain("\e");
            piped.Error.ShouldBeEmpty();
        }

        // One more, and refusals: what is said, where, and with which exit code.
        var select = await Terminal.RunAsync(["select", "backend-db1", "--config", manager.ConfigurationFile], columns: 120);
        select.ExitCode.ShouldBe(0);
        changes.Add(Approved.FindChange(select.Shown.Split('\r')[^1].Replace("\e[K", "", StringComparison.Ordinal), "select.terminal.txt", known));
        changes.Add(Approved.FindChange((await manager.RunAsync("select", "backend-db2", "--dry-run")).Output, "select-dry-run.piped.txt", known));
        changes.Add(Approved.FindChange((await manager.RunAsync("select", "backend-bd2")).Error, "select-misspelt.piped.txt", known));
        changes.ShouldAllBe(c => c == null);
    }

    [Fact]
    public async Task Nothing_is_coloured_but_the_screen_of_watch_and_that_not_with_no_colour()
    {
        await using var scene = await Scene.StartedAsync();
        foreach (var command in (string[])["status", "targets", "history"])
        {
            (await Terminal.RunAsync([command, "--config", scene.Manager.ConfigurationFile])).Shown.ShouldNotContain("\e");
            (await Terminal.RunAsync([command, "--config", scene.Manager.ConfigurationFile], environment: "NO_COLOR=1")).Shown.ShouldNotContain("\e");
        }
    }

    [Fact]
    public async Task The_help_of_every_command_has_what_it_is_for_its_options_and_examples()
    {
        var all = new List<string>();
        foreach (var command in Commands.Prepend(""))
        {
            var words = command.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            var end = await Dbswitch.RunAsync([.. words, "--help"]);
            end.ShouldBe(0, "\nExamples:\n  ", "");
            all.Add($"$ dbswitch {string.Join(' ', words.Append("--help"))}\n{end.Output.TrimEnd()}\n");
        }

        Approved.FindChange(string.Join('\n', all), "help.txt").ShouldBeNull();
    }

    [Fact]
    public async Task A_newcomer_with_help_alone_switches_undoes_and_finds_out_who_switched_last()
    {
        await using var scene = await Scene.StartedAsync();

        // What one finds in the help's examples, word by word, with the names that "targets" shows.
        var examples = (await Dbswitch.RunAsync("--help")).Output.Split("Examples:\n")[1].Split('\n').Select(l => l.Trim()).ToList();
        var targets = (await RunAsync(examples.Single(e => e == "dbswitch targets"))).Output;
        targets.ShouldContain("backend-db2");
        (await RunAsync(examples.Single(e => e.StartsWith("dbswitch select backend-db2 ", StringComparison.Ordinal)))).ShouldBe(0, "backend-db2 is selected (before: backend-db1)");

        var undo = examples.Single(e => e.Contains("back again", StringComparison.Ordinal)).Split("  #")[0];
        (await RunAsync(undo)).ShouldBe(0, "backend-db1 is selected (before: backend-db2)");
        (await scene.AnswersAsync()).ShouldBe("db1");
        var who = await RunAsync(examples.Single(e => e.StartsWith("dbswitch history", StringComparison.Ordinal)).Split("  #")[0]);
        who.ShouldBe(0, (await Shell.RunAsync("id", "-un")).Trim());

        async Task<CommandEnd> RunAsync(string line) =>
            await Dbswitch.RunAsync(["bash", "-c", $"{Dbswitch.Path} {line["dbswitch ".Length..]} --config {scene.Manager.ConfigurationFile}", "--"], []);
    }

    private static async Task<(string, string)[]> KnownAsync(Scene scene)
    {
        var me = (await Shell.RunAsync("id", "-un")).Trim();
        return
        [
            (scene.Db1.Address, "DB1"), (scene.Db2.Address, "DB2"), (scene.Haproxy.ApiEndpoint.ToString(), "API"),
            ($"selected by {me}", "selected by ME"), ($" {me} ", " ME "), ($"  {me}\n", "  ME\n"), (scene.Server1, "SERVER1"), (scene.Server2, "SERVER2"), (scene.Manager.Folder, "FOLDER"),
        ];
    }
}
