using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using DbSwitch.App.Client;
using DbSwitch.App.ProxyHost.Identity;
using DbSwitch.App.ProxyHost.Processes;

namespace DbSwitch.Tests.Demo;

/// <summary>A real <c>dbswitch demo</c>, of a checkout of its own. Whatever a test does to it, nothing is left running.</summary>
internal sealed partial class DemoUnderTest : IAsyncDisposable
{
    // The exit code is the last that is written, so that a test can wait for it.
    private const string WithExitCode = "DBSWITCH_CHECKOUT=$0 \"$@\"; echo \"the demo's exit code: $?\"";

    // A terminal for the keys, which come through a named pipe. What a shell starts in the background ignores SIGINT, and so would its children;
    // and a shell that stayed between the terminal and the demo would die of Ctrl-C, and its exit code hide the demo's.
    private const string AtTerminal = "mkfifo \"$0/keys\"; export DBSWITCH_CHECKOUT=$0 TERM=xterm; unset NO_COLOR; env --default-signal=INT script -qec \"exec '$1' demo --any-ports $2\" /dev/null < \"$0/keys\"; echo \"the demo's exit code: $?\"";

    private const string ExitCode = "the demo's exit code: ";

    private readonly string _checkout;
    private readonly string _output;
    private readonly GuardedProcess _process;
    private DemoMarker? _marker;

    private DemoUnderTest(string checkout, string output, GuardedProcess process) => (_checkout, _output, _process) = (checkout, output, process);

    public static string Executable => Dbswitch.Path;

    public string Output => File.Exists(_output) ? File.ReadAllText(_output) : "";

    /// <summary>The named pipe to its keyboard.</summary>
    public string Keyboard => Path.Combine(_checkout, "keys");

    /// <summary>What it says of itself; the latest that was read when there is none any more.</summary>
    public DemoMarker Marker
    {
        get
        {
            try
            {
                _marker = JsonSerializer.Deserialize(File.ReadAllBytes(MarkerFile), DemoMarkerJson.Default.DemoMarker) ?? _marker;
            }
            catch (IOException)
            {
                // Not yet, or not any more.
            }

            return _marker ?? throw new InvalidOperationException($"The demo has not said where it is: {Output}");
        }
    }

    public string MarkerFile => Path.Combine(_checkout, ".demo", "running.json");

    public string Directory => Path.GetDirectoryName(Marker.Socket)!;

    public RunDirectory Proxy => new(Directory, "db-proxy");

    /// <summary>Ports are always free ones.</summary>
    public static Task<DemoUnderTest> StartAsync(params string[] arguments) => StartAsync(null, arguments);

    /// <param name="checkout">Of another demo, or null for one of its own.</param>
    public static async Task<DemoUnderTest> StartAsync(DemoUnderTest? checkout, params string[] arguments)
    {
        var (directory, output) = Places(checkout);
        return new DemoUnderTest(directory, output, await GuardedProcess.StartAsync(output, "sh", ["-c", WithExitCode, directory, Executable, "demo", "--any-ports", .. arguments]));
    }

    /// <param name="more">One more argument.</param>
    public static async Task<DemoUnderTest> StartAtTerminalAsync(string more = "")
    {
        var (directory, output) = Places(null);
        return new DemoUnderTest(directory, output, await GuardedProcess.StartAsync(output, "sh", "-c", AtTerminal, directory, Executable, more));
    }

