using System.Globalization;
using System.Text.RegularExpressions;

namespace DbSwitch.Tests.Deploying;

/// <summary>docs/compose-postgresql.md, command by command, on a real Docker engine with a stand-in for the official image.</summary>
[Collection(nameof(Docker)), Trait("Category", "Slow")]
public sealed partial class PostgresComposeTests(DockerImages images)
{
    private static readonly string s_secrets = Path.Combine(Checkout.Root, "deploy", "compose", "postgres", "secrets");

    [Fact]
    public async Task Two_servers_switch_roles_and_back_and_every_confirmed_row_is_there()
    {
        var engine = await images.EngineAsync();
        await engine.ImportAsync("postgres");
        var shown = new ShownCommands("compose-postgresql.md");
        var ours = !Directory.Exists(s_secrets);
        try
        {
            await using var project = new ComposeProject(engine, shown, folder: "postgres");
            await FollowAsync(engine, project, shown);
        }
        finally
        {
            if (ours && Directory.Exists(s_secrets))
            {
                Directory.Delete(s_secrets, recursive: true);
            }
        }
    }

    private static async Task FollowAsync(DockerEngine engine, ComposeProject project, ShownCommands shown)
    {
        shown.Take("cd deploy/compose/postgres");
        foreach (var command in shown.TakeAll("docker network create"))
        {
            await engine.MustAsync(command);
        }

        await project.RunShownAsync("./make-secrets");
        await project.RunShownAsync("docker compose build");
        await project.RunShownAsync("docker compose up -d --wait");

        // The standby is a copy of the first one.
        await UntilReadyAsync(project, "backend-db2");
        (await project.RunShownAsync("docker compose exec db-proxy-man dbswitch select backend-db1")).ShouldContain("orders: backend-db1 is selected");
        await UntilWrittenAsync(project, "backend-db1");
        (await project.RunShownAsync("docker compose exec db-proxy-man dbswitch status")).ShouldContain("clients go to backend-db1");
        (await project.RunShownAsync("docker compose exec db-proxy-man dbswitch targets")).ShouldContain("backend-db2");
        (await project.RunShownAsync("docker compose logs client")).ShouldContain("backend-db1");

        await IsRefusedAsync(project, "backend-db1", "another container runs backend-db1");

        await SwitchAndRejoinAsync(project, from: "backend-db1", to: "backend-db2", "pg_rewind: Done!");

        // Where the old primary can't be rewound it is copied.
        await AskAsync(project, "backend-db2", "REVOKE EXECUTE ON FUNCTION pg_read_binary_file(text, bigint, bigint, boolean) FROM replicator");
        await SwitchAndRejoinAsync(project, from: "backend-db2", to: "backend-db1", "copying backend-db1");
        (await project.RunShownAsync("docker compose exec db-proxy-man dbswitch history")).ShouldContain("db1 gets a new disk");

        await EveryConfirmedRowIsThereAsync(project);

        // Its data stay, and who is selected.
        await project.RunShownAsync("docker compose down");
        (await project.RunAsync("ps -a -q")).Trim().ShouldBeEmpty();
        await project.RunAsync("up -d --wait");
        await UntilWrittenAsync(project, "backend-db1");
        shown.NoneShouldBeLeft();
    }

    // What the page shows, in its order.
    private static async Task SwitchAndRejoinAsync(ComposeProject project, string from, string to, string how)
    {
        (await project.RunShownAsync($"docker compose exec db-proxy-man dbswitch select {to} --")).ShouldContain($"orders: {to} is selected");
        await UntilWrittenAsync(project, to);

        // The two mistaken for each other, the old primary open by somebody's hand: the new primary's rows would be gone.
        await AskAsync(project, from, "ALTER DATABASE postgres CONNECTION LIMIT -1");
        await project.RunAsync($"stop {to}");
        await IsRefusedAsync(project, to, $"{from} was not promoted after {to}");
        await project.RunAsync($"up -d --wait {to}");

        await project.RunShownAsync($"docker compose stop {from}");
        var said = await project.RunShownAsync($"docker compose run --rm --no-deps {from} rejoin");
        said.ShouldContain(how);
        said.ShouldContain($"{from} follows {to}");
        await project.RunShownAsync($"docker compose up -d --wait {from}");
        (await AskAsync(project, from, "SELECT pg_is_in_recovery()")).ShouldBe("t");
        await UntilReadyAsync(project, from);
    }

    private static async Task IsRefusedAsync(ComposeProject project, string server, string why)
    {
        var (exitCode, output) = await project.TryAsync($"run --rm --no-deps {server} rejoin");
        exitCode.ShouldBe(1, output);
        output.ShouldContain(why);
    }

    // Streaming, and caught up: the guards of a planned switchover ask for no less.
    private static Task UntilReadyAsync(ComposeProject project, string standby) => Until.TrueAsync(
        $"{standby} to stream",
        async () => await AskAsync(project, standby == "backend-db1" ? "backend-db2" : "backend-db1", $"SELECT count(*) FROM pg_stat_replication WHERE application_name = '{standby}' AND state = 'streaming'") == "1",
        seconds: 60);

    private static Task UntilWrittenAsync(ComposeProject project, string server) => Until.TrueAsync(
        $"a row in {server}", async () => Confirmed(await project.RunAsync("logs --no-log-prefix client")).LastOrDefault().Server == server, seconds: 60);

    private static async Task EveryConfirmedRowIsThereAsync(ComposeProject project)
    {
        var confirmed = Confirmed(await project.RunAsync("logs --no-log-prefix client")).Select(row => row.Number).ToList();
        var there = (await AskAsync(project, "backend-db1", "SELECT number FROM written ORDER BY number", "orders")).Split('\n').Select(number => int.Parse(number, CultureInfo.InvariantCulture)).ToList();
        confirmed.Count.ShouldBeGreaterThan(3);
        confirmed.Except(there).ShouldBeEmpty();
    }

    private static async Task<string> AskAsync(ComposeProject project, string server, string question, string database = "postgres") =>
        (await project.RunAsync($"exec -T {server} psql -XAtq -U postgres -d {database} -c \"{question}\"")).Trim();

    private static IEnumerable<(int Number, string Server)> Confirmed(string log) =>
        Row().Matches(log).Select(row => (int.Parse(row.Groups[1].Value, CultureInfo.InvariantCulture), row.Groups[2].Value));

    [GeneratedRegex(@"row (\d+): (backend-db\d)")]
    private static partial Regex Row();
}
