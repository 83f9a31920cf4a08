using System.Security.Cryptography;

namespace DbSwitch.Tests.Deploying;

/// <summary>When <c>node rejoin</c> of deploy/compose/postgres touches nothing. The script is the real one; PostgreSQL's programs are stand-ins that answer as the test says, so that each refusal costs no server. With real ones, in containers: <see cref="PostgresComposeTests"/>.</summary>
public sealed class RejoinTests : IDisposable
{
    private const string Origin = "7445002183114829861", PrimaryOnTimeline2 = Origin + "|2|0/3000148|";

    private readonly string _folder = $"/tmp/dbsj-{RandomNumberGenerator.GetHexString(6, lowercase: true)}";
    private readonly string _script;

    public RejoinTests()
    {
        foreach (var folder in new[] { "bin", "sockets", "secrets", "volume" })
        {
            Directory.CreateDirectory(Path.Combine(_folder, folder));
        }

        File.WriteAllText(Path.Combine(_folder, "secrets", "replicator-password"), "secret");
        _script = Program("node", File.ReadAllText(Path.Combine(Checkout.Root, "deploy", "compose", "postgres", "node", "node"))
            .Replace("/var/lib/postgresql/data/pgdata", Data, StringComparison.Ordinal)
            .Replace("/var/run/postgresql", Path.Combine(_folder, "sockets"), StringComparison.Ordinal)
            .Replace("/run/secrets", Path.Combine(_folder, "secrets"), StringComparison.Ordinal));
        Program("pg_controldata", $"#!/bin/sh\necho 'Database system identifier:           {Origin}'\necho \"Latest checkpoint's TimeLineID:       1\"\n");
        Program("pg_rewind", $"#!/bin/sh\n: > {Changed}\n");
        Program("pg_basebackup", $"#!/bin/sh\n: > {Changed}\n");
    }

    private string Data => Path.Combine(_folder, "volume", "pgdata");

    private string Changed => Path.Combine(_folder, "changed");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("db2 does not answer", "", "")]
    [InlineData("db2 does not answer", "f", "")]
    [InlineData("db2 is a standby itself", "t", PrimaryOnTimeline2)]
    [InlineData("db2 is not of the same origin", "f", "7445002183114829862|2|0/3000148|")]
    [InlineData("db2 was not promoted after db1", "f", Origin + "|1|0/3000148|")]
    public async Task It_changes_nothing_where_the_other_server_is_no_later_primary(string why, string isStandby, string system)
    {
        Directory.CreateDirectory(Data);
        PeerAnswers(isStandby, system);

        (await RunAsync("rejoin", exitCode: 1)).ShouldSatisfyAllConditions(said => said.ShouldContain($"node: {why}"), said => said.ShouldContain("nothing was changed"));

        File.Exists(Changed).ShouldBeFalse();
        Directory.GetFileSystemEntries(Data).ShouldBeEmpty();
    }

    [Fact]
    public async Task It_changes_nothing_where_there_is_nothing_to_take_back()
    {
        PeerAnswers("f", PrimaryOnTimeline2);
        (await RunAsync("rejoin", exitCode: 1)).ShouldContain("no data here: start it, it copies db2 by itself");

        Directory.CreateDirectory(Data);
        File.WriteAllText(Path.Combine(Data, "standby.signal"), "");
        (await RunAsync("rejoin", exitCode: 0)).ShouldContain("this is a standby already; nothing was changed");

        File.Exists(Changed).ShouldBeFalse();
    }

    [Theory]
    [InlineData("rejoin")]
    [InlineData("start")]
    public async Task It_does_nothing_while_the_server_runs(string order)
    {
        Directory.CreateDirectory(Data);
        PeerAnswers("f", PrimaryOnTimeline2);

        var said = await TypedLine.RunAsync($"flock --nonblock {_folder}/volume/lock {Line(order)}; echo \"exit code $?\"");

        said.ShouldContain("another container runs db1: docker compose stop db1");
        said.ShouldEndWith("exit code 1\n");
        File.Exists(Changed).ShouldBeFalse();
    }

    [Theory]
    [InlineData("")]
    [InlineData("rejion")]
    public async Task It_says_which_orders_there_are(string order)
    {
        (await RunAsync(order, exitCode: 2)).ShouldContain($"node: start or rejoin, not \"{order}\"");
        File.Exists(Path.Combine(_folder, "volume", "lock")).ShouldBeFalse();
    }

    [Fact]
    public async Task It_rewinds_where_nothing_speaks_against_it()
    {
        Directory.CreateDirectory(Data);
        PeerAnswers("f", PrimaryOnTimeline2);

        (await RunAsync("rejoin", exitCode: 0)).ShouldContain("db1 follows db2 when it is started");

        File.Exists(Changed).ShouldBeTrue();
        File.Exists(Path.Combine(Data, "standby.signal")).ShouldBeTrue();
    }

    // Nothing printed and failed, as psql does it, where the server can't be asked.
    private void PeerAnswers(string isStandby, string system) => Program("psql",
        $$"""
        #!/bin/sh
        case "$*" in
            *pg_is_in_recovery*) answer='{{isStandby}}' ;;
            *IDENTIFY_SYSTEM*) answer='{{system}}' ;;
            *) answer=done ;;
        esac
        [ -n "$answer" ] || { echo 'psql: error: connection refused' >&2; exit 2; }
        echo "$answer"
        """ + "\n");

    private async Task<string> RunAsync(string order, int exitCode)
    {
        var said = await TypedLine.RunAsync($"{Line(order)}; echo \"exit code $?\"");
        said.ShouldEndWith($"exit code {exitCode}\n");
        return said;
    }

    private string Line(string order) => $"env PATH={_folder}/bin:$PATH NODE=db1 PEER=db2 {_script} {order}";

    private string Program(string name, string text)
    {
        var path = Path.Combine(_folder, "bin", name);
        File.WriteAllText(path, text);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        return path;
    }
}
