using System.Security.Cryptography;

namespace DbSwitch.Tests.Serving;

/// <summary>A store that can't be used: at the start nothing is started, later nothing is touched; never does a client move for it.</summary>
public sealed class StoreTroubleTests
{
    [Fact]
    public async Task Random_bytes_are_no_store()
    {
        await using var scene = await Scene.PreparedAsync();
        await File.WriteAllBytesAsync(scene.Manager.StateFile, RandomNumberGenerator.GetBytes(20_000), TestContext.Current.CancellationToken);

        await RefusesAsync(scene, $"{scene.Manager.StateFile} is damaged or no store of dbswitch. Put a backup in its place, or move it away to start with an empty one: clients stay where they are");
    }

    [Fact]
    public async Task A_truncated_store_is_not_used()
    {
        await using var scene = await Scene.StartedAsync();
        (await scene.Manager.StopAsync()).ShouldBe(0);
        await using (var file = new FileStream(scene.Manager.StateFile, FileMode.Open))
        {
            file.SetLength(file.Length / 2);
        }

        await RefusesAsync(scene, $"{scene.Manager.StateFile} is damaged or no store of dbswitch.", "db1");
    }

    [Fact]
    public async Task Another_programs_database_is_not_written_to()
    {
        await using var scene = await Scene.PreparedAsync();
        StoreFile.Execute(scene.Manager.StateFile, "CREATE TABLE customers (name TEXT)");

        await RefusesAsync(scene, $"{scene.Manager.StateFile} is damaged or no store of dbswitch.");
    }

    [Fact]
    public async Task A_store_of_a_newer_version_is_left_to_it()
    {
        await using var scene = await Scene.StartedAsync();
        (await scene.Manager.StopAsync()).ShouldBe(0);
        StoreFile.Execute(scene.Manager.StateFile, "PRAGMA user_version = 99");

        await RefusesAsync(scene, $"{scene.Manager.StateFile} was written by a newer dbswitch (its format is 99, this one knows 4). Use that version, or restore a backup of before.", "db1");
    }

    [Fact]
    public async Task A_directory_is_no_store()
    {
        await using var scene = await Scene.PreparedAsync();
        Directory.CreateDirectory(scene.Manager.StateFile);

        (await scene.Manager.RefusedToStartAsync()).ShouldBe(2, "", $"state: \"{scene.Manager.StateFile}\" is a directory, not a regular file");
    }

    [Fact]
    public async Task A_store_that_can_only_be_read_is_found_out_at_the_start()
    {
        await using var scene = await Scene.StartedAsync();
        (await scene.Manager.StopAsync()).ShouldBe(0);
        var folder = Path.Combine(scene.Manager.Folder, "readable");
        Directory.CreateDirectory(folder);
        var copy = Path.Combine(folder, "state.db");
        File.Copy(scene.Manager.StateFile, copy);
        await using var manager = new ManagerProcess(scene.Manager.Configuration with { State = copy }) { Before = Dbswitch.AsNobody };
        await Shell.RunAsync("chmod", "777", manager.Folder, folder);
        await Shell.RunAsync("chmod", "444", copy);
        var before = await File.ReadAllBytesAsync(copy, TestContext.Current.CancellationToken);

        (await manager.RefusedToStartAsync()).ShouldBe(3, "", $"dbswitch: {copy} can't be written (read-only file or directory). Give it to the user that runs dbswitch");

        (await File.ReadAllBytesAsync(copy, TestContext.Current.CancellationToken)).ShouldBe(before);
        (await scene.AnswersAsync()).ShouldBe("db1");
    }

