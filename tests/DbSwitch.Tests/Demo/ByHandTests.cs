using System.Text.RegularExpressions;

namespace DbSwitch.Tests.Demo;

/// <summary>The seed's walk-through, typed with netcat.</summary>
[Trait("Category", "Slow")]
public sealed partial class ByHandTests
{
    private const string Header = "1\n# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state";

    [Theory, EveryHaproxy]
    public async Task What_is_typed_happens_and_resume_puts_back_what_the_manager_keeps(string version)
    {
        await NeedNetcatAsync();
        await using var demo = await DemoUnderTest.StartAsync("--by-hand", "--haproxy", HaproxyBinary.For(version));
        await demo.UntilAtWorkAsync();
        var server = Server(demo);

        // Nothing but a header, and nobody is answered.
        (await TypeAsync(demo, "show servers state")).ShouldMatch($"^{Regex.Escape(Header)}[^\n]*\n\n?$");
        await demo.UntilSaidAsync("sending: hello 1");
        await demo.UntilSaidAsync("db db_servers/<NOSRV> -1/-1/0 0 SC");
        demo.Output.ShouldNotContain("client       | backend-db");

        (await TypeAsync(demo, $"add server {server.Name} 127.0.0.1:{server.Port}")).Trim().ShouldBe("New server registered.");
        (await StatisticsAsync(demo, server.Name)).ShouldContain(",MAINT");

        (await TypeAsync(demo, $"set server {server.Name} state ready")).Trim().ShouldBeEmpty();
        await demo.UntilSaidAsync($"client       | backend-db1 at {server.Port}: hello ");
        await demo.UntilSaidAsync($"Server {server.Name} is UP/READY (leaving forced maintenance).");

        // What others say may come between the two lines once; the next hello has them together.
        await Until.TrueAsync("a request and its response", () => Regex.IsMatch(demo.Output, $@"backend-db1  \| request: hello \d+\nbackend-db1  \| response: backend-db1 at {server.Port}: hello \d+\n"));
        (await TypeAsync(demo, "show servers state")).ShouldContain($" {server.Name.Split('/')[1]} 127.0.0.1 2 0 ");

        (await TypeAsync(demo, $"set server {server.Name} state maint")).Trim().ShouldBeEmpty();
        await Until.TrueAsync("its last session to end", async () => (await TypeAsync(demo, $"del server {server.Name}")).Trim() == "Server deleted.");
        (await TypeAsync(demo, "show servers state")).ShouldMatch($"^{Regex.Escape(Header)}[^\n]*\n\n?$");

        // Left behind ready, it is fenced by the manager, which keeps "none".
        await TypeAsync(demo, $"add server {server.Name} 127.0.0.1:{server.Port}");
        await TypeAsync(demo, $"set server {server.Name} state ready");
        var said = await demo.ShellAsync("dbswitch resume");

        said.ShouldStartWith("orders is resumed. No target is selected: clients get no database.");
        said.ShouldContain($"  db-proxy: {server.Name.Split('/')[1]} put into maintenance");
        (await TypeAsync(demo, "show servers state")).ShouldNotMatch($" {server.Name.Split('/')[1]} 127.0.0.1 2 ");
    }

    [Fact]
    public async Task While_it_is_paused_the_status_says_so_and_select_is_refused()
    {
        await using var demo = await DemoUnderTest.StartAsync("--by-hand");
        await demo.UntilAtWorkAsync();

        (await demo.ShellAsync("dbswitch status")).ShouldContain("PAUSED by ");
        (await demo.ShellAsync("dbswitch select backend-db1; echo $?")).ShouldContain("resume it first.\n1\n");
    }

    [Theory, EveryHaproxy]
    public async Task A_server_that_somebody_makes_ready_beside_the_manager_at_work_is_fenced_and_reported(string version)
    {
        await NeedNetcatAsync();
        await using var demo = await DemoUnderTest.StartAsync("--haproxy", HaproxyBinary.For(version));
        await demo.UntilAtWorkAsync();
        var server = Server(demo);
        await TypeAsync(demo, $"add server db_servers/by_hand 127.0.0.1:{server.Port}");

        await TypeAsync(demo, "set server db_servers/by_hand state ready");

        // Ready again when the keeper had put it into maintenance between the two lines.
        await demo.UntilSaidAsync("db-proxy: by_hand put into maintenance (it leads to backend-db1, under a name that somebody gave it by hand");
        await Until.TrueAsync("maintenance", async () => !ByHandIsReady().IsMatch(await TypeAsync(demo, "show servers state")));
        demo.Output.ShouldContain("db-proxy-man | ");
    }

    private static (string Name, int Port) Server(DemoUnderTest demo)
    {
        var port = demo.Port("database");
        return ($"db_servers/backend_db1_{port}", port);
    }

    private static Task<string> TypeAsync(DemoUnderTest demo, string command) =>
        TypedLine.RunAsync($"echo \"{command}\" | timeout 10 nc -N 127.0.0.1 {demo.Port("Runtime API")}");

    private static async Task<string> StatisticsAsync(DemoUnderTest demo, string server)
    {
        using var http = new HttpClient();
        var page = await http.GetStringAsync(new Uri($"http://127.0.0.1:{demo.Port("statistics")}/stats;csv"), TestContext.Current.CancellationToken);
        return page.Split('\n').Single(line => line.StartsWith(server.Replace('/', ',') + ",", StringComparison.Ordinal));
    }

    // OpenBSD's netcat, Debian's own: the traditional one and busybox's have no -N.
    private static async Task NeedNetcatAsync() => Needs.Program("nc -N", (await TypedLine.RunAsync("nc -h")).Contains("-N", StringComparison.Ordinal));

    [GeneratedRegex(@" by_hand 127\.0\.0\.1 2 0 ")]
    private static partial Regex ByHandIsReady();
}
