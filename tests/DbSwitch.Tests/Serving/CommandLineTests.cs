using System.Net.Sockets;

namespace DbSwitch.Tests.Serving;

/// <summary>What a person meets who types something wrong, or has no manager yet.</summary>
public sealed class CommandLineTests
{
    private static readonly ManagerConfiguration Good = new ManagerConfiguration { Proxies = new Dictionary<string, string> { ["db-proxy"] = "{ api: \"tcp:127.0.0.1:1\" }" } }
        .With("orders", new SwitchText("db_servers", ["db-proxy"], new Dictionary<string, string> { ["backend-db1"] = "127.0.0.1:8310" }));

    [Fact]
    public async Task All_that_is_wrong_with_a_configuration_is_said_at_once_with_its_place()
    {
        await using var manager = new ManagerProcess(Good);
        await File.WriteAllTextAsync(manager.ConfigurationFile, $$"""
            state: {{manager.StateFile}}
            listen:
              unix: {{manager.Socket}}
            proxies:
              db-proxy: { api: "tpc:127.0.0.1:9999" }
            switches:
              orders:
                backend: db_servers
                proxys: [db-proxy]
                hold: quick
                targets:
                  backend-db1: { address: "127.0.0.1:8310" }
            """, TestContext.Current.CancellationToken);

        foreach (var command in (string[])["serve", "check-config"])
        {
            var end = await manager.RunAsync(command);

            end.ShouldBe(2, output: "");
            end.Error.ShouldContain($"{manager.ConfigurationFile}:5:");
            end.Error.ShouldContain("tpc:127.0.0.1:9999");
            end.Error.ShouldContain($"{manager.ConfigurationFile}:9:5: switches.orders.proxys: ");
            end.Error.ShouldContain("did you mean \"proxies\"?");
            end.Error.ShouldContain($"{manager.ConfigurationFile}:10:11: switches.orders.hold: ");
        }

        File.Exists(manager.StateFile).ShouldBeFalse();

        // Who only asks the manager is not kept from it by what the manager does not know yet.
        (await manager.RunAsync("status")).ShouldBe(4, "", $"The manager does not answer at unix:{manager.Socket}");
    }

    [Fact]
    public async Task What_nobody_can_read_is_told_and_does_not_change_what_was_done()
    {
        await using var scene = await Scene.StartedAsync();

        // The disk that it is redirected to is full: of a command that only tells, nothing is left.
        foreach (var telling in (string[])["--help", $"status --server unix:{scene.Manager.Socket}", $"targets --json --server unix:{scene.Manager.Socket}"])
        {
            (await Dbswitch.RunAsync(["sh", "-c", $"exec \"$0\" {telling} > /dev/full"], [])).ShouldBe(1, "", "dbswitch: what it says could not be written (No space left on device");
        }

        (await Dbswitch.RunAsync(["sh", "-c", "exec \"$0\" status --server unix:/nowhere > /dev/full 2> /dev/full"], [])).ExitCode.ShouldBe(4);

        // Clients have moved, whether anybody reads it or not; also where whoever read has gone.
        (await Dbswitch.RunAsync(["sh", "-c", $"exec \"$0\" select backend-db2 --server unix:{scene.Manager.Socket} > /dev/full"], [])).ShouldBe(0, "", "could not be written");
        (await Dbswitch.RunAsync(["bash", "-c", $"(\"$0\" select backend-db1 --server unix:{scene.Manager.Socket}; echo $? > {scene.Manager.Socket}.end) | true; cat {scene.Manager.Socket}.end"], [])).ShouldBe(0, "0\n");
        await scene.Manager.StatusAsync("backend-db1");
    }

    [Theory]
    [InlineData("serve")]
    [InlineData("check-config")]
    [InlineData("status")]
    public async Task A_missing_configuration_file_is_named(string command)
    {
        (await Dbswitch.RunAsync(command, "--config", "/nowhere/dbswitch.yaml")).ShouldBe(2, "", "/nowhere/dbswitch.yaml: ");
        var end = await Dbswitch.RunAsync(command);
        end.ShouldBe(2, "", "There is no ./dbswitch.yaml");
        end.Error.ShouldContain("--config FILE");
    }

    [Fact]
    public async Task A_good_configuration_is_called_good()
    {
        await using var manager = new ManagerProcess(Good);

        (await manager.RunAsync("check-config")).ShouldBe(0, $"{manager.ConfigurationFile}: 1 switch, 1 proxy; nothing is wrong with it.\n", "");
    }

    [Fact]
    public async Task Help_asks_no_manager()
    {
        await using var manager = new ManagerProcess(Good);
        using var asked = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        asked.Bind(new UnixDomainSocketEndPoint(manager.Socket));
        asked.Listen();

        (await manager.RunAsync("--help")).ShouldBe(0, "dbswitch status");
        (await manager.RunAsync("select", "--help")).ShouldBe(0, "dbswitch select");

        asked.Poll(0, SelectMode.SelectRead).ShouldBeFalse("somebody came to ask");
    }