    [Fact]
    public async Task A_directory_that_may_not_be_written_is_found_out_at_the_start()
    {
        await using var scene = await Scene.PreparedAsync();
        var folder = Path.Combine(scene.Manager.Folder, "closed");
        Directory.CreateDirectory(folder);
        await using var manager = new ManagerProcess(scene.Manager.Configuration with { State = Path.Combine(folder, "state.db") }) { Before = Dbswitch.AsNobody };
        await Shell.RunAsync("chmod", "777", manager.Folder);
        await Shell.RunAsync("chmod", "555", folder);

        (await manager.RefusedToStartAsync()).ShouldBe(3, "", $"{folder}: user nobody may not write here. Give the folder to the user that runs dbswitch: chown nobody: {folder}");

        Directory.EnumerateFileSystemEntries(folder).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_manager_that_root_ran_and_killed_leaves_nothing_in_the_service_s_way()
    {
        Needs.RootAnd("chown", "setpriv");
        await using var scene = await Scene.PreparedAsync();
        var folder = Directory.CreateDirectory(Path.Combine(scene.Manager.Folder, "state")).FullName;
        await Shell.RunAsync("chown", "nobody:nogroup", folder, scene.Manager.Folder);
        await Shell.RunAsync("chmod", "666", ((HaproxyRuntime.RuntimeEndpoint.Unix)scene.Haproxy.ApiEndpoint).Path);
        await Shell.RunAsync("chmod", "755", Path.GetDirectoryName(((HaproxyRuntime.RuntimeEndpoint.Unix)scene.Haproxy.ApiEndpoint).Path)!);
        var configuration = scene.Manager.Configuration with { State = Path.Combine(folder, "state.db") };
        scene.Manager.Configure(configuration);
        await scene.Manager.StartAsync();
        await scene.Manager.KillAsync();

        (await Shell.RunAsync("find", folder, "-type", "f", "-not", "-user", "nobody")).ShouldBeEmpty();
        await using var service = new ManagerProcess(configuration) { Before = Dbswitch.AsNobody };
        await Shell.RunAsync("chown", "nobody:nogroup", service.Folder);
        await service.StartAsync();
    }

    [Theory]
    [InlineData("state.db.pid")]
    [InlineData("state.db.lock")]
    public async Task What_belongs_to_somebody_else_is_named_with_its_owner(string file)
    {
        Needs.RootAnd("chown", "setpriv");
        await using var scene = await Scene.PreparedAsync();
        var folder = Directory.CreateDirectory(Path.Combine(scene.Manager.Folder, "state")).FullName;
        await File.WriteAllTextAsync(Path.Combine(folder, file), "7\n", TestContext.Current.CancellationToken);
        await using var manager = new ManagerProcess(scene.Manager.Configuration with { State = Path.Combine(folder, "state.db") }) { Before = Dbswitch.AsNobody };
        await Shell.RunAsync("chown", "nobody:nogroup", folder, manager.Folder);

        (await manager.RefusedToStartAsync()).ShouldBe(3, "", $"dbswitch: {folder}/{file}: it belongs to root, and this manager runs as nobody. Change the owner: chown nobody: {folder}/{file}");
    }

    [Fact]
    public async Task A_full_disk_refuses_a_switchover_and_a_pause_and_room_on_it_is_all_that_is_needed()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can mount a disk that is small enough to fill.");
        await using var scene = await Scene.PreparedAsync();
        await using var disk = await SmallDisk.MountAsync(Path.Combine(scene.Manager.Folder, "disk"));
        var state = Path.Combine(disk.Path, "state.db");
        scene.Manager.Configure((scene.Manager.Configuration with { State = state }).With("orders", scene.Orders("db-proxy") with { Initial = "backend-db1" }));
        await scene.Manager.StartAsync();
        await scene.Manager.HealthyAsync();
        disk.Fill();
        using var open = new DbClient(scene.Haproxy.ClientPort);
        (await open.AskAsync("before")).Line.ShouldBe("db1 before");

        (await scene.Manager.RunAsync("select", "backend-db2")).ShouldBe(1, "", $"dbswitch: Refused: {state}: the disk is full. Make room; every proxy stays as it is.");
        (await scene.Manager.RunAsync("pause")).ShouldBe(1, "", $"{state}: the disk is full.");

        (await open.AskAsync("after")).Line.ShouldBe("db1 after");
        (await scene.Manager.RunAsync("status", "--check")).ShouldBe(1, $"! the store: {state}: the disk is full.");
        (await scene.Haproxy.SendAsync($"set server db_servers/{scene.Server1} state maint")).ShouldBe("\n");
        await Until.TrueAsync("the keeper to put db1 back", async () => await scene.AnswersAsync() == "db1");
        disk.MakeRoom();
        await scene.Manager.HealthyAsync();
        (await scene.Manager.RunAsync("select", "backend-db2")).ShouldBe(0, "orders: backend-db2 is selected");
        (await scene.AnswersAsync()).ShouldBe("db2");
        await scene.Manager.StopAsync();
    }