    /// <summary>Waits for words in what it prints.</summary>
    /// <param name="times">How often they must be there.</param>
    public async Task UntilSaidAsync(string words, int times = 1, double seconds = 20)
    {
        try
        {
            await Until.TrueAsync(words, () => Times(words) >= times, seconds);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message} The demo said: {string.Join('\n', Output.Split('\n').Where(l => !l.Contains("hello")).TakeLast(40))}");
        }
    }

    public int Times(string words) => Output.Split(words).Length - 1;

    /// <summary>Waits until its client has said hello: everything is there.</summary>
    public Task UntilAtWorkAsync() => UntilSaidAsync("sending: hello 0");

    public async Task<int> ExitCodeAsync(double seconds = 30)
    {
        await UntilSaidAsync(ExitCode, 1, seconds);
        await Until.TrueAsync("the whole exit code", () => Output.EndsWith('\n'));
        return int.Parse(Output.AsSpan(Output.LastIndexOf(ExitCode, StringComparison.Ordinal) + ExitCode.Length).Trim(), CultureInfo.InvariantCulture);
    }

    /// <summary>A port by the words that the banner has before it.</summary>
    public int Port(string what) => int.Parse(
        Banner().Matches(Output).First(m => m.Groups["what"].Value == what).Groups["port"].ValueSpan, CultureInfo.InvariantCulture);

    /// <summary>Its own pid, which is not that of the shell around it.</summary>
    public async Task SignalAsync(int signal)
    {
        await Until.TrueAsync("the demo's marker", () => File.Exists(MarkerFile));
        LinuxProcess.Signal(Marker.Pid, signal);
    }

    /// <summary>The process of one of its parts.</summary>
    public async Task<int> PartAsync(params string[] words)
    {
        var pid = 0;
        await Until.TrueAsync("the demo's marker", () => File.Exists(MarkerFile));
        await Until.TrueAsync(string.Join(' ', words), () => (pid = Marker.Parts.Select(p => p.Pid).FirstOrDefault(p => words.All(LinuxProcess.CommandLineOf(p).Contains))) != 0);
        return pid;
    }

    /// <summary>Every process that has anything to do with it: its parts, and whoever has its directory in the command line.</summary>
    public IReadOnlyList<string> Running() =>
    [
        .. System.IO.Directory.EnumerateDirectories("/proc")
            .Select(path => int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : 0)
            .Where(pid => pid > 0 && LinuxProcess.IsAlive(pid) && (Marker.Parts.Any(p => p.Pid == pid && p.IsAlive) || LinuxProcess.CommandLineOf(pid).Contains(Directory, StringComparison.Ordinal)))
            .Select(pid => $"{pid}: {LinuxProcess.CommandLineOf(pid)}"),
    ];

    public void ShouldHaveLeftNothing()
    {
        Running().ShouldBeEmpty();
        System.IO.Directory.Exists(Directory).ShouldBeFalse();
        System.IO.Directory.Exists(Directory + "-pg").ShouldBeFalse();
        File.Exists(MarkerFile).ShouldBeFalse();
    }

    /// <summary>A command line, as one types it in another terminal of the same checkout.</summary>
    public Task<string> ShellAsync(string line) => TypedLine.RunAsync(line, ("DBSWITCH_CHECKOUT", _checkout), ("PATH", $"{AppContext.BaseDirectory}:{Environment.GetEnvironmentVariable("PATH")}"));

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        if (_marker is not null || File.Exists(MarkerFile))
        {
            // Killed with its guard, it leaves its HAProxy to the next demo; here there is none.
            foreach (var part in Marker.Parts)
            {
                part.Signal(LinuxProcess.SigKill);
            }

            HostLock.Holder(Proxy)?.Signal(LinuxProcess.SigKill);
            await new HaproxyFamily(Proxy, TimeProvider.System).EndAsync(null, TimeSpan.Zero);
            foreach (var directory in ((string[])[Directory, Directory + "-pg"]).Where(System.IO.Directory.Exists))
            {
                System.IO.Directory.Delete(directory, recursive: true);
            }
        }

        File.Delete(_output);
        if (System.IO.Directory.Exists(_checkout))
        {
            System.IO.Directory.Delete(_checkout, recursive: true);
        }
    }

    private static (string Checkout, string Output) Places(DemoUnderTest? other) =>
        (other?._checkout ?? System.IO.Directory.CreateTempSubdirectory("dbswitch-checkout-").FullName, Path.GetTempFileName());

    [GeneratedRegex(@"demo +\| (?<what>clients|statistics|Runtime API|manager|database) .*?127\.0\.0\.1:(?<port>\d+)")]
    private static partial Regex Banner();
}