    [Theory]
    [InlineData("Unrecognized command or argument 'selekt'", "dbswitch --help", "selekt")]
    [InlineData("--dran", "dbswitch select --help", "select", "backend-db1", "--dran", "10")]
    [InlineData("Give a target or --none, not both.", "dbswitch select --help", "select")]
    [InlineData("Give a target or --none, not both.", "dbswitch select --help", "select", "backend-db1", "--none")]
    [InlineData("soon", "dbswitch select --help", "select", "backend-db1", "--drain", "soon")]
    [InlineData("--reason", "dbswitch select --help", "select", "backend-db1", "--reason")]
    [InlineData("Required argument 'command' missing for command: 'api'.", "dbswitch api --help", "api")]
    [InlineData("Required argument 'name' missing for command: 'proxy-host'.", "dbswitch proxy-host --help", "proxy-host")]
    [InlineData("Required argument 'name' missing for command: 'stop'.", "dbswitch proxies stop --help", "proxies", "stop")]
    [InlineData("Required command was not provided", "dbswitch --help")]
    public async Task A_command_line_that_is_not_understood_ends_with_2_and_a_hint(string complaint, string hint, params string[] arguments)
    {
        var end = await Dbswitch.RunAsync(arguments);

        end.ShouldBe(2, output: "", error: complaint);
        end.Error.ShouldEndWith($"See: {hint}\n");
    }

    [Fact]
    public async Task The_same_complaint_is_not_made_twice()
    {
        (await Dbswitch.RunAsync()).Error.ShouldBe("dbswitch: Required command was not provided.\nSee: dbswitch --help\n");
    }

    [Theory]
    [InlineData("orders", "SWITCH=TARGET")]
    [InlineData("orders=", "SWITCH=TARGET")]
    [InlineData("=backend-db1", "SWITCH=TARGET")]
    public async Task A_misspelt_adoption_is_refused_before_anything_else(string word, string hint)
    {
        await using var manager = new ManagerProcess(Good);

        (await manager.RunAsync("serve", "--adopt", word)).ShouldBe(2, "", hint);
        File.Exists(manager.StateFile).ShouldBeFalse();
    }

    [Fact]
    public async Task Help_lists_every_command_and_shows_examples()
    {
        var end = await Dbswitch.RunAsync("--help");

        end.ShouldBe(0, error: "");
        foreach (var command in (string[])["serve", "select", "status", "targets", "proxies", "history", "wait", "abort", "backup", "pause", "resume", "api", "check-config", "proxy-host"])
        {
            end.Output.ShouldContain($"\n  {command}");
            (await Dbswitch.RunAsync(command, "--help")).ShouldBe(0, $"Examples:\n  dbswitch {command}", "");
        }

        end.Output.ShouldContain("Examples:\n  dbswitch status\n");
    }

    [Fact]
    public async Task Without_a_manager_a_command_says_so_and_that_clients_are_not_affected()
    {
        await using var manager = new ManagerProcess(Good);
        foreach (var arguments in (string[][])[["status", "--check"], ["select", "backend-db1"], ["history"], ["pause"], ["abort", "1"], ["wait"], ["backup", "/tmp/never-written.db"], ["api", "show info"], ["proxies"], ["targets"]])
        {
            (await manager.RunAsync(arguments)).ShouldBe(4, "", $"The manager does not answer at unix:{manager.Socket}: it is not running (start it: dbswitch serve). Until it runs, every proxy stays as it is.");
        }

        (await Dbswitch.RunAsync("status", "--server", "http://127.0.0.1:1")).ShouldBe(4, "", "The manager does not answer at http://127.0.0.1:1: ");
        (await Dbswitch.RunAsync("status", "--server", "127.0.0.1:1")).ShouldBe(2, "", "--server: \"127.0.0.1:1\" is neither unix:/path nor http://host:port.");
    }

    [Fact]
    public async Task What_is_no_manager_is_not_taken_for_one()
    {
        using var other = new TcpListener(System.Net.IPAddress.Loopback, 0);
        other.Start();
        var answering = Task.Run(async () =>
        {
            using var client = await other.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
            await client.GetStream().WriteAsync("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 13\r\n\r\n<html></html>"u8.ToArray());
            await client.GetStream().CopyToAsync(Stream.Null, TestContext.Current.CancellationToken);
        }, TestContext.Current.CancellationToken);

        (await Dbswitch.RunAsync("status", "--server", $"http://{other.LocalEndpoint}")).ShouldBe(4, "", "is no dbswitch manager of this version");
        await answering;
    }
}
