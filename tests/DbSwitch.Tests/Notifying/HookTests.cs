using System.Text.Json;

namespace DbSwitch.Tests.Notifying;

/// <summary>Programs of the operator's: those that are asked before a switchover, and those that are told of what happened.</summary>
public sealed class HookTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dbsw-hooks-").FullName;

    [Fact]
    public async Task A_hook_that_says_no_refuses_with_its_last_words_and_force_passes_over_it_and_says_so()
    {
        await using var scene = await StartedAsync("check", "before-switchover", $"echo \"$1 $DBSWITCH_EVENT $DBSWITCH_SWITCH $DBSWITCH_FROM $DBSWITCH_TO $DBSWITCH_REASON $DBSWITCH_GENERATION\" >> {_folder}/calls; echo noise >&2; echo the backup runs until 4 >&2; exit 3");

        (await scene.Manager.RunAsync("select", "backend-db2", "--reason", "why")).ShouldBe(1, "", "dbswitch: Refused: the hook check says no: the backup runs until 4 (past it: select --force).\n");
        Calls().ShouldBe(["before-switchover before-switchover orders backend-db1 backend-db2 why 1"]);
        (await scene.AnswersAsync()).ShouldBe("db1");
        (await scene.Manager.RunAsync("history", "--json")).Json.GetArrayLength().ShouldBe(0);

        // Looking ahead asks nobody, and says who would be asked.
        (await scene.Manager.RunAsync("select", "backend-db2", "--dry-run")).ShouldBe(0, "the hook check would be asked, and may say no");
        Calls().Length.ShouldBe(1);

        (await scene.Manager.RunAsync("select", "backend-db2", "--force")).ShouldBe(0, "forced although the hook check says no: the backup runs until 4; ");
        (await scene.Manager.RunAsync("history", "--json")).Json[0].GetProperty("waivers").GetString().ShouldBe("forced although the hook check says no: the backup runs until 4");
    }

    [Theory]
    [InlineData("#!/bin/sh\r\nexit 0\r\n", true, "its lines end as on Windows, so that the program of its first line is not found (sed -i 's/\\r$//' ")]
    [InlineData("#!/no/such/shell\nexit 0\n", true, "the program of its first line, /no/such/shell, is not there")]
    [InlineData("exit 0\n", true, "it is no program, and has no first line that names one (such as #!/bin/sh)")]
    [InlineData("#!/bin/sh\nexit 0\n", false, "this user may not execute it (chmod +x ")]
    public async Task A_hook_that_can_not_be_started_says_why_and_what_to_do(string content, bool executable, string why)
    {
        var program = Path.Combine(_folder, "hook");
        await File.WriteAllTextAsync(program, content, TestContext.Current.CancellationToken);
        await Stage.Shell.RunAsync("chmod", executable ? "755" : "644", program);

        (await Should.ThrowAsync<DbSwitch.Hooks.HookException>(() => DbSwitch.Hooks.HookProgram.RunAsync(program, [], new Dictionary<string, string>(), "", TestContext.Current.CancellationToken)))
            .Message.ShouldStartWith($"{program} can't be run: {why}");
    }

    [Fact]
    public async Task A_hook_has_what_it_is_told_and_what_every_program_needs_and_no_password_of_the_manager()
    {
        var environment = new Dictionary<string, string> { ["DBSWITCH_TO"] = "db2" };
        Environment.SetEnvironmentVariable("DBSWITCH_TEST_PASSWORD", "secret");
        try
        {
            Write("show", $"env > {_folder}/environment");
            (await DbSwitch.Hooks.HookProgram.RunAsync(Path.Combine(_folder, "show"), [], environment, "", TestContext.Current.CancellationToken)).ExitCode.ShouldBe(0);
        }
        finally
        {
            Environment.SetEnvironmentVariable("DBSWITCH_TEST_PASSWORD", null);
        }

        var known = await File.ReadAllTextAsync(Path.Combine(_folder, "environment"), TestContext.Current.CancellationToken);
        known.ShouldContain("DBSWITCH_TO=db2");
        known.ShouldContain("PATH=");
        known.ShouldNotContain("secret");
    }

    [Fact]
    [Trait("Category", "Slow")]
    public async Task A_hook_that_hangs_is_ended_with_its_children_one_that_is_not_there_has_not_said_yes()
    {
        await using var scene = await StartedAsync("check", "before-switchover", $"sleep 1234 & echo $! > {_folder}/child; wait", "timeout: 5s");

        (await scene.Manager.RunAsync("select", "backend-db2")).ShouldBe(1, "", "Refused: the hook check has not answered within 5s and was killed");
        var child = int.Parse(await File.ReadAllTextAsync(Path.Combine(_folder, "child"), TestContext.Current.CancellationToken), System.Globalization.CultureInfo.InvariantCulture);
        await Until.TrueAsync("the hook's child to end", () => !LinuxProcess.IsAlive(child));

        File.Delete(Path.Combine(_folder, "check"));
        (await scene.Manager.RunAsync("select", "backend-db2")).ShouldBe(1, "", "Refused: the hook check can't be asked: ");
        (await scene.Manager.RunAsync("doctor")).ShouldBe(1, $"error: {_folder}/check: the hook check would run it, and it is not there");
        Write("check", "exit 0");
        (await Shell.RunAsync("chmod", "a-x", Path.Combine(_folder, "check"))).ShouldBeEmpty();
        (await scene.Manager.RunAsync("doctor")).ShouldBe(1, $"error: {_folder}/check: the hook check would run it, and it is no executable");
        Write("check", "exit 0");
        (await scene.Manager.RunAsync("select", "backend-db2")).ShouldBe(0, "backend-db2 is selected");
    }

    [Fact]
    public async Task A_hook_is_told_what_happened_by_words_in_its_environment_and_all_of_it_on_its_input()
    {
        await using var scene = await StartedAsync("tell", "switchover-started, switchover-ended, held, released", $"cat > {_folder}/$1.json; echo \"$1 $DBSWITCH_SWITCH $DBSWITCH_ID $DBSWITCH_FROM $DBSWITCH_TO $DBSWITCH_RESULT $DBSWITCH_GENERATION\" >> {_folder}/calls");

        (await scene.Manager.RunAsync("select", "backend-db2")).ShouldBe(0);
        await Until.TrueAsync("the hook to be told", () => Calls().Length == 2, 20);

        Calls().ShouldBe(["switchover-started orders 1 backend-db1 backend-db2 running 2", "switchover-ended orders 1 backend-db1 backend-db2 succeeded 2"]);
        var told = JsonDocument.Parse(await File.ReadAllTextAsync(Path.Combine(_folder, "switchover-ended.json"), TestContext.Current.CancellationToken)).RootElement;
        told.GetProperty("message").GetString()!.ShouldStartWith("orders: backend-db2 is selected");
        told.GetProperty("switchover").GetProperty("report").GetProperty("milliseconds").GetDouble().ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_hook_that_is_told_and_fails_or_hangs_stops_nothing_and_the_log_has_it()
    {
        await using var scene = await StartedAsync("tell", "switchover-started, switchover-ended, paused", "case $1 in *started) sleep 1234 ;; *ended) echo no mail server >&2; exit 9 ;; esac", "timeout: 5s");

        (await scene.Manager.RunAsync("select", "backend-db2")).ShouldBe(0);

        await scene.Manager.LoggedAsync("switchover-started: hook tell was not told: it was not done within 5 s and was killed", 20);
        await scene.Manager.LoggedAsync("switchover-ended: hook tell was not told: it ended with exit code 9: no mail server");
        (await scene.AnswersAsync()).ShouldBe("db2");
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string[] Calls() => File.Exists(Path.Combine(_folder, "calls")) ? File.ReadAllLines(Path.Combine(_folder, "calls")) : [];

    private async Task<Scene> StartedAsync(string name, string events, string script, string more = "timeout: 20s")
    {
        Write(name, script);
        var scene = await Scene.PreparedAsync();
        scene.Manager.Configure(scene.Manager.Configuration.With("orders", scene.Orders("db-proxy") with { Initial = "backend-db1" }) with
        {
            More = ["hooks:", $"  {name}: {{ run: {_folder}/{name}, events: [{events}], {more} }}"],
        });
        await scene.Manager.StartAsync();
        await scene.Manager.HealthyAsync();
        return scene;
    }

    private void Write(string name, string script)
    {
        // Never written while somebody may be starting it: the kernel refuses a file that is open for writing ("text file busy").
        var file = Path.Combine(_folder, name);
        File.WriteAllText(file + ".new", $"#!/bin/sh\n{script}\n");
        using (var chmod = System.Diagnostics.Process.Start("chmod", ["755", file + ".new"]))
        {
            chmod.WaitForExit();
        }

        File.Move(file + ".new", file, overwrite: true);
    }
}
