using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using DbSwitch.App.Init;
using EchoDatabase = DbSwitch.Testing.EchoDatabase;

namespace DbSwitch.Tests.Deploying;

/// <summary><c>dbswitch init</c>: what it writes is read by what it is for, and carries clients.</summary>
public sealed class InitTests : IDisposable
{
    private readonly string _folder = $"/tmp/dbsi-{RandomNumberGenerator.GetHexString(6, lowercase: true)}";

    public InitTests() => Directory.CreateDirectory(_folder);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory, EveryHaproxy]
    public async Task What_it_writes_passes_both_checks_and_switches(string version)
    {
        var haproxy = HaproxyBinary.For(version);
        await using var database = new EchoDatabase("db1:");
        await using var other = new EchoDatabase("db2:");
        var port = FreePort.Take();
        (await InitAsync("--target", $"db1={database.Address}", "--target", $"db2={other.Address}", "--clients", $"127.0.0.1:{port}", "--run", _folder)).ShouldBe(0, "Next: haproxy -c -f");

        (await Dbswitch.RunAsync("check-config", "--config", In("dbswitch.yaml"))).ShouldBe(0, "nothing is wrong with it");
        (await CheckAsync(haproxy, In("haproxy.cfg"))).ShouldBe(0);
        OntoThisMachine(FreePort.Take());
        await SwitchesAsync(haproxy, In("haproxy.cfg"), port);
    }

    [Theory, EveryHaproxy]
    public async Task The_lines_that_it_prints_make_an_existing_HAProxy_one_that_switches(string version)
    {
        var haproxy = HaproxyBinary.For(version);
        await using var database = new EchoDatabase("db1:");
        await using var other = new EchoDatabase("db2:");
        var port = FreePort.Take();
        File.WriteAllText(In("existing.cfg"), $"""
            global
                maxconn 500

            defaults
                mode tcp
                timeout connect 5s
                timeout client 30s
                timeout server 30s

            frontend orders_in
                bind 127.0.0.1:{port}
                default_backend orders_db

            backend orders_db

            """);
        var end = await InitAsync("--existing", "--haproxy-cfg", "none", "--target", $"db1={database.Address}", "--frontend", "orders_in", "--backend", "orders_db", "--run", _folder);
        end.ShouldBe(0, "backend orders_in_again");
        File.Exists(In("haproxy.cfg")).ShouldBeFalse();

        File.WriteAllText(In("joined.cfg"), Joined(File.ReadAllText(In("existing.cfg")), end.Output[end.Output.IndexOf("global\n", StringComparison.Ordinal)..]));
        (await CheckAsync(haproxy, In("joined.cfg"))).ShouldBe(0);
        OntoThisMachine(FreePort.Take());
        await SwitchesAsync(haproxy, In("joined.cfg"), port);
    }

    // Debian's haproxy.cfg: started by root, the worker in a chroot under a user of its own, mode http in defaults; and a backend that serves clients already.
    [Theory, EveryHaproxy]
    public async Task A_stock_Debian_HAProxy_that_serves_clients_is_taken_over_and_left_again_and_nobody_is_cut_off(string version)
    {
        Needs.RootAnd("install");
        var haproxy = HaproxyBinary.For(version);
        await using var database = new EchoDatabase("db1:");
        await using var other = new EchoDatabase("db2:");
        var port = FreePort.Take();
        var jail = Directory.CreateDirectory(In("jail")).FullName;
        File.WriteAllText(In("theirs.cfg"), $"""
            global
                log /dev/log local0
                chroot {jail}
                stats socket {In("admin.sock")} mode 660 level admin
                stats timeout 30s
                user nobody
                group nogroup

            defaults
                log global
                mode http
                timeout connect 5000
                timeout client 50000
                timeout server 50000

            frontend db
                mode tcp
                bind 127.0.0.1:{port}
                default_backend db_servers

            backend db_servers
                mode tcp
                balance roundrobin
                server db1_{database.Port} {database.Address} check

            """);
        await using var running = await GuardedProcess.StartAsync(In("haproxy.out"), haproxy, "-W", "-db", "-S", In("master.sock"), "-f", In("theirs.cfg"));
        await Until.TrueAsync("HAProxy", async () => (await DbClient.AskOnceAsync(port, "hello")).Line is "db1: hello", 15);
        using var session = await Companion.WaitingClient.ConnectAsync(port, "still\n");
        (await session.ReadLineAsync()).ShouldBe("db1: still");

        var end = await InitAsync("--existing", "--haproxy-cfg", In("theirs.cfg"), "--target", $"db1={database.Address}", "--target", $"db2={other.Address}", "--frontend", "db", "--backend", "db_servers", "--run", _folder);
        var folderCommand = $"install -d -o nobody -g nogroup -m 750 {jail}/dbswitch";
        end.ShouldBe(0, $"Next:\n  {folderCommand}\n  systemctl enable --now dbswitch");
        (await CheckAsync(haproxy, In("haproxy.cfg"))).ShouldBe(0);
        OntoThisMachine(FreePort.Take());

        // What HAProxy does not say of it, doctor does, before any manager runs: the folder is not there yet.
        var doctor = await Dbswitch.RunAsync("doctor", "--config", In("dbswitch.yaml"), "--haproxy-cfg", In("haproxy.cfg"));
        doctor.ShouldBe(1, $"fix: make it: {folderCommand}");
        await Shell.RunAsync("install", folderCommand.Split(' ')[1..]);
        (await Dbswitch.RunAsync("doctor", "--config", In("dbswitch.yaml"), "--haproxy-cfg", In("haproxy.cfg"))).Output.ShouldNotContain("error:");

        await using (var manager = await GuardedProcess.StartAsync(In("manager.out"), Dbswitch.Path, "serve", "--config", In("dbswitch.yaml")))
        {
            await Until.TrueAsync("the manager", () => File.Exists(In("manager.out")) && File.ReadAllText(In("manager.out")).Contains(" ready: ", StringComparison.Ordinal), 15);
            File.Copy(In("haproxy.cfg"), In("theirs.cfg"), overwrite: true);
            await ReloadAsync(running.Pid);
            (await DbClient.AskOnceAsync(port, "after the reload", TimeSpan.FromSeconds(30))).Line.ShouldBe("db1: after the reload");
            await session.SendAsync("still\n");
            (await session.ReadLineAsync()).ShouldBe("db1: still");
            (await Dbswitch.RunAsync("api", "show dbswitch", "--config", In("dbswitch.yaml"))).Output.ShouldStartWith("version 1\nmemory ok\n");

            // Who waits comes over a reload: the way back is the worker's, inside of its chroot.
            (await Dbswitch.RunAsync("hold", "--for", "30s", "--config", In("dbswitch.yaml"))).ExitCode.ShouldBe(0);
            using var waiting = await Companion.WaitingClient.ConnectAsync(port, "patience\n");
            await Until.TrueAsync("the client to wait", async () => (await Dbswitch.RunAsync("api", "show dbswitch", "--config", In("dbswitch.yaml"))).Output.Contains("\nwaiting 1\n", StringComparison.Ordinal));
            await ReloadAsync(running.Pid);
            await Until.TrueAsync("the client to wait in the new worker", async () => (await Dbswitch.RunAsync("api", "show dbswitch", "--config", In("dbswitch.yaml"))).Output.Contains("\nwaiting 1\n", StringComparison.Ordinal));
            (await Dbswitch.RunAsync("release", "--config", In("dbswitch.yaml"))).ExitCode.ShouldBe(0);
            (await waiting.ReadLineAsync(TimeSpan.FromSeconds(30))).ShouldBe("db1: patience");
        }

        // And out again: the manager is dead.
        (await Dbswitch.RunAsync("leave", "--config", In("dbswitch.yaml"))).ShouldBe(0, $"backend db_servers\n    server db1_{database.Port} {database.Address}\n");
        (await Dbswitch.RunAsync("leave", "--config", In("dbswitch.yaml"), "--haproxy-cfg", In("theirs.cfg"))).ShouldBe(0, "from HAProxy's next reload on");
        (await CheckAsync(haproxy, In("theirs.cfg"))).ShouldBe(0);
        await ReloadAsync(running.Pid);
        (await DbClient.AskOnceAsync(port, "on our own", TimeSpan.FromSeconds(30))).Line.ShouldBe("db1: on our own");
    }

    private async Task ReloadAsync(int master)
    {
        async Task<string> WorkerAsync() => (await BareSocket.SendAsync(In("admin.sock"), "show info")).Split('\n').Single(line => line.StartsWith("Pid: ", StringComparison.Ordinal));
        var before = await WorkerAsync();
        LinuxProcess.Signal(master, LinuxProcess.SigUsr2);
        await Until.TrueAsync("the new worker", async () =>
        {
            try
            {
                return await WorkerAsync() != before && (await BareSocket.SendAsync(In("master.sock"), "show proc", halfClose: true)).Contains("worker", StringComparison.Ordinal);
            }
            catch (Exception e) when (e is System.Net.Sockets.SocketException or IOException or InvalidOperationException)
            {
                return false;
            }
        }, 15);
    }

    [Theory]
    [InlineData("--backend", "db_server", "--backend: the haproxy.cfg that is read has no backend \"db_server\"; it has db_servers, both. Name one of them, or leave --backend out to have one added.")]
    [InlineData("--frontend", "dbx", "--frontend: the haproxy.cfg that is read has no frontend \"dbx\"; it has db, both. Name one of them, or leave --frontend out to have one added.")]
    public async Task A_section_that_is_named_and_not_there_is_a_slip_and_nothing_is_written(string option, string name, string sentence)
    {
        File.WriteAllText(In("theirs.cfg"), "frontend db\n    bind 127.0.0.1:1\n    default_backend db_servers\nbackend db_servers\n    server a 127.0.0.1:2\nlisten both\n    bind 127.0.0.1:3\n");

        (await InitAsync("--existing", "--haproxy-cfg", In("theirs.cfg"), "--target", "127.0.0.1:2", option, name)).ShouldBe(2, "", sentence);

        Directory.GetFiles(_folder).ShouldBe([In("theirs.cfg")]);
    }

    [Fact]
    public async Task Print_writes_nothing_and_prints_the_same_lines()
    {
        var printed = await InitAsync("--print", "--haproxy-cfg", "none", "--frontend", "orders_in", "--backend", "orders_db", "--run", _folder);
        printed.ShouldBe(0, "tcp-request content lua.dbswitch-hold orders_db 5000 60000", "");
        Directory.GetFiles(_folder).ShouldBeEmpty();

        (await InitAsync("--existing", "--haproxy-cfg", "none", "--target", "127.0.0.1:1", "--frontend", "orders_in", "--backend", "orders_db", "--run", _folder)).Output.ShouldEndWith(printed.Output);
    }

    [Fact]
    public async Task A_PostgreSQL_gets_its_kind_and_is_told_which_role_to_make()
    {
        (await InitAsync("--managed", "--kind", "postgres", "--target", "db1=10.0.0.11:5432", "--target", "10.0.0.12:5432")).ShouldBe(0, "CREATE ROLE dbswitch LOGIN SUPERUSER");

        var yaml = File.ReadAllText(In("dbswitch.yaml"));
        yaml.ShouldContain("db1: { address: \"10.0.0.11:5432\", kind: postgres }");
        yaml.ShouldContain("promote: sql");
        (await Dbswitch.RunAsync("check-config", "--config", In("dbswitch.yaml"))).ShouldBe(0, "nothing is wrong with it");
        (await InitAsync("--kind", "oracle", "--target", "db1=10.0.0.11:1521")).ExitCode.ShouldBe(2);
    }

    [Fact]
    public async Task A_Redis_gets_its_kind_and_is_told_which_user_to_make()
    {
        (await InitAsync("--managed", "--kind", "redis", "--target", "db1=10.0.0.11:6379", "--target", "10.0.0.12:6379")).ShouldBe(0, "First, on both: the user dbswitch with the rights that docs/redis.md has");

        var yaml = File.ReadAllText(In("dbswitch.yaml"));
        yaml.ShouldContain("db1: { address: \"10.0.0.11:6379\", kind: redis }");
        yaml.ShouldContain("promote: self");
        (await Dbswitch.RunAsync("check-config", "--config", In("dbswitch.yaml"))).ShouldBe(0, "nothing is wrong with it");
    }

    [Fact]
    public void At_a_terminal_the_kind_is_asked_for_and_the_usual_port_suggests_it()
    {
        var said = new StringWriter();
        var questions = new InitQuestions(new StringReader("db1=h:5432\n\noracle\n\n"), said);

        var targets = questions.AskTargets();
        questions.AskKind(targets).ShouldBe("postgres");
        said.ToString().ShouldContain("What they are: postgres, mysql (MariaDB too), redis, or tcp for anything else [postgres]: Write postgres, mysql, redis or tcp.");
    }

    [Fact]
    public async Task A_managed_one_needs_no_haproxy_cfg()
    {
        (await InitAsync("--managed", "--switch", "orders", "--target", "db1=10.0.0.11:5432", "--target", "10.0.0.12:5432")).ShouldBe(0);

        Directory.GetFiles(_folder).Select(Path.GetFileName).ShouldBe(["dbswitch.yaml"]);
        (await Dbswitch.RunAsync("check-config", "--config", In("dbswitch.yaml"))).ShouldBe(0, "1 switch, 1 proxy");
        File.ReadAllText(In("dbswitch.yaml")).ShouldContain("db2: { address: \"10.0.0.12:5432\" }");
    }

    [Fact]
    public async Task A_file_that_is_there_is_not_touched_without_force()
    {
        File.WriteAllText(In("haproxy.cfg"), "mine");

        (await InitAsync("--target", "10.0.0.11:5432")).ShouldBe(1, "", $"Nothing was written: {In("haproxy.cfg")} is there already");
        File.ReadAllText(In("haproxy.cfg")).ShouldBe("mine");
        Directory.GetFiles(_folder).Length.ShouldBe(1);

        (await InitAsync("--target", "10.0.0.11:5432", "--force")).ShouldBe(0);
        File.ReadAllText(In("haproxy.cfg")).ShouldContain("backend db_servers");
    }

    [Theory]
    [InlineData("--target NAME=HOST:PORT")]
    [InlineData("\"10.0.0.11\"", "--target", "db1=10.0.0.11")]
    [InlineData("switches.db.targets", "--target", "none=10.0.0.11:5432")]
    [InlineData("switches.db.targets", "--target", "a=10.0.0.11:5432", "--target", "b=10.0.0.11:5432")]
    [InlineData("--frontend: HAProxy's names", "--target", "10.0.0.11:5432", "--frontend", "a b")]
    [InlineData("--clients", "--target", "10.0.0.11:5432", "--clients", "8320")]
    [InlineData("say --managed", "--target", "10.0.0.11:5432", "--managed", "--print")]
    public async Task What_can_not_be_is_refused_in_a_sentence_and_leaves_nothing_behind(string sentence, params string[] arguments)
    {
        (await InitAsync(arguments)).ShouldBe(2, "", sentence);
        Directory.GetFiles(_folder).ShouldBeEmpty();
    }

    [Fact]
    public void At_a_terminal_it_asks_until_an_empty_line()
    {
        var said = new StringWriter();
        var questions = new InitQuestions(new StringReader("db1=10.0.0.11:5432\nnonsense\n[fd00::12]:5432\n\n\n0.0.0.0:5432\n"), said);

        questions.AskTargets().Select(target => $"{target.Key} {target.Value}").ShouldBe(["db1 10.0.0.11:5432", "db2 [fd00::12]:5432"]);
        questions.Ask("Where", "0.0.0.0:8320").ShouldBe("0.0.0.0:8320");
        questions.Ask("Where", "0.0.0.0:8320").ShouldBe("0.0.0.0:5432");
        said.ToString().ShouldContain("\"nonsense\"");
    }

    private string In(string file) => Path.Combine(_folder, file);

    private Task<CommandEnd> InitAsync(params string[] arguments) => Dbswitch.RunAsync(["init", "--folder", _folder, .. arguments]);

    private static async Task<int> CheckAsync(string haproxy, string file)
    {
        using var check = Process.Start(new ProcessStartInfo(haproxy, ["-c", "-f", file]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var said = await check.StandardOutput.ReadToEndAsync() + await check.StandardError.ReadToEndAsync();
        await check.WaitForExitAsync();
        said.ShouldNotContain("WARNING");
        return check.ExitCode;
    }

    // Each section's lines behind the section's own, as a person puts them; sections that are new at the end.
    private static string Joined(string file, string lines)
    {
        var sections = Sections(file);
        foreach (var (name, added) in Sections(lines))
        {
            sections[name] = sections.GetValueOrDefault(name, "") + added;
        }

        return string.Concat(sections.Select(section => $"{section.Key}\n{section.Value}\n"));
    }

    private static Dictionary<string, string> Sections(string text) =>
        text.Split("\n\n").Select(section => section.Trim('\n').Split('\n', 2)).Where(section => section[0].Length > 0).ToDictionary(section => section[0], section => section.Length > 1 ? section[1] + "\n" : "");

    // The files are for a machine of their own; several tests share this one.
    private void OntoThisMachine(int pagePort)
    {
        foreach (var file in Directory.GetFiles(_folder, "*.*").Where(file => Path.GetExtension(file) is ".yaml" or ".cfg" or ".lua"))
        {
            File.WriteAllText(file, File.ReadAllText(file)
                .Replace("/var/lib/dbswitch", _folder, StringComparison.Ordinal)
                .Replace("/run/dbswitch", _folder, StringComparison.Ordinal)
                // A busy machine takes longer than 5 s for what happens here while a client waits.
                .Replace(" 5000 60000", " 30000 60000", StringComparison.Ordinal)
                .Replace("hold: 5s", "hold: 30s", StringComparison.Ordinal)
                .Replace("  http: 127.0.0.1:8370", "  # none:", StringComparison.Ordinal)
                .Replace("127.0.0.1:8360", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{pagePort}"), StringComparison.Ordinal));
        }
    }

    private async Task SwitchesAsync(string haproxy, string file, int port)
    {
        await using var proxy = await GuardedProcess.StartAsync(In("haproxy.out"), haproxy, "-W", "-db", "-S", In("master.sock,mode,660"), "-f", file);
        await using var manager = await GuardedProcess.StartAsync(In("manager.out"), Dbswitch.Path, "serve", "--config", In("dbswitch.yaml"));
        await Until.TrueAsync("the manager", () => File.Exists(In("manager.out")) && File.ReadAllText(In("manager.out")).Contains(" ready: ", StringComparison.Ordinal), 15);

        // The client comes first, and waits.
        using var client = await Companion.WaitingClient.ConnectAsync(port, "hello\n");
        await Until.TrueAsync("the client to wait", async () => (await Dbswitch.RunAsync("api", "show dbswitch", "--config", In("dbswitch.yaml"))).Output.Contains("\nwaiting 1\n", StringComparison.Ordinal));
        (await Dbswitch.RunAsync("select", "db1", "--config", In("dbswitch.yaml"))).ShouldBe(0, "db1 is selected", "");
        (await client.ReadLineAsync()).ShouldBe("db1: hello");
        await Until.TrueAsync("monitoring to be content", async () => (await Dbswitch.RunAsync("status", "--check", "--config", In("dbswitch.yaml"))).ExitCode == 0);
    }
}
