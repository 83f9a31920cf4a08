using System.Text.Json;
using System.Text.RegularExpressions;

namespace DbSwitch.Tests.Deploying;

/// <summary>docs/getting-started-compose.md, command by command, on a real Docker engine.</summary>
[Collection(nameof(Docker)), Trait("Category", "Slow")]
public sealed partial class ComposeTests(DockerImages images)
{
    private const string Page = "getting-started-compose.md";

    [Fact]
    public async Task The_compose_project_does_what_its_page_says()
    {
        var engine = await images.EngineAsync();
        var shown = new ShownCommands(Page);
        await using var project = new ComposeProject(engine, shown);
        shown.Take("cd deploy/compose");
        foreach (var command in shown.TakeAll("docker network create"))
        {
            await engine.MustAsync(command);
        }

        await project.RunShownAsync("docker compose build");
        await project.RunShownAsync("docker compose up -d --wait");

        // Nobody is selected, so nobody answers.
        await Until.TrueAsync("three hellos", async () => (await project.RunAsync("logs client")).Contains("hello 2", StringComparison.Ordinal), seconds: 30);
        (await project.RunShownAsync("docker compose logs client")).ShouldNotContain(" at 83");
        foreach (var service in (string[])["db-proxy", "db-proxy-man", "backend-db1", "backend-db2"])
        {
            await project.UntilHealthyAsync(service);
        }

        // Selected, and answered.
        (await project.RunShownAsync("docker compose exec db-proxy-man dbswitch select backend-db1")).ShouldContain("orders: backend-db1 is selected");
        (await project.HelloAsync()).ShouldBe("backend-db1 at 8310: hello\n");
        (await project.RunShownAsync("docker compose exec db-proxy-man dbswitch status")).ShouldContain("clients go to backend-db1");

        // Switched, and no hello is lost.
        (await project.RunShownAsync("docker compose exec db-proxy-man dbswitch select backend-db2")).ShouldContain("orders: backend-db2 is selected");
        (await project.HelloAsync()).ShouldBe("backend-db2 at 8311: hello\n");
        (await project.RunShownAsync("docker compose exec db-proxy-man dbswitch history")).ShouldContain("db1 gets a new disk");
        (await project.RunShownAsync("docker compose exec db-proxy-man dbswitch api show servers state")).ShouldContain("backend_db2_8311");
        await Until.TrueAsync("the client's hellos after the switch", async () => Answers(await project.ClientSaysAsync(60)).TakeLast(3).Count(answer => answer.StartsWith("backend-db2", StringComparison.Ordinal)) == 3);
        ShouldBeWithoutGaps(await project.ClientSaysAsync(600));

        // Its pages are on the host's loopback.
        (await engine.OnHostAsync("bash -c 'exec 3<>/dev/tcp/127.0.0.1/8360; printf \"GET /stats HTTP/1.0\\r\\n\\r\\n\" >&3; cat <&3'")).Output.ShouldContain("db_servers");
        (await engine.OnHostAsync($"{Dbswitch.Path} status --server http://127.0.0.1:8370")).Output.ShouldContain("clients go to backend-db2");

        // A database comes back with another address.
        var before = await project.AddressAsync("backend-db2", "backend-db2-network");
        await project.RunShownAsync("docker compose rm -sf backend-db2");
        await engine.MustAsync("docker run -d --name takes-its-address --network backend-db2-network dbswitch:0.1 echo-server 9 nobody");
        await project.RunShownAsync("docker compose up -d backend-db2");
        await project.UntilAnsweredAsync("backend-db2 at 8311:");
        (await project.AddressAsync("backend-db2", "backend-db2-network")).ShouldNotBe(before);
        await engine.MustAsync("docker rm -f takes-its-address");

        // The proxy comes back empty; nobody has to say anything.
        await project.RunShownAsync("docker compose restart db-proxy");
        await project.UntilAnsweredAsync("backend-db2 at 8311:");

        // The manager is killed: the clients don't notice, and it is started again by itself.
        var (pid, starts) = await ProcessAsync(project, "db-proxy-man");
        (await engine.OnHostAsync($"kill -KILL {pid}")).ExitCode.ShouldBe(0);
        (await project.HelloAsync()).ShouldBe("backend-db2 at 8311: hello\n");
        await Until.TrueAsync("another manager", async () => (await ProcessAsync(project, "db-proxy-man")) is var (now, times) && now > 0 && times > starts, seconds: 30);
        await Until.TrueAsync("its word", () => project.SucceedsAsync("exec -T db-proxy-man dbswitch status --check"), seconds: 30);

        // A reload of each.
        await project.RunShownAsync("docker compose kill -s HUP db-proxy-man");
        await Until.TrueAsync("the manager to read its file again", async () => (await project.RunAsync("logs db-proxy-man")).Contains("reloaded: /etc/dbswitch/dbswitch.yaml", StringComparison.Ordinal), seconds: 20);
        await project.RunShownAsync("docker compose kill -s USR2 db-proxy");
        (await project.HelloAsync()).ShouldBe("backend-db2 at 8311: hello\n");
        (await project.RunAsync("exec -T db-proxy-man dbswitch select backend-db1")).ShouldContain("orders: backend-db1 is selected");
        (await project.HelloAsync()).ShouldBe("backend-db1 at 8310: hello\n");

        await project.RunShownAsync("docker compose down");
        (await project.RunAsync("ps -a -q")).Trim().ShouldBeEmpty();
        (await engine.MustAsync("docker network ls --format {{.Name}}")).ShouldContain("frontend-db-network");
        shown.NoneShouldBeLeft();
    }

