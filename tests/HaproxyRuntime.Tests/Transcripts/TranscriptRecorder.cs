using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace HaproxyRuntime.Tests.Transcripts;

/// <summary>
/// Asks the real versions for everything that the transcripts hold: the sentences must still be the recorded ones, and with RECORD_TRANSCRIPTS=1 all of it is recorded
/// anew (see README.md here). Without the library: what it is tested with must not have gone through it.
/// </summary>
public sealed partial class TranscriptRecorder
{
    [Theory, EveryHaproxy]
    public async Task The_versions_still_say_what_was_recorded(string version)
    {
        var recorded = Recorded.Of(version, "show-info");
        var (operatorPort, closedPort) = (FreePort.Take(), FreePort.Take());
        using var full = new FullBacklog();
        await using var database = new EchoDatabase("db1");
        await using var haproxy = await RealHaproxy.StartAsync(version, new RealHaproxyOptions
        {
            TcpApi = true,
            Global = [$"stats socket ipv4@127.0.0.1:{operatorPort} level operator"],
            Backend =
            [
                "use-server pinned if FALSE",
                "server pinned 127.0.0.1:5432 disabled",
                "server configured-disabled 127.0.0.1:5432 disabled",
                "server was-disabled 127.0.0.1:5432 disabled",
                "server leader 127.0.0.1:5432 check inter 1h",
                "server follower 127.0.0.1:5432 track db_servers/leader",
                "server unresolved db.invalid:5432 init-addr none",
            ],
            Sections = ["backend empty", "    balance roundrobin", "backend static", "    balance source"],
        });
        var api = ((RuntimeEndpoint.Unix)haproxy.ApiEndpoint).Path;
        Task DoAsync(string command) => AskAsync(api, 0, command);
        async Task KeepAsync(string name, string command, int port = 0) => await KeepAnswerAsync(recorded, name, await AskAsync(api, port, command));

        // Who it is.
        await KeepAsync("show-info", "show info");
        await KeepAsync("show-cli-level-admin", "show cli level");
        await KeepAsync("show-cli-level-operator", "show cli level", operatorPort);
        await KeepAsync("permission-denied", "set server db_servers/leader state maint", operatorPort);
        await KeepAsync("unknown-command", "bogus command");

        // Servers in every state.
        await KeepAsync("show-servers-state-empty", "show servers state empty");
        await KeepAsync("show-servers-state-no-such-backend", "show servers state nope");
        await KeepAsync("add-server", "add server db_servers/ready 127.0.0.1:5432");
        await KeepAsync("add-server-exists", "add server db_servers/ready 127.0.0.1:5432");
        await KeepAsync("add-server-no-such-backend", "add server nope/ready 127.0.0.1:5432");
        await KeepAsync("add-server-static-balancing", "add server static/ready 127.0.0.1:5432");
        await KeepAsync("set-server-state", "set server db_servers/ready state ready");
        await KeepAsync("set-server-state-no-such-server", "set server db_servers/nope state ready");
        await KeepAsync("set-server-state-no-such-backend", "set server nope/nope state ready");
        await DoAsync("add server db_servers/maint 127.0.0.1:5432");
        await DoAsync("add server db_servers/drain 127.0.0.1:5432");
        await DoAsync("set server db_servers/drain state ready");
        await DoAsync("set server db_servers/drain state drain");
        await DoAsync("add server db_servers/ipv6 ipv6@[2001:db8::1]:5432");
        await DoAsync("set server db_servers/was-disabled state ready");
        await DoAsync("set server db_servers/leader state maint");
        await KeepAsync("show-servers-state", "show servers state db_servers");

        // Addresses.
        await KeepAsync("set-server-addr", "set server db_servers/maint addr 127.0.0.2 port 5433");
        await KeepAsync("set-server-addr-only-port", "set server db_servers/maint addr 127.0.0.2 port 5434");
        await KeepAsync("set-server-addr-other-family", "set server db_servers/maint addr ::1 port 5434");
        await KeepAsync("set-server-addr-nothing-changed", "set server db_servers/maint addr ::1 port 5434");
        await KeepAsync("set-server-addr-name", "set server db_servers/maint addr db.example port 5434");

        // Deleting.
        await KeepAsync("del-server-not-in-maintenance", "del server db_servers/ready");
        await KeepAsync("del-server-pinned", "del server db_servers/pinned");
        await KeepAsync("del-server", "del server db_servers/maint");
        await KeepAsync("del-server-no-such-server", "del server db_servers/maint");
        await KeepAsync("del-server-no-such-backend", "del server nope/maint");

        // Sessions.
        await KeepAsync("show-sess-own-unix", "show sess");
        await KeepAsync("show-sess-own-tcp", "show sess", ((RuntimeEndpoint.Tcp)haproxy.TcpApiEndpoint).Address.Port);
        await KeepAsync("shutdown-session-no-such-session", "shutdown session 0x1234");
        await KeepAsync("shutdown-sessions", "shutdown sessions server db_servers/ready");
        await KeepAsync("shutdown-sessions-no-such-server", "shutdown sessions server db_servers/nope");
        foreach (var server in (string[])["ready", "was-disabled", "drain", "ipv6"])
        {
            await DoAsync($"set server db_servers/{server} state maint");
        }

        async Task KeepSessionsAsync(string name, string server, string address, string state)
        {
            await DoAsync($"add server db_servers/{server} {address}");
            await DoAsync($"set server db_servers/{server} state ready");
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, haproxy.ClientPort);
            var answer = "";
            await Until.TrueAsync($"a session in the state {state}", async () => (answer = await AskAsync(api, 0, "show sess")).Split('\n').Any(line => line.Contains($" srv={server} ", StringComparison.Ordinal) && line.Contains($" scb=[{state},", StringComparison.Ordinal)));
            await KeepAnswerAsync(recorded, name, answer);
            await DoAsync($"set server db_servers/{server} state maint");
            if (server == "established")
            {
                await KeepAsync("del-server-still-has-connections", "del server db_servers/established");
            }
        }

        await KeepSessionsAsync("show-sess-established", "established", database.Address, "8");
        await KeepSessionsAsync("show-sess-connecting", "connecting", $"127.0.0.1:{full.Port}", "5");
        await KeepSessionsAsync("show-sess-turn-around", "turn-around", $"127.0.0.1:{closedPort}", "3");
    }

    internal static async Task<string> AskAsync(string path, int port, string command)
    {
        using var socket = port == 0 ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) : new Socket(SocketType.Stream, ProtocolType.Tcp);
        await socket.ConnectAsync(port == 0 ? new UnixDomainSocketEndPoint(path) : new IPEndPoint(IPAddress.Loopback, port));
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"prompt\n{command}\nquit\n"));
        using var reader = new StreamReader(stream, Encoding.Latin1);
        return await reader.ReadToEndAsync();
    }

    internal static Task KeepAnswerAsync(Recorded recorded, string name, string answer) => recorded.KeepAsync(
        name,
        ProcessId.Replace(StartTime.Replace(Node.Replace(answer, "node: haproxy"), "Start_time_sec: 1700000000"), "Pid: 12345"),
        compared: !name.StartsWith("show-", StringComparison.Ordinal) && name != "unknown-command");

    [GeneratedRegex("^Pid: [0-9]+", RegexOptions.Multiline)]
    private static partial Regex ProcessId { get; }

    [GeneratedRegex("^Start_time_sec: [0-9]+", RegexOptions.Multiline)]
    private static partial Regex StartTime { get; }

    [GeneratedRegex("^node: .*", RegexOptions.Multiline)]
    private static partial Regex Node { get; }
}
