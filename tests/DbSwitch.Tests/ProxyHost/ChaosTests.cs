using System.Diagnostics;
using System.Globalization;

namespace DbSwitch.Tests.ProxyHost;

/// <summary>
/// Everything that may die dies, under clients that never stop coming. No connection that was not already open when HAProxy was killed may fail. What no design
/// can save is left out: host and HAProxy killed at once, since then nobody owns the sockets.
/// </summary>
[Collection(nameof(Alone)), Trait("Category", "Slow")]
public sealed class ChaosTests(ITestOutputHelper output)
{
    private const int Served = 500;

    // The manager's connections come and go.
    private const int Spare = 3;

    [Theory, EveryHaproxy]
    public async Task Whatever_is_killed_no_new_connection_fails(string version)
    {
        await using var database = new EchoDatabase("db1:");
        await using var scene = await ChaosScene.StartAsync(version, database);
        var before = scene.Descriptors();
        await using var load = scene.Load();
        await load.MoreAsync(Served);

        // Those of HAProxy apart from each other: it is started again at once only when it lived for a while.
        await KilledAsync(() => scene.Host.Worker.Signal(LinuxProcess.SigKill));
        await ThenAsync(scene.KillHostAsync);
        await KilledAsync(() => scene.Host.Master.Signal(LinuxProcess.SigKill));
        await ThenAsync(scene.KillManagerAsync);
        await KilledAsync(scene.KillAllOfHaproxy);
        await ThenAsync(scene.FreezeHostAsync);
        await ThenAsync(() => Task.WhenAll(scene.KillHostAsync(), scene.KillManagerAsync()));
        var manager = Task.CompletedTask;
        await KilledAsync(() =>
        {
            manager = scene.KillManagerAsync();
            scene.KillAllOfHaproxy();
        });
        await ThenAsync(() => manager);
        await load.EndAsync();

        output.WriteLine($"HAProxy {version}, kills: {load}");
        load.Failures.ShouldBeEmpty(scene.BrokenSessions);
        scene.Host.Status!.CrashCoverOff.ShouldBeNull();
        await Wire.UntilAsync(() => scene.Descriptors() <= before + Spare, $"descriptors before: {before}, and now: {scene.Descriptors()}");
        (await scene.Host.AdminAsync("show dbswitch")).ShouldContain("\nexpired 0\n");

        async Task KilledAsync(Action kill)
        {
            await load.KillAsync(scene.Host, kill);
            await load.MoreAsync(Served);
            load.Failures.ShouldBeEmpty(scene.BrokenSessions);
        }

        async Task ThenAsync(Func<Task> fault)
        {
            await fault();
            await load.MoreAsync(Served);
            load.Failures.ShouldBeEmpty(scene.BrokenSessions);
        }
    }

    [Theory, EveryHaproxy]
    public async Task Seventeen_reloads_in_a_row_fail_no_connection(string version)
    {
        await using var database = new EchoDatabase("db1:");
        await using var scene = await ChaosScene.StartAsync(version, database);
        var before = scene.Descriptors();
        await using var load = scene.Load();
        await load.MoreAsync(Served);

        for (var reload = 1; reload <= 17; reload++)
        {
            var hash = scene.Host.Status!.ConfigurationHash;
            scene.Host.MaxConnections++;
            scene.Host.WriteConfiguration();
            scene.Host.Status!.Host.Signal(LinuxProcess.SigHup);
            await Wire.UntilAsync(() => scene.Host.Status!.ConfigurationHash != hash, "it was not reloaded");

            // The manager adds the server to each new worker; until then new connections wait.
            await load.MoreAsync(Served);
            load.Failures.ShouldBeEmpty($"reload {reload}\n{scene.BrokenSessions}");
        }

        await load.EndAsync();

        output.WriteLine($"HAProxy {version}, reloads: {load}");
        load.Failures.ShouldBeEmpty(scene.BrokenSessions);
        load.LostWithHaproxy.ShouldBe(0);
        await Wire.UntilAsync(() => scene.Host.Family.Count == 2, "old workers are left");
        await Wire.UntilAsync(() => scene.Host.Status!.OldWorkers.Count == 0, "the host still sees old workers");
        await Wire.UntilAsync(() => scene.Descriptors() <= before + Spare, $"descriptors before: {before}, and now: {scene.Descriptors()}");
    }

    [Theory, EveryHaproxy]
    public async Task While_the_manager_is_frozen_2000_who_wait_are_closed_in_order_and_when_it_is_back_all_are_served(string version)
    {
        const int many = 2000;
        await using var database = new EchoDatabase("db1:");
        await using var scene = await ChaosScene.StartAsync(version, database, hold: "3s");
        LinuxProcess.Stop(scene.ManagerPid);

        // Its servers are gone with the old worker, and nobody adds them to the new one.
        scene.Host.MaxConnections++;
        scene.Host.WriteConfiguration();
        var hash = scene.Host.Status!.ConfigurationHash;
        scene.Host.Status!.Host.Signal(LinuxProcess.SigHup);
        await Wire.UntilAsync(() => scene.Host.Status!.ConfigurationHash != hash, "it was not reloaded");
        var watch = Stopwatch.StartNew();
        var clients = new List<Companion.WaitingClient>(many);
        for (var i = 0; i < many; i++)
        {
            clients.Add(await Companion.WaitingClient.ConnectAsync(scene.Host.ClientPort, "hello\n"));
        }

        var last = watch.Elapsed;
        (await Task.WhenAll(clients.Select(client => client.ReadLineAsync()))).ShouldAllBe(answer => answer == "closed");
        var after = watch.Elapsed;
        clients.ForEach(client => client.Dispose());
        LinuxProcess.Signal(scene.ManagerPid, LinuxProcess.SigCont);
        await scene.ServingAsync();
        (await Wire.AskAsync(scene.Host.Clients, "hello\n", firstLine: true)).ShouldBe("db1: hello");

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"HAProxy {version}: {many} came within {last.TotalMilliseconds:0} ms, the last was closed after {after.TotalMilliseconds:0} ms"));
        (after - last).ShouldBeLessThan(TimeSpan.FromSeconds(5));
        (await scene.Host.AdminAsync("show dbswitch")).ShouldContain($"\nexpired {many}\n");
    }
}
