using System.Text;
using DbSwitch.Databases.Postgres;
using DbSwitch.Configuration;
using DbSwitch.Configuration.Loading;
using DbSwitch.Configuration.Source;
using DbSwitch.Databases.Kinds;

namespace DbSwitch.Tests.Configuration;

/// <summary>The file itself, and files that values are read from.</summary>
public sealed class FileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("dbswitch-configuration-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_file_on_disk_loads() => Load(Write("dbswitch.yaml", Sample.Valid)).IsValid.ShouldBeTrue();

    [Fact]
    public void A_missing_file_says_so() => Problem(In("dbswitch.yaml")).ShouldBe($"{In("dbswitch.yaml")}: does not exist");

    [Fact]
    public void So_does_one_in_a_missing_folder() => Problem(In("x/dbswitch.yaml")).ShouldBe($"{In("x/dbswitch.yaml")}: does not exist");

    [Fact]
    public void A_folder_is_not_a_file() => Problem(_folder).ShouldBe($"{_folder}: is a directory, not a file");

    [Fact]
    public void A_name_that_no_file_can_have_is_a_problem_not_an_exception() => Problem("a\0b").ShouldStartWith("a\0b: can't be read: ");

    [Fact]
    public void An_endless_file_is_no_file() => Problem("/dev/zero").ShouldBe("/dev/zero: is a character device, not a regular file");

    [Fact]
    public void A_comment_that_turns_the_direction_of_writing_is_refused() =>
        Problem(Write("dbswitch.yaml", "# see \u202Ebd.etats\n" + Sample.Valid)).ShouldEndWith(":1:7: has the invisible character U+202E; remove it");

    // Without a look at what it is, this waits for ever for somebody who writes.
    [Fact]
    public async Task A_FIFO_as_the_file_itself_is_refused_at_once()
    {
        await Stage.Shell.RunAsync("mkfifo", In("fifo"));

        Problem(In("fifo")).ShouldBe($"{In("fifo")}: is a FIFO, not a regular file");
    }

    [Theory]
    [InlineData("state: /var/lib/dbswitch/state.db", "state: fifo", "state")]
    [InlineData("address: db1:5432", "address_file: fifo", "address_file")]
    [InlineData("extra: /etc/dbswitch/extra.cfg", "extra: fifo", "extra")]
    [InlineData("haproxy: haproxy", "haproxy: ./fifo", "haproxy")]
    [InlineData("    hold: 5s", "    postgres: { user: u, password: p, ca: fifo }\n    hold: 5s", "ca")]
    [InlineData("    hold: 5s", "    postgres: { user: u, password: p, promote: hook, hook: fifo }\n    hold: 5s", "hook")]
    [InlineData("    hold: 5s", "    postgres: { user: u, password_file: fifo }\n    hold: 5s", "password_file")]
    [InlineData("  unix: ", "  tokens: fifo\n  unix: ", "tokens")]
    [InlineData("  unix: ", "  tls: { certificate: fifo, key: k }\n  unix: ", "certificate")]
    [InlineData("  unix: ", "  tls: { certificate: c, key: fifo }\n  unix: ", "key")]
    [InlineData("  unix: ", "  tls: { certificate: c, key: k, clientCa: fifo }\n  unix: ", "clientCa")]
    [InlineData("switches:", "hooks: { h: { run: ./fifo, events: [trouble] } }\nswitches:", "run")]
    [InlineData("switches:", "webhooks: { w: { url_file: fifo } }\nswitches:", "url_file")]
    public async Task A_FIFO_in_the_place_of_any_file_that_is_named_is_refused_at_once(string before, string after, string key)
    {
        await Stage.Shell.RunAsync("mkfifo", In("fifo"));
        Sample.Valid.ShouldContain(before);

        var problems = Load(Write("dbswitch.yaml", Sample.Valid.Replace(before, after, StringComparison.Ordinal))).Problems.Select(p => p.ToString()).ToList();

        problems.ShouldContain(p => p.Contains(key, StringComparison.Ordinal) && p.Contains("fifo\" is a FIFO, not a regular file", StringComparison.Ordinal), string.Join('\n', problems));
    }

    [Theory]
    [InlineData("secret", "secret")]
    [InlineData("secret\n", "secret")]
    [InlineData("secret\r\n", "secret")]
    [InlineData("in between\n", "in between")]
    [InlineData("secret \n", null)]
    [InlineData("secret\t", null)]
    [InlineData(" secret\n", null)]
    public void What_a_file_holds_is_the_value_without_its_line_end_and_a_blank_beside_it_is_asked_about(string content, string? password)
    {
        Write("password", content);

        var result = Load(Write("dbswitch.yaml", Sample.Valid.Replace("    hold: 5s", "    postgres: { user: u, password_file: password }\n    hold: 5s", StringComparison.Ordinal).Replace("address: db1:5432", "address: db1:5432\n        kind: postgres", StringComparison.Ordinal)));

        if (password is null)
        {
            result.Problems.ShouldHaveSingleItem().ToString().ShouldEndWith("postgres.password_file: \"password\" begins or ends with a blank: an editor's, or a slip? Take it out; where it is meant, write the value in dbswitch.yaml itself, in quotes");
        }
        else
        {
            ((PostgresDatabase)result.Configuration!.Switches["orders"].Targets["db1"].Database).Password!.Value.ShouldBe(password);
        }
    }

    [Fact]
    public void A_megabyte_is_allowed_and_a_byte_more_is_not()
    {
        var padded = Sample.Valid + "\n#";
        padded += new string('x', ConfigurationFile.LargestFile - padded.Length);

        Load(Write("most", padded)).IsValid.ShouldBeTrue();
        Problem(Write("more", padded + "x")).ShouldEndWith("is larger than 1024 KiB; is it the right file?");
    }

    [Fact]
    public void A_file_that_may_not_be_read_names_the_user()
    {
        // The tests may run as root, whom no permission keeps out: the sentence is what is tested.
        FileContent.Describe(new UnauthorizedAccessException()).ShouldBe($"may not be read by user {Environment.UserName}");
        FileContent.Describe(new IOException("Input/output error")).ShouldBe("can't be read: Input/output error");
    }

    [Theory]
    [InlineData(new byte[] { 0xFF, 0xFE, 0x61, 0x00 }, ": is UTF-16; save it as UTF-8")]
    [InlineData(new byte[] { 0xFE, 0xFF, 0x00, 0x61 }, ": is UTF-16; save it as UTF-8")]
    [InlineData(new byte[] { 0x61, 0x3A, 0x0A, 0x62, 0xC3, 0xA4, 0xE9, 0x0A }, ":2:3: is not UTF-8: byte 0xE9 can't stand here")]
    [InlineData(new byte[] { 0xC3 }, ":1:1: is not UTF-8: byte 0xC3 can't stand here")]
    public void A_file_that_is_not_UTF_8(byte[] content, string problem)
    {
        File.WriteAllBytes(In("f"), content);

        Problem(In("f")).ShouldBe(In("f") + problem);
    }

    [Theory]
    [InlineData("db_servers")]
    [InlineData("db_servers\n")]
    [InlineData("db_servers\r\n")]
    public void A_value_can_stand_in_a_file_of_its_own(string content)
    {
        Write("backend", content);

        Load(Write("dbswitch.yaml", Sample.With("backend: db_servers", "backend_file: backend"))).Configuration.ShouldNotBeNull()
            .Switches["orders"].Backend.ShouldBe("db_servers");
    }

    [Theory]
    [InlineData("state: /var/lib/dbswitch/state.db", "/x")]
    [InlineData("unix: /run/dbswitch/dbswitch.sock", "/x")]
    [InlineData("http: 127.0.0.1:8370", "127.0.0.1:1")]
    [InlineData("api: tcp:db-proxy:9999", "tcp:x:1")]
    [InlineData("master: unix:/run/haproxy/master.sock", "unix:/x")]
    [InlineData("statistics: 127.0.0.1:8360", "127.0.0.1:1")]
    [InlineData("api: 127.0.0.1:9999", "127.0.0.1:1")]
    [InlineData("haproxy: haproxy", "/x")]
    [InlineData("extra: /etc/dbswitch/extra.cfg", "/x")]
    [InlineData("backend: db_servers", "x")]
    [InlineData("initial: db1", "db2")]
    [InlineData("address: db1:5432", "x:1")]
    public void Every_key_of_text_can(string line, string value)
    {
        Write("value", value);

        Load(Write("dbswitch.yaml", Sample.With(line, line.Replace(": ", "_file: ", StringComparison.Ordinal).Split(' ')[0] + " ${FILE}"))).Problems.ShouldBeEmpty();
    }

    [Fact]
    public void Its_content_is_taken_as_it_is()
    {
        Write("initial", "${NOPE}");

        Problem(Write("dbswitch.yaml", Sample.With("initial: db1", "initial_file: initial"))).ShouldEndWith(": switches.orders.initial: \"${NOPE}\" is not a target of this switch");
    }

    [Theory]
    [InlineData("missing", "36:19: switches.orders.initial_file: \"missing\" does not exist")]
    [InlineData(".", "36:19: switches.orders.initial_file: \".\" is a directory, not a regular file")]
    [InlineData("~/x", "36:19: switches.orders.initial_file: \"~/x\" begins with ~, which only a shell understands; write ${HOME}")]
    [InlineData("latin1", "36:19: switches.orders.initial_file: \"latin1\" is not UTF-8: byte 0xE9 can't stand here")]
    [InlineData("empty", "36:19: switches.orders.initial_file: the value is empty")]
    [InlineData("lines", "36:19: switches.orders.initial_file: \"a\\u000Ab\" has a line break or another control character in it")]
    [InlineData("long", "36:19: switches.orders.initial_file: the value is longer than 4096 characters")]
    [InlineData("huge", "36:19: switches.orders.initial_file: \"huge\" is larger than 64 KiB; is it the right file?")]
    [InlineData("${NOPE}", "36:19: switches.orders.initial_file: the environment variable NOPE is not set")]
    public void A_file_that_gives_no_value(string name, string problem)
    {
        File.WriteAllBytes(In("latin1"), [0xE9]);
        Write("empty", "\n");
        Write("lines", "a\nb\n");
        Write("long", new string('x', 4097));
        Write("huge", new string('x', 64 * 1024 + 1));

        var file = Write("dbswitch.yaml", Sample.With("initial: db1", $"initial_file: {name}"));

        Problem(file).ShouldBe($"{file}:{problem}");
    }

    [Fact]
    public void A_value_and_a_file_for_it_are_one_too_many()
    {
        Write("initial", "db1");

        Problem(Write("dbswitch.yaml", Sample.With("initial: db1", "initial: db1\n    initial_file: initial")))
            .ShouldEndWith(":37:19: switches.orders.initial_file: stands beside \"initial\"; only one of the two may be there");
    }

    [Fact]
    public void Where_the_manager_listens_is_known_while_the_rest_is_being_edited()
    {
        var file = Write("dbswitch.yaml", "listen: { unix: run/here.sock }\nproxies: half of\nswiches: {}\n");

        Load(file).IsValid.ShouldBeFalse();
        ConfigurationFile.LoadListening(file, _ => null, out var problems).ShouldNotBeNull().UnixSocket.ShouldBe(In("run/here.sock"));
        problems.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("listen: { unx: run/here.sock }", ":1:11: listen.unx: unknown key; did you mean \"unix\"?")]
    [InlineData("listen: [", ":1:10: ")]
    public void And_what_is_wrong_with_that_is_said(string content, string problem)
    {
        ConfigurationFile.LoadListening(Write("dbswitch.yaml", content), _ => null, out var problems).ShouldBeNull();

        problems.ShouldHaveSingleItem().ToString().ShouldStartWith(In("dbswitch.yaml") + problem);
    }

    [Fact]
    public void Who_does_not_say_where_it_listens_listens_at_the_usual_place() =>
        ConfigurationFile.LoadListening(Write("dbswitch.yaml", "proxies: {}"), _ => null, out _).ShouldNotBeNull().UnixSocket.ShouldBe("/run/dbswitch/dbswitch.sock");

    private string In(string name) => Path.Combine(_folder, name);

    private string Write(string name, string content)
    {
        File.WriteAllText(In(name), content, new UTF8Encoding(false));
        return In(name);
    }

    private static ConfigurationResult Load(string path) => ConfigurationFile.Load(path, name => name == "FILE" ? "value" : null, DatabaseKinds.Known.Binders);

    private static string Problem(string path) => Load(path).Problems.ShouldHaveSingleItem().ToString();
}
