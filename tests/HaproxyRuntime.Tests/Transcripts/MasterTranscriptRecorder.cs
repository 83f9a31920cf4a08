using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;

namespace HaproxyRuntime.Tests.Transcripts;

/// <summary>What the master's socket says, every byte; otherwise like <see cref="TranscriptRecorder"/>. Process ids are replaced by fixed ones: 10000 is the master, 10001 and so on its workers.</summary>
public sealed partial class MasterTranscriptRecorder
{
    public static TheoryData<string> Versions => ChangingTranscriptRecorder.Versions;

    [Theory, MemberData(nameof(Versions))]
    public async Task The_masters_still_say_what_was_recorded(string version)
    {
        var recorded = Recorded.Of(version, "master/show-proc");
        var options = new RealHaproxyOptions { MasterWorker = true };
        await using var database = new EchoDatabase("db1");
        options = options with { Backend = [$"server a {database.Address}"] };
        await using var haproxy = await RealHaproxy.StartAsync(version, options);
        var path = ((RuntimeEndpoint.Unix)haproxy.MasterSocket).Path;
        var pids = new List<int> { haproxy.Pid };
        async Task KeepAsync(string name, string lines, bool ends = true) => await KeepAnswerAsync(recorded, name, await AskAsync(path, lines, ends), pids);

        // Every worker gets its number as soon as it is there.
        void Count() => pids.AddRange(haproxy.WorkerPids.Where(pid => !pids.Contains(pid)).Order());
        Count();
        var first = pids[1];
        await KeepAsync("show-proc", "prompt\nshow proc\nquit\n");
        await KeepAsync("worker-done", $"prompt\n@!{first} set server db_servers/a weight 5\nquit\n");
        await KeepAsync("worker-no-such-server", $"prompt\n@!{first} set server db_servers/nope weight 5\nquit\n");
        if (version != "2.4")
        {
            await KeepAsync("worker-experimental", $"prompt\nexperimental-mode on\n@!{first} set var proc.x int(3)\nquit\n");
        }

        await KeepAsync("no-such-process", "prompt\n@!99999 show info\nquit\n", ends: false);
        using var client = new DbClient(haproxy.ClientPort);
        (await client.AskAsync("hello")).Line.ShouldBe("db1 hello");
        await haproxy.ReloadAsync();
        Count();
        await KeepAsync("show-proc-old-worker", "prompt\nshow proc\nquit\n");
        await KeepAsync("worker-show-sess", $"prompt\n@!{first} show sess\nquit\n");
        await KeepAsync("worker-proxy-is-disabled", $"prompt\n@!{first} set server db_servers/a state maint\nquit\n");
        await KeepAsync("reload", "reload\n");
        await Until.TrueAsync("the master to be back", () => IsBackAsync(path));
        Count();
        await haproxy.EditAsync(options with { Sections = ["nonsense here"] });
        await KeepAsync("reload-failed", "reload\n");
        await Until.TrueAsync("the master to be back", () => IsBackAsync(path));
        await KeepAsync("show-proc-reload-failed", "prompt\nshow proc\nquit\n");
    }

    private static async Task<bool> IsBackAsync(string path)
    {
        try
        {
            return (await BareSocket.SendAsync(path, "show proc", halfClose: true, TimeSpan.FromSeconds(1))).Contains("worker", StringComparison.Ordinal);
        }
        catch (Exception e) when (e is SocketException or IOException or TimeoutException)
        {
            return false;
        }
    }

    private static async Task<string> AskAsync(string path, string lines, bool ends)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(path));
        await using var stream = new NetworkStream(socket);
        await stream.WriteAsync(Encoding.ASCII.GetBytes(lines));
        if (ends)
        {
            using var reader = new StreamReader(stream, Encoding.Latin1);
            return await reader.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(20));
        }

        // From 2.7 on the connection stays open, and nothing more comes.
        var (buffer, text) = (new byte[4096], "");
        using var silence = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        try
        {
            while (await stream.ReadAsync(buffer, silence.Token) is > 0 and var read)
            {
                text += Encoding.Latin1.GetString(buffer, 0, read);
            }
        }
        catch (OperationCanceledException)
        {
            // Silence.
        }

        return text;
    }

    private static async Task KeepAnswerAsync(Recorded recorded, string name, string said, List<int> pids)
    {
        var scrubbed = Pid.Replace(said, match => pids.IndexOf(int.Parse(match.Value, System.Globalization.CultureInfo.InvariantCulture)) is >= 0 and var i ? $"1000{i}" : match.Value);
        scrubbed = Other.Replace(Path.Replace(Uptime.Replace(Row.Replace(scrubbed, match => match.Groups[1].Value.PadRight(15) + " "), "0d00h00m01s"), "/etc/haproxy/haproxy.cfg"), "(10009)");
        await recorded.KeepAsync("master/" + name, scrubbed, compared: !name.Contains("reload", StringComparison.Ordinal) && name != "worker-show-sess");
    }

    [GeneratedRegex(@"\b[0-9]+\b")]
    private static partial Regex Pid { get; }

    [GeneratedRegex("^([0-9]+) +(?=master|worker)", RegexOptions.Multiline)]
    private static partial Regex Row { get; }

    [GeneratedRegex("[0-9]+d[0-9]{2}h[0-9]{2}m[0-9]{2}s")]
    private static partial Regex Uptime { get; }

    [GeneratedRegex(@"/[^ :\]\n]*/[^/ :\]\n]*")]
    private static partial Regex Path { get; }

    [GeneratedRegex(@"\((?!1000[0-9]\))[0-9]{2,}\)")]
    private static partial Regex Other { get; }
}
