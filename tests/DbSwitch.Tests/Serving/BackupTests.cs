using System.Net;

namespace DbSwitch.Tests.Serving;

/// <summary><c>dbswitch backup</c>, and what becomes of clients when it is restored.</summary>
public sealed class BackupTests
{
    [Fact]
    public async Task A_backup_is_a_whole_store_that_its_owner_alone_can_read_and_that_overwrites_nothing()
    {
        await using var scene = await Scene.StartedAsync(http: true);
        var manager = scene.Manager;
        var file = Path.Combine(manager.Folder, "copy.db");

        (await manager.RunAsync("backup", file)).ShouldBe(0, $"{file}: a copy of the store, ", "");

        (await Shell.RunAsync("stat", "-c", "%a", file)).Trim().ShouldBe("600");
        StoreFile.Number(file, "SELECT generation FROM selection WHERE switch = 'orders' AND target = 'backend-db1'").ShouldBe(1);
        var before = await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken);
        (await manager.RunAsync("backup", file)).ShouldBe(1, "", $"dbswitch: {file} exists already, and a backup overwrites nothing. Name another file.");
        (await File.ReadAllBytesAsync(file, TestContext.Current.CancellationToken)).ShouldBe(before);
        (await manager.RunAsync("backup", "/nowhere/copy.db")).ShouldBe(1, "", "dbswitch: /nowhere/copy.db can't be written: ");
        using var tcp = manager.OverTcp();
        using var response = await tcp.GetAsync("/api/v1/backup", TestContext.Current.CancellationToken);
        response.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain("Use the command line on this machine");
        Directory.GetFiles(manager.Folder, "*.copy").ShouldBeEmpty();
    }

    [Theory]
    [InlineData(false, "the store says that backend-db1 is selected (generation 1), and its proxies serve another target")]
    [InlineData(true, "the store says that backend-db1 is selected (generation 1), and its proxies serve another target")]
    [Trait("Category", "Slow")]
    public async Task A_backup_that_is_older_than_what_the_proxies_serve_moves_nobody_until_a_person_says(bool companion, string question)
    {
        await using var scene = await Scene.StartedAsync(new RealHaproxyOptions { Companion = companion });
        var manager = scene.Manager;
        var file = Path.Combine(manager.Folder, "copy.db");
        (await manager.RunAsync("backup", file)).ShouldBe(0);
        (await manager.RunAsync("select", "backend-db2")).ShouldBe(0);
        await RestoreAsync(manager, file);

        (await manager.RefusedToStartAsync()).ShouldBe(3, error: question);
        (await scene.AnswersAsync()).ShouldBe("db2");

        await manager.StartAsync("--adopt", "orders=backend-db2");
        await manager.HealthyAsync();
        (await scene.AnswersAsync()).ShouldBe("db2");
        (await manager.RunAsync("select", "backend-db1")).ShouldBe(0, "orders: backend-db1 is selected (before: backend-db2)");
        (await scene.AnswersAsync()).ShouldBe("db1");
    }

    [Fact]
    public async Task A_backup_that_agrees_with_what_the_proxies_serve_goes_on_as_if_nothing_had_been()
    {
        await using var scene = await Scene.StartedAsync();
        var manager = scene.Manager;
        (await manager.RunAsync("select", "backend-db2")).ShouldBe(0);
        var file = Path.Combine(manager.Folder, "copy.db");
        (await manager.RunAsync("backup", file)).ShouldBe(0);
        await using var clients = new SteadyClients(scene.Haproxy.ClientPort, "db2");
        await RestoreAsync(manager, file);

        await manager.StartAsync();

        await manager.HealthyAsync();
        await clients.MoreAnswersAsync(20);
        clients.Failures.ShouldBeEmpty();
        (await manager.RunAsync("history", "--json")).Json[0].GetProperty("to").GetString().ShouldBe("backend-db2");
    }

    private static async Task RestoreAsync(ManagerProcess manager, string file)
    {
        (await manager.StopAsync()).ShouldBe(0);
        File.Move(file, manager.StateFile, overwrite: true);
        File.Delete(manager.StateFile + "-wal");
        File.Delete(manager.StateFile + "-shm");
    }
}
