using System.Net;
using System.Net.Sockets;

namespace DbSwitch.Tests.Serving;

/// <summary>One manager for each socket, port and store: a second one does not start, and touches nothing.</summary>
public sealed class ListeningTests
{
    [Fact]
    public async Task A_port_that_is_taken_is_said_before_any_proxy_is_touched()
    {
        await using var scene = await Scene.PreparedAsync(http: true);
        await Scene.ServeByHandAsync(scene.Haproxy, "stranger", scene.Db2);
        using var other = new TcpListener(IPAddress.Loopback, scene.Manager.Configuration.Http!.Value);
        other.Start();

        var end = await scene.Manager.RefusedToStartAsync();

        end.ShouldBe(2, error: $"http://127.0.0.1:{scene.Manager.Configuration.Http}");
        end.Error.ShouldContain("address already in use");
        end.Error.ShouldContain($"Stop what listens there, or change listen: in {scene.Manager.ConfigurationFile}.");
        end.Error.Trim().Split('\n').ShouldHaveSingleItem();
        end.Output.ShouldBeEmpty();
        (await scene.AnswersAsync()).ShouldBe("db2");
    }

    [Fact]
    public async Task A_socket_that_a_manager_answers_is_left_to_it()
    {
        await using var scene = await Scene.StartedAsync();
        await using var second = new ManagerProcess(scene.Manager.Configuration with { Socket = scene.Manager.Socket });

        (await second.RefusedToStartAsync()).ShouldBe(2, "", $"Another manager answers at {scene.Manager.Socket}. Stop that one first, or give this one a socket of its own (listen.unix).");
        await scene.Manager.HealthyAsync();
    }

    [Fact]
    public async Task A_store_that_a_manager_uses_is_left_to_it()
    {
        await using var scene = await Scene.StartedAsync();
        await using var second = new ManagerProcess(scene.Manager.Configuration with { State = scene.Manager.StateFile });

        (await second.RefusedToStartAsync()).ShouldBe(2, "", $"{scene.Manager.StateFile} is in use by another manager (process {scene.Manager.Pid}). Stop that one first");
        await scene.Manager.HealthyAsync();
        (await scene.Manager.RunAsync("select", "backend-db2")).ShouldBe(0);
    }

    [Fact]
    public async Task A_socket_that_a_killed_manager_left_is_taken_over()
    {
        await using var scene = await Scene.StartedAsync();
        await scene.Manager.KillAsync();
        File.Exists(scene.Manager.Socket).ShouldBeTrue();

        await scene.Manager.StartAsync();

        (await scene.Manager.StopAsync()).ShouldBe(0);
        File.Exists(scene.Manager.Socket).ShouldBeFalse();
    }

    [Fact]
    public async Task A_file_in_the_place_of_the_socket_is_not_deleted()
    {
        await using var scene = await Scene.PreparedAsync();
        await File.WriteAllTextAsync(scene.Manager.Socket, "somebody's notes", TestContext.Current.CancellationToken);

        (await scene.Manager.RefusedToStartAsync()).ShouldBe(2, "", $"{scene.Manager.Socket} is in the way: it is no socket. Move it away, or change listen.unix.");

        (await File.ReadAllTextAsync(scene.Manager.Socket, TestContext.Current.CancellationToken)).ShouldBe("somebody's notes");
    }

    [Fact]
    public async Task The_socket_is_for_the_owner_and_the_group()
    {
        await using var scene = await Scene.StartedAsync();

        (await Shell.RunAsync("stat", "--format=%a", scene.Manager.Socket)).Trim().ShouldBe("660");
    }

    [Fact]
    public async Task Who_may_not_open_the_socket_is_told_so()
    {
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can become another user to try it.");
        await using var scene = await Scene.StartedAsync();

        (await Dbswitch.RunAsync(Dbswitch.AsNobody, ["status", "--config", scene.Manager.ConfigurationFile]))
            .ShouldBe(4, "", "this user may not open it: use sudo, or join the group that owns it");
    }
}
