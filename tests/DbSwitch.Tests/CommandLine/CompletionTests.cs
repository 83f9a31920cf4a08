using System.Diagnostics;
using DbSwitch.App.CommandLine;

namespace DbSwitch.Tests.CommandLine;

/// <summary>What Tab completes, in the shells themselves.</summary>
public sealed class CompletionTests : IClassFixture<StandingScene>
{
    private readonly StandingScene _standing;

    public CompletionTests(StandingScene standing) => _standing = standing;

    [Theory]
    [InlineData("dbswitch sel", "select")]
    [InlineData("dbswitch select --dr", "--drain --dry-run")]
    [InlineData("dbswitch select backend-", "backend-db1 backend-db2")]
    [InlineData("dbswitch select --reason 'a new disk' backend-db2 --without ", "db-proxy")]
    [InlineData("dbswitch wait backend-db1 --switch ", "orders")]
    [InlineData("dbswitch api --proxy d", "db-proxy")]
    [InlineData("dbswitch proxies ", "reload stop upgrade")]
    [InlineData("dbswitch completion ", "bash fish zsh")]
    [InlineData("dbswitch selekt ", "")]
    public async Task Bash_completes_commands_options_and_names(string typed, string completed)
    {
        var (scene, _) = await _standing.GetAsync();

        await CompletesAsync(completed, () => InBashAsync(typed, $"unix:{scene.Manager.Socket}"));
    }

    [Fact]
    public async Task Without_a_manager_nothing_is_said_and_what_needs_none_is_completed()
    {
        (await InBashAsync("dbswitch select backend-", "unix:/nowhere.sock")).ShouldBe("");
        (await InBashAsync("dbswitch hist", "unix:/nowhere.sock")).ShouldBe("history");
    }

    [Theory]
    [InlineData("zsh")]
    [InlineData("fish")]
    public async Task The_other_shells_complete_too(string shell)
    {
        var found = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, shell)));
        Assert.SkipUnless(found || Environment.GetEnvironmentVariable("CI") == "true", $"{shell} is not installed (on Debian: apt-get install {shell}).");
        var (scene, _) = await _standing.GetAsync();
        var script = Path.Combine(scene.Manager.Folder, "completion." + shell);
        await File.WriteAllTextAsync(script, (await Dbswitch.RunAsync("completion", shell)).Output, TestContext.Current.CancellationToken);

        await Shell.RunAsync(shell, "-n", script);
        if (shell == "fish")
        {
            var folder = Path.GetDirectoryName(Dbswitch.Path);
            await CompletesAsync("backend-db1\nbackend-db2", () => Shell.RunAsync("env", $"DBSWITCH_SERVER=unix:{scene.Manager.Socket}", $"HOME={scene.Manager.Folder}", "fish", "--no-config", "-c", $"set PATH {folder} $PATH; source {script}; complete -C 'dbswitch select backend-'"));
            return;
        }

        // What zsh would offer, caught where it is offered: its editor needs a terminal and a person.
        var caught = $"compdef() {{ :; }}; compadd() {{ shift; print -l -- \"$@\"; }}; _files() {{ :; }}; source {script}; words=({Dbswitch.Path} select backend-); CURRENT=3; _dbswitch";
        await CompletesAsync("backend-db1\nbackend-db2", () => Shell.RunAsync("env", $"DBSWITCH_SERVER=unix:{scene.Manager.Socket}", "zsh", "-f", "-c", caught));
    }

    [Fact]
    public async Task Every_shell_that_is_offered_has_its_script()
    {
        foreach (var shell in CompletionCommand.Shells)
        {
            (await Dbswitch.RunAsync("completion", shell)).ShouldBe(0, "dbswitch", "");
        }

        (await Dbswitch.RunAsync("completion", "tcsh")).ShouldBe(2, "", "'tcsh' not recognized");
    }

    // Who presses Tab is not kept waiting: on a busy machine names may be left out, once. Anything else than these, or nothing, is wrong at once.
    private static async Task CompletesAsync(string completed, Func<Task<string>> complete) => await Until.TrueAsync($"\"{completed}\"", async () =>
    {
        var found = (await complete()).Trim();
        (found.Length == 0 || found == completed).ShouldBeTrue($"It completes \"{found}\" instead of \"{completed}\".");
        return found == completed;
    }, 30);

    /// <summary>What bash's own machinery finds for a line with the cursor at its end.</summary>
    private static async Task<string> InBashAsync(string typed, string server)
    {
        // As bash does it at Tab: the words of the line, the number of the last one, and the function that was registered for the command.
        const string Tab =
            """
            PATH=$1:$PATH
            source <(dbswitch completion bash)
            function=$(complete -p dbswitch | sed 's/.*-F \([^ ]*\) .*/\1/')
            eval "COMP_WORDS=($2)"
            case $2 in *' ') COMP_WORDS+=('') ;; esac
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            $function
            echo "${COMPREPLY[*]}"
            """;
        var start = new ProcessStartInfo("timeout", ["30", "bash", "--norc", "-c", Tab, "tab", Path.GetDirectoryName(Dbswitch.Path)!, typed]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" };
        start.Environment["DBSWITCH_SERVER"] = server;
        using var process = Process.Start(start)!;
        var end = await Dbswitch.EndAsync(process);
        end.ShouldBe(0, error: "");
        return end.Output.Trim();
    }
}
