using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace DbSwitch.Tests.Companion;

/// <summary>docs/companion.md and the script's own header show a configuration that works.</summary>
public sealed partial class DocumentationTests
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Checkout.Root, "docs", "companion.md"));
    private static readonly string Script = Path.Combine(Checkout.Root, "deploy", "dbswitch.lua");

    [Theory, EveryHaproxy]
    public async Task The_configuration_on_the_page_makes_clients_wait_also_over_a_reload(string version)
    {
        var folder = $"/tmp/dbsw-{RandomNumberGenerator.GetHexString(6, lowercase: true)}";
        Directory.CreateDirectory(folder);
        try
        {
            var port = FreePort.Take();
            var file = Path.Combine(folder, "haproxy.cfg");
            File.WriteAllText(file, Shown()
                .Replace("frontend db", $"    stats socket {folder}/api.sock level admin\ndefaults\n    mode tcp\n    timeout connect 2s\n    timeout client 30s\n    timeout server 30s\nfrontend db", StringComparison.Ordinal)
                .Replace("/etc/haproxy/dbswitch.lua", Script, StringComparison.Ordinal)
                .Replace("/run/haproxy", folder, StringComparison.Ordinal)
                .Replace("bind :8320", $"bind 127.0.0.1:{port}", StringComparison.Ordinal));
            await using var database = new EchoDatabase("db1:");
            await using var haproxy = await GuardedProcess.StartAsync(Path.Combine(folder, "output"), HaproxyBinary.For(version), "-W", "-S", $"{folder}/master.sock", "-f", file);
            await Until.TrueAsync("the Runtime API", async () => (await AskAsync($"{folder}/api.sock", "show info")).Length > 0);
            await Until.TrueAsync("the master", async () => (await AskAsync($"{folder}/master.sock", "show proc", halfClose: true)).Contains("worker", StringComparison.Ordinal));
            using var client = await WaitingClient.ConnectAsync(port, "hello\n");
            await UntilWaitsAsync(folder);

            LinuxProcess.Signal(haproxy.Pid, LinuxProcess.SigUsr2);
            await Until.TrueAsync("the hop", async () => (await AskAsync($"{folder}/master.sock", "show proc", halfClose: true)).Contains("# old workers\n", StringComparison.Ordinal));
            await UntilWaitsAsync(folder);
            await BareSocket.SendAsync($"{folder}/api.sock", $"add server db_servers/db1 {database.Address}");
            await BareSocket.SendAsync($"{folder}/api.sock", "set server db_servers/db1 state ready");

            (await client.ReadLineAsync()).ShouldBe("db1: hello");
            File.ReadAllText(Path.Combine(folder, "output")).ShouldNotContain("ALERT");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void The_scripts_own_header_shows_the_same()
    {
        var header = File.ReadLines(Script).TakeWhile(line => line.StartsWith("--", StringComparison.Ordinal)).Select(line => line[2..].Trim()).ToList();

        // The page has two lines more, which the header explains in words or leaves to the reader.
        var shown = Shown().Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && !line.StartsWith("setenv", StringComparison.Ordinal) && !line.StartsWith("hard-stop", StringComparison.Ordinal) && line is not ("backend db_servers" or "balance first"));
        foreach (var line in shown)
        {
            header.ShouldContain(line);
        }
    }

    [Fact]
    public void Every_command_of_the_script_is_on_the_page()
    {
        var commands = Command().Matches(File.ReadAllText(Script)).Select(match => match.Groups[1].Value).ToList();

        commands.Count.ShouldBe(7);
        commands.ShouldAllBe(command => Page.Contains($"| `{command}` |", StringComparison.Ordinal));
    }

    [Fact]
    public void Its_numbers_are_the_scripts() =>
        Page.ShouldContain(string.Create(CultureInfo.InvariantCulture, $"handed on {MostHops().Match(File.ReadAllText(Script)).Groups[1].Value} times and closed"));

    private static string Shown() => Example().Match(Page).Groups[1].Value;

    // Empty when it can't be had now: a master refuses for a moment while it reloads.
    private static async Task<string> AskAsync(string socket, string question, bool halfClose = false)
    {
        try
        {
            return await BareSocket.SendAsync(socket, question, halfClose, TimeSpan.FromSeconds(1));
        }
        catch (Exception e) when (e is SocketException or IOException or TimeoutException)
        {
            return "";
        }
    }

    private static Task UntilWaitsAsync(string folder) =>
        Until.TrueAsync("the client to wait", async () => (await AskAsync($"{folder}/api.sock", "show dbswitch")).Contains("\nwaiting 1\n", StringComparison.Ordinal));

    [GeneratedRegex(@"^```haproxy\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Example();

    [GeneratedRegex(@"""((?:show|set) dbswitch[^:""]*?) :")]
    private static partial Regex Command();

    [GeneratedRegex(@"MOST_HOPS = (\d+)")]
    private static partial Regex MostHops();
}