    [Fact]
    public async Task A_store_that_fails_at_the_commit_rolls_back_and_is_needed_no_restart_for()
    {
        await using var scene = await Scene.StartedAsync();
        StoreFile.Execute(scene.Manager.StateFile, "CREATE TRIGGER no BEFORE UPDATE OF committed ON switchover BEGIN SELECT RAISE(ABORT, 'no commit today'); END");

        var end = await scene.Manager.RunAsync("select", "backend-db2");

        end.ShouldBe(1, "orders: rolled back, clients stay with backend-db1: ", "");
        end.Output.ShouldContain("no commit today");
        (await scene.AnswersAsync()).ShouldBe("db1");
        StoreFile.Execute(scene.Manager.StateFile, "DROP TRIGGER no");
        (await scene.Manager.RunAsync("select", "backend-db2")).ShouldBe(0);
        (await scene.AnswersAsync()).ShouldBe("db2");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_store_that_can_not_note_a_rollback_does_so_later(bool restarted)
    {
        await using var scene = await Scene.StartedAsync();
        StoreFile.Execute(scene.Manager.StateFile, "CREATE TRIGGER no BEFORE UPDATE ON switchover BEGIN SELECT RAISE(ABORT, 'not today'); END");

        (await scene.Manager.RunAsync("select", "backend-db2")).ShouldBe(1, "The store could not note it: ");

        (await scene.AnswersAsync()).ShouldBe("db1");
        if (restarted)
        {
            // The same trouble once more, at the start: the manager keeps what is selected all the same.
            await scene.Manager.KillAsync();
            await scene.Haproxy.RestartAsync();
            await scene.Manager.StartAsync();
            await Until.TrueAsync("the keeper to put db1 back", async () => await scene.AnswersAsync() == "db1");
            (await scene.Manager.RunAsync("select", "backend-db2")).ShouldBe(1, "", "Refused: ");
        }

        StoreFile.Execute(scene.Manager.StateFile, "DROP TRIGGER no");
        (await scene.Manager.RunAsync("select", "backend-db2")).ShouldBe(0);
        (await scene.AnswersAsync()).ShouldBe("db2");
        (await scene.Manager.RunAsync("history", "--json")).Json.EnumerateArray().Select(h => h.GetProperty("result").GetString()).ShouldBe(["succeeded", "rolled-back"]);
    }

    [Fact]
    public async Task A_store_that_can_not_note_the_end_does_so_later()
    {
        await using var scene = await Scene.StartedAsync();
        StoreFile.Execute(scene.Manager.StateFile, "CREATE TRIGGER no BEFORE UPDATE OF ended ON switchover BEGIN SELECT RAISE(ABORT, 'not today'); END");

        var end = await scene.Manager.RunAsync("select", "backend-db2");

        end.ShouldBe(0, "orders: backend-db2 is selected ", "");
        end.Output.ShouldContain("Its end could not be noted in the store: ");
        (await scene.AnswersAsync()).ShouldBe("db2");
        StoreFile.Execute(scene.Manager.StateFile, "DROP TRIGGER no");
        (await scene.Manager.RunAsync("select", "backend-db1")).ShouldBe(0);
        (await scene.AnswersAsync()).ShouldBe("db1");
        (await scene.Manager.RunAsync("history", "--json")).Json.EnumerateArray().Select(h => h.GetProperty("result").GetString()).ShouldBe(["succeeded", "succeeded"]);
    }

    /// <summary>Exit code 3, one sentence, and not a byte of the file changed.</summary>
    private static async Task RefusesAsync(Scene scene, string sentence, string? answers = null)
    {
        var before = await File.ReadAllBytesAsync(scene.Manager.StateFile, TestContext.Current.CancellationToken);

        var end = await scene.Manager.RefusedToStartAsync();

        end.ShouldBe(3, "", "dbswitch: " + sentence);
        end.Error.Trim().Split('\n').ShouldHaveSingleItem();
        (await File.ReadAllBytesAsync(scene.Manager.StateFile, TestContext.Current.CancellationToken)).ShouldBe(before);
        (await scene.AnswersAsync()).ShouldBe(answers);
    }
}