    [Fact]
    public async Task Nothing_but_the_proxy_can_be_reached_from_the_clients_network_and_no_container_may_more_than_it_needs()
    {
        var engine = await images.EngineAsync();
        await using var project = new ComposeProject(engine, new ShownCommands(Page));
        foreach (var command in new ShownCommands(Page).TakeAll("docker network create"))
        {
            await engine.MustAsync(command);
        }

        await project.RunAsync("up -d --build");
        await project.UntilHealthyAsync("db-proxy");
        await project.UntilHealthyAsync("db-proxy-man");
        await project.RunAsync("exec -T db-proxy-man dbswitch select backend-db1");
        (await project.HelloAsync()).ShouldBe("backend-db1 at 8310: hello\n");

        // By name and by address, the databases, the manager and HAProxy's Runtime API.
        string[] others =
        [
            "backend-db1:8310", "db-proxy-man:8370", "db-proxy:9999",
            $"{await project.AddressAsync("backend-db1", "backend-db1-network")}:8310",
            $"{await project.AddressAsync("db-proxy-man", "db-proxy-network")}:8370",
        ];
        foreach (var other in others)
        {
            (await project.SucceedsAsync($"exec -T client dbswitch client {other} --once")).ShouldBeFalse(other);
        }

        // What listens in the proxy's container: the clients' port and the page.
        var listening = Listening().Matches(await project.RunAsync("exec -T db-proxy cat /proc/net/tcp /proc/net/tcp6")).Select(match => Convert.ToInt32(match.Groups[1].Value, 16)).Where(port => port is not 0);
        listening.Distinct().Order().ToList().ShouldBe([8320, 8360]);

        foreach (var service in (string[])["client", "db-proxy", "db-proxy-man", "backend-db1", "backend-db2"])
        {
            var container = await project.InspectAsync(service);
            var host = container.GetProperty("HostConfig");
            host.GetProperty("ReadonlyRootfs").GetBoolean().ShouldBeTrue(service);
            host.GetProperty("CapDrop").EnumerateArray().Select(capability => capability.GetString()).ShouldBe(["ALL"], service);
            host.GetProperty("SecurityOpt").EnumerateArray().Select(option => option.GetString()).ShouldContain("no-new-privileges:true", service);
            host.GetProperty("Init").GetBoolean().ShouldBeTrue(service);
            host.GetProperty("RestartPolicy").GetProperty("Name").GetString().ShouldBe("always", service);
            host.GetProperty("LogConfig").GetProperty("Config").GetProperty("max-size").GetString().ShouldBe("10m", service);
            container.GetProperty("Config").GetProperty("User").GetString().ShouldBeOneOf(["haproxy", "1654:1654"], service);
        }
    }

    private static IEnumerable<string> Answers(IEnumerable<string> lines) => lines.Where(line => line.StartsWith("backend-db", StringComparison.Ordinal));

    // From the first hello that was answered on, each was.
    private static void ShouldBeWithoutGaps(IReadOnlyList<string> lines)
    {
        var numbers = Answers(lines).Select(line => int.Parse(line[(line.LastIndexOf(' ') + 1)..], System.Globalization.CultureInfo.InvariantCulture)).ToList();
        numbers.Count.ShouldBeGreaterThan(3);
        numbers.ShouldBe(Enumerable.Range(numbers[0], numbers.Count));
    }

    private static async Task<(int Pid, int Starts)> ProcessAsync(ComposeProject project, string service)
    {
        var container = await project.InspectAsync(service);
        JsonElement state = container.GetProperty("State");
        return (state.GetProperty("Pid").GetInt32(), container.GetProperty("RestartCount").GetInt32());
    }

    // proc(5), net/tcp: "sl local_address rem_address st", where 0A is LISTEN; 127.0.0.11 is Docker's resolver.
    [GeneratedRegex(@"^ *\d+: (?!0B00007F)[0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:0000 0A ", RegexOptions.Multiline)]
    private static partial Regex Listening();
}
