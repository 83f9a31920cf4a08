using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace HaproxyRuntime.Tests.Transcripts;

/// <summary>
/// The commands that change something, and every refusal that can be provoked, asked of the real versions and of those that were built from their sources (see README.md here). Like
/// <see cref="TranscriptRecorder"/> it compares unless RECORD_TRANSCRIPTS=1, and does without the library.
/// </summary>
public sealed partial class ChangingTranscriptRecorder
{
    /// <summary>Those that scripts/get-haproxy fetches, and those that somebody has built and put beside them.</summary>
    public static TheoryData<string> Versions => [.. HaproxyVersions.Names, .. Transcript.BuiltVersions.Where(v => File.Exists(Path.Combine(Checkout.Root, "artifacts", "haproxy-built", v, "haproxy")))];

    [Theory, MemberData(nameof(Versions))]
    public async Task The_versions_still_say_what_was_recorded(string version)
    {
        var folder = Directory.CreateTempSubdirectory("dbsw-lists-").FullName;
        try
        {
            await RecordAsync(version, folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task RecordAsync(string version, string folder)
    {
        var recorded = Recorded.Of(version, "changing/add-server-bare");
        var (map, numbers, acl) = (Path.Combine(folder, "m.map"), Path.Combine(folder, "n.map"), Path.Combine(folder, "a.acl"));
        await File.WriteAllTextAsync(map, "one 1\n");
        await File.WriteAllTextAsync(numbers, "one 1\n");
        await File.WriteAllTextAsync(acl, "one\n");
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions
        {
            Frontend =
            [
                $"tcp-request content set-var(txn.m) src,map_str({map})",
                $"tcp-request content set-var(txn.n) src,map_str_int({numbers})",
                $"tcp-request content reject if {{ str(none) -f {acl} }}",
            ],
            Backend = ["server checked 127.0.0.1:5432 check inter 1h", "server agented 127.0.0.1:5432 agent-check agent-port 1 agent-inter 1h", "server follower 127.0.0.1:5432 track db_servers/checked"],
            Sections =
            [
                "frontend spare", $"    bind 127.0.0.1:{FreePort.Take()}",
                "backend static", "    balance source", "    server s 127.0.0.1:5432",
                "backend table", "    stick-table type string size 10 expire 1h",
                "listen both", $"    bind 127.0.0.1:{FreePort.Take()}",
                "defaults named", "    mode tcp", "    timeout connect 2s", "    timeout client 30s", "    timeout server 30s",
                "backend spare-backend",
            ],
        });
        foreach (var (name, command) in Steps(map, numbers, acl))
        {
            await KeepAsync(recorded, name, await AskAsync(haproxy, version, command));
        }
    }

    private static (string Name, string Command)[] Steps(string map, string numbers, string acl) =>
    [
        ("add-server-settings", "add server db_servers/a 127.0.0.1:5432 id 77 weight 3 maxconn 10 check inter 3600000ms fall 2 rise 1 on-marked-down shutdown-sessions"),
        ("add-server-bare", "add server db_servers/b 127.0.0.1:5432"),
        ("add-server-init-state", "add server db_servers/c 127.0.0.1:5432 init-state down"),
        ("add-server-resolvers", "add server db_servers/d 127.0.0.1:5432 resolvers r"),
        ("add-server-bogus", "add server db_servers/d 127.0.0.1:5432 bogus"),
        ("add-server-unknown-protocol", "add server db_servers/d 127.0.0.1:5432 proto nonsense"),
        ("add-server-bad-weight", "add server db_servers/d 127.0.0.1:5432 weight 1000"),
        ("add-server-bad-interval", "add server db_servers/d 127.0.0.1:5432 check inter nonsense"),
        ("add-server-id-taken", "add server db_servers/d 127.0.0.1:5432 id 1"),
        ("add-server-bad-address", "add server db_servers/d 127.0.0.1:port"),
        ("add-server-bad-source", "add server db_servers/d 127.0.0.1:5432 source nonsense"),
        ("add-server-no-address", "add server db_servers/d"),
        ("add-server-no-slash", "add server db_servers"),
        ("enable-health", "enable health db_servers/a"),
        ("enable-health-no-check", "enable health db_servers/b"),
        ("disable-health", "disable health db_servers/a"),
        ("enable-agent", "enable agent db_servers/agented"),
        ("enable-agent-no-agent", "enable agent db_servers/b"),
        ("disable-agent", "disable agent db_servers/agented"),
        ("enable-server", "enable server db_servers/b"),
        ("disable-server", "disable server db_servers/b"),
        ("disable-server-no-such-server", "disable server db_servers/nope"),
        ("set-server-health", "set server db_servers/checked health down"),
        ("set-server-health-tracking", "set server db_servers/follower health down"),
        ("set-server-agent", "enable agent db_servers/agented;set server db_servers/agented agent up"),
        ("set-server-agent-no-agent", "set server db_servers/b agent up"),
        ("set-server-check-port", "set server db_servers/checked check-port 5433"),
        ("set-server-check-port-no-check", "set server db_servers/b check-port 5433"),
        ("set-server-check-port-bad", "set server db_servers/checked check-port 99999"),
        ("set-server-fqdn-no-resolution", "set server db_servers/b fqdn db.example"),
        ("set-server-weight", "set server db_servers/b weight 5"),
        ("set-server-weight-out-of-range", "set server db_servers/b weight 300"),
        ("set-server-weight-static", "set server static/s weight 5"),
        ("set-weight-relative", "set weight db_servers/b 50%"),
        ("set-maxconn-server", "set maxconn server db_servers/b 5"),
        ("set-maxconn-server-no-such-server", "set maxconn server db_servers/nope 5"),
        ("set-maxconn-global", "set maxconn global 100"),
        ("set-maxconn-global-out-of-range", "set maxconn global 100000000"),
        ("set-maxconn-frontend", "set maxconn frontend spare 100"),
        ("set-maxconn-frontend-no-such-frontend", "set maxconn frontend nope 100"),
        ("set-maxconn-frontend-out-of-range", "set maxconn frontend spare -1"),
        ("enable-frontend-already", "enable frontend spare"),
        ("disable-frontend", "disable frontend spare"),
        ("disable-frontend-already", "disable frontend spare"),
        ("enable-frontend", "enable frontend spare"),
        ("shutdown-frontend", "shutdown frontend spare"),
        ("shutdown-frontend-already", "shutdown frontend spare"),
        ("disable-frontend-shut-down", "disable frontend spare"),
        ("disable-frontend-no-such-frontend", "disable frontend nope"),
        ("set-timeout-cli", "set timeout cli 30"),
        ("set-timeout-cli-bad", "set timeout cli nonsense"),
        ("clear-counters", "clear counters"),
        ("clear-counters-all", "clear counters all"),
        ("add-map", $"add map {map} two 2"),
        ("add-map-no-such-map", "add map /nope two 2"),
        ("add-map-bad-value", $"add map {numbers} two nonsense"),
        ("set-map", $"set map {map} two 3"),
        ("set-map-no-such-key", $"set map {map} nope 3"),
        ("del-map", $"del map {map} two"),
        ("del-map-no-such-key", $"del map {map} two"),
        ("clear-map", $"clear map {map}"),
        ("clear-map-no-such-map", "clear map /nope"),
        ("add-acl", $"add acl {acl} two"),
        ("add-acl-no-such-acl", "add acl /nope two"),
        ("del-acl", $"del acl {acl} two"),
        ("del-acl-no-such-key", $"del acl {acl} two"),
        ("clear-acl", $"clear acl {acl}"),
        ("clear-acl-no-such-acl", "clear acl /nope"),
        ("clear-table", "clear table table"),
        ("clear-table-key", "clear table table key x"),
        ("clear-table-no-such-table", "clear table nope"),
        ("wait", "wait 1ms srv-removable db_servers/a"),
        ("wait-done", "wait 1s srv-removable db_servers/b"),
        ("wait-failed", "wait 1s srv-removable db_servers/checked"),
        ("wait-no-such-server", "wait 1s srv-removable db_servers/nope"),
        ("wait-bad", "wait nonsense"),
        ("del-server-no-slash", "del server nope"),
        ("add-backend", "add backend new from named"),
        ("add-backend-exists", "add backend new from named"),
        ("add-backend-no-such-defaults", "add backend other from nope"),
        ("publish-backend", "publish backend new"),
        ("publish-backend-no-such-backend", "publish backend nope"),
        ("del-backend-published", "del backend new"),
        ("unpublish-backend", "unpublish backend new"),
        ("del-backend-with-servers", "unpublish backend static;del backend static"),
        ("del-backend-with-table", "del backend table"),
        ("del-backend-listen", "del backend both"),
        ("del-backend-pinned", "del backend db_servers"),
        ("del-backend-no-such-backend", "del backend nope"),
        ("del-backend", "del backend new"),
        ("experimental-only", "set var proc.x int(3)"),
        ("expert-only", "debug dev exit"),
    ];

    private static async Task<string> AskAsync(RealHaproxy haproxy, string version, string command)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(((RuntimeEndpoint.Unix)haproxy.ApiEndpoint).Path));
        await using var stream = new NetworkStream(socket);
        // Only the last command of a step is of interest; the prompt of each before it is left out.
        var commands = command.Split(';');
        string[] mode = version == "2.4" && command.Contains(" server ", StringComparison.Ordinal) ? ["experimental-mode on"] : [];
        string[] before = [.. mode, .. commands[..^1]];
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"prompt\n{string.Concat(before.Select(line => line + "\n"))}{commands[^1]}\nquit\n"));
        using var reader = new StreamReader(stream, Encoding.Latin1);
        var answer = await reader.ReadToEndAsync();
        for (var i = 0; i < before.Length; i++)
        {
            answer = answer[answer.IndexOf("\n> ", 1, StringComparison.Ordinal)..];
        }

        return answer;
    }

    private static async Task KeepAsync(Recorded recorded, string name, string answer)
    {
        if (answer.Contains("Unknown command", StringComparison.Ordinal))
        {
            // The list of all commands that follows differs between builds; "unknown-command" has one.
            File.Exists(Transcript.PathOf(recorded.Branch, "changing/" + name)).ShouldBeFalse(name);
            return;
        }

        await recorded.KeepAsync("changing/" + name, ConfigurationLine.Replace(Folder.Replace(answer, "/lists/"), "/etc/haproxy/haproxy.cfg:23"));
    }

    [GeneratedRegex("/[^ ']*/dbsw-lists-[^/]*/")]
    private static partial Regex Folder { get; }

    [GeneratedRegex("/[^ ']*/haproxy.cfg:[0-9]+")]
    private static partial Regex ConfigurationLine { get; }
}
