using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace HaproxyRuntime.Tests.Transcripts;

/// <summary>The same as <see cref="TranscriptRecorder"/> for the commands that only look, on an HAProxy with maps, ACLs, stick tables, checks and an invalid request.</summary>
public sealed partial class ReadingTranscriptRecorder
{
    [Theory, EveryHaproxy]
    public async Task The_versions_still_show_what_was_recorded(string version)
    {
        var cancel = TestContext.Current.CancellationToken;
        var recorded = Recorded.Of(version, "show-info");
        var (web, closed, userPort) = (FreePort.Take(), FreePort.Take(), FreePort.Take());
        var files = Directory.CreateTempSubdirectory("dbsw-");
        var (map, empty, acl) = (Path.Combine(files.FullName, "hosts.map"), Path.Combine(files.FullName, "empty.map"), Path.Combine(files.FullName, "clients.acl"));
        await File.WriteAllTextAsync(map, "one.example db_servers\ntwo.example two words\n# a comment\nnothing\n", cancel);
        await File.WriteAllTextAsync(empty, "", cancel);
        await File.WriteAllTextAsync(acl, "10.0.0.0/8\n2001:db8::/32\n", cancel);
        await using var database = new EchoDatabase("db1");
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions
        {
            Global = [$"stats socket ipv4@127.0.0.1:{userPort} level user"],
            Frontend =
            [
                "tcp-request connection track-sc0 src table counters",
                $"tcp-request content reject if {{ src -f {acl} }}",
                $"tcp-request content reject if {{ src,map({map}) -m str nobody }}",
                $"tcp-request content reject if {{ src,map({empty}) -m str nobody }}",
            ],
            Backend =
            [
                $"server one {database.Address} maxconn 1",
                $"server refused 127.0.0.1:{closed} check inter 50ms fall 1 weight 0",
                "server maint 127.0.0.1:5432 disabled",
                "server ipv6 [::1]:5432 weight 0",
                "server unix /tmp/nobody.sock weight 0",
                "server unresolved db.invalid:5432 init-addr none",
            ],
            Sections =
            [
                "backend counters",
                "    stick-table type ip size 10k expire 30s store conn_cur,conn_cnt,bytes_in_rate(10s),gpc(2),server_key",
                "backend names",
                "    stick-table type string len 32 size 1k",
                "frontend web",
                "    mode http",
                "    option socket-stats",
                $"    bind 127.0.0.1:{web} name here",
                "    default_backend web_servers",
                "backend web_servers",
                "    mode http",
                "    server w 127.0.0.1:5432",
            ],
        });
        var api = ((RuntimeEndpoint.Unix)haproxy.ApiEndpoint).Path;
        Task<string> AskAsync(string command, int port = 0) => TranscriptRecorder.AskAsync(api, port, command);
        async Task KeepAsync(string name, string command, int port = 0) => await KeepAnswerAsync(recorded, name, await AskAsync(command, port));

        await KeepAsync("show-version", "show version");
        await KeepAsync("show-backend", "show backend");
        await KeepAsync("show-servers-state-all", "show servers state");
        await KeepAsync("show-servers-conn-no-such-backend", "show servers conn nope");

        // Maps and ACLs.
        await KeepAsync("show-map", "show map");
        await KeepAsync("show-map-entries", "show map " + map);
        await KeepAsync("show-map-entries-of-version", "show map @0 " + map);
        await KeepAsync("show-map-entries-none", "show map " + empty);
        await KeepAsync("show-map-no-such-map", "show map #9999");
        await KeepAsync("show-acl", "show acl");
        await KeepAsync("show-acl-entries", "show acl " + acl);
        await KeepAsync("show-acl-no-such-acl", "show acl #9999");

        // Two clients, of which the server takes one.
        using var first = new TcpClient();
        await first.ConnectAsync(IPAddress.Loopback, haproxy.ClientPort, cancel);
        async Task KeepSessionsAsync(string name, string filter, string sign)
        {
            await Until.TrueAsync($"a session with{sign}", async () => (await AskAsync("show sess")).Contains(sign, StringComparison.Ordinal));
            await KeepAsync(name, "show sess" + filter);
        }

        await KeepSessionsAsync("show-some-sess-of-server", " server db_servers/one", " srv=one ");
        using var second = new TcpClient();
        await second.ConnectAsync(IPAddress.Loopback, haproxy.ClientPort, cancel);
        await KeepSessionsAsync("show-sess-queued", "", " scb=[2,");
        await KeepAsync("show-some-sess-none", "show sess server db_servers/ipv6");
        await KeepAsync("show-some-sess-no-such-server", "show sess server db_servers/nope");
        await KeepAsync("show-servers-conn", "show servers conn");
        await KeepAsync("show-servers-conn-of-backend", "show servers conn db_servers");

        // Stick tables.
        await KeepAsync("show-table", "show table");
        await KeepAsync("show-table-entries", "show table counters");
        await KeepAsync("show-table-entries-none", "show table names");
        await KeepAsync("show-table-no-such-table", "show table nope");
        await KeepAsync("show-table-permission-denied", "show table counters", userPort);
        await AskAsync("set table names key a\\ b\\ use=1");
        await KeepAsync("show-table-entries-of-strings", "show table names");

        // Errors and counters.
        await KeepAsync("show-errors-none", "show errors");
        await KeepAsync("show-errors-permission-denied", "show errors", userPort);
        using (var broken = new TcpClient())
        {
            await broken.ConnectAsync(IPAddress.Loopback, web, cancel);
            await broken.GetStream().WriteAsync("GET / HT\u0001TP/1.0\r\n[Foo\r\n\r\n"u8.ToArray(), cancel);
            await new StreamReader(broken.GetStream(), Encoding.Latin1).ReadToEndAsync(cancel);
        }

        await KeepAsync("show-errors", "show errors");
        await Until.TrueAsync("the refused server to be down", async () => (await AskAsync("show stat")).Contains(",L4CON,", StringComparison.Ordinal));
        await KeepAsync("show-stat", "show stat");
        await KeepAsync("show-stat-of-servers", "show stat db_servers 4 -1");
        await KeepAsync("show-stat-no-such-proxy", "show stat nope 7 -1");
        files.Delete(recursive: true);
    }

    // The temporary folders, the ports and the machine's clock tell nothing.
    private static Task KeepAnswerAsync(Recorded recorded, string name, string answer) =>
        TranscriptRecorder.KeepAnswerAsync(recorded, name, TemporaryFolder.Replace(answer, "/etc/haproxy"));

    [GeneratedRegex("/tmp/dbsw-[0-9A-Za-z]+")]
    private static partial Regex TemporaryFolder { get; }
}
