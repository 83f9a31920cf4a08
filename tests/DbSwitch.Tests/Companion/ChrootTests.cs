using System.Security.Cryptography;

namespace DbSwitch.Tests.Companion;

/// <summary>The worker in a chroot under a user of its own, as in Debian's haproxy.cfg: the script's file lies inside, and what can't be written there costs no client anything.</summary>
public sealed class ChrootTests : IDisposable
{
    private readonly string _jail = Directory.CreateDirectory($"/tmp/dbsc-{RandomNumberGenerator.GetHexString(6, lowercase: true)}").FullName;

    public void Dispose() => Directory.Delete(_jail, recursive: true);

    [Theory, EveryHaproxy]
    public async Task The_generation_is_kept_inside_over_a_restart_and_a_reload(string version)
    {
        Needs.RootAnd("chown");
        var folder = Directory.CreateDirectory(Path.Combine(_jail, "dbswitch")).FullName;
        await Shell.RunAsync("chown", "nobody", folder);
        await using var scene = await CompanionScene.StartAsync(version, options: Options("/dbswitch/generations"));

        (await scene.TellAsync("show dbswitch")).ShouldBe("version 1\nmemory ok");
        (await scene.TellAsync("set dbswitch generation db_servers 7")).ShouldBe("done");
        File.ReadAllText(Path.Combine(folder, "generations")).ShouldBe("db_servers 7\n");

        await scene.Haproxy.ReloadAsync();
        (await scene.TellAsync("set dbswitch generation db_servers 6")).ShouldBe("refused: generation 6 is behind 7");
        await scene.Haproxy.RestartAsync();
        (await scene.TellAsync("set dbswitch generation db_servers 6")).ShouldBe("refused: generation 6 is behind 7");
    }

    [Theory, EveryHaproxy]
    public async Task A_manager_takes_over_and_switches_although_the_file_is_outside_of_it(string version)
    {
        Needs.RootAnd("chown");
        await using var db1 = new EchoDatabase("db1");
        await using var db2 = new EchoDatabase("db2");
        await using var haproxy = await RealHaproxy.StartAsync(version, Options("/run/haproxy/generations") with { MasterWorker = true, Companion = true });
        await using var manager = await new ManagerUnderTest().Proxy("p", haproxy.ApiEndpoint, haproxy.MasterSocket).Switch("db1", ("db1", db1.HostPort), ("db2", db2.HostPort)).StartAsync();
        await manager.SettledAsync("db1");

        await manager.SwitchToAsync("db2");

        (await DbClient.AskOnceAsync(haproxy.ClientPort, "hello")).Line.ShouldBe("db2 hello");
        var found = await Doctoring.DoctorTests.WarningsAsync(manager);
        found.ShouldContain(f => f.What.StartsWith("the companion script can't write its file of generations (/run/haproxy/generations", StringComparison.Ordinal));
    }

    private RealHaproxyOptions Options(string generations) => new() { GenerationsFile = generations, Global = [$"chroot {_jail}", "user nobody"] };
}
