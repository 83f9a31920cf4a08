using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace DbSwitch.Tests.Stage;

/// <summary>A <c>dbswitch serve</c> with a configuration in a short folder of its own. Every fault is a verb, and nothing survives the tests, even when they are killed.</summary>
internal sealed class ManagerProcess : IAsyncDisposable
{
    // The kit's guard tells no exit code, so a shell in between notes it, and the pid of the manager itself.
    private const string Noting =
        """
        folder=$1
        shift
        "$@" &
        echo $! > "$folder/pid.new"
        mv "$folder/pid.new" "$folder/pid"
        wait $!
        echo $? > "$folder/exit.new"
        mv "$folder/exit.new" "$folder/exit"
        """;

    private readonly List<HttpClient> _clients = [];
    private GuardedProcess? _process;

    public ManagerProcess(ManagerConfiguration configuration)
    {
        // Not below TMPDIR: a Unix socket's path may have 107 bytes.
        Folder = $"/tmp/dbsm-{RandomNumberGenerator.GetHexString(6, lowercase: true)}";
        Directory.CreateDirectory(Folder);
        Configure(configuration);
    }

    public string Folder { get; }

    /// <summary>What comes before the program: <see cref="Dbswitch.AsNobody"/>, or nothing.</summary>
    public IReadOnlyList<string> Before { get; init; } = [];

    public string ConfigurationFile => Path.Combine(Folder, "dbswitch.yaml");

    public string StateFile => Configuration.State ?? Path.Combine(Folder, "state.db");

    public string Socket => Configuration.Socket ?? Path.Combine(Folder, "dbswitch.sock");

    public ManagerConfiguration Configuration { get; private set; } = new();

    public int Pid { get; private set; }

    public bool IsRunning => _process is not null && !File.Exists(ExitFile);

    /// <summary>All it wrote since it was last started.</summary>
    public string Log => File.Exists(LogFile) ? File.ReadAllText(LogFile) : "";

    private string LogFile => Path.Combine(Folder, "log");

    private string PidFile => Path.Combine(Folder, "pid");

    private string ExitFile => Path.Combine(Folder, "exit");

    public static async Task<ManagerProcess> StartedAsync(ManagerConfiguration configuration, params string[] more)
    {
        var manager = new ManagerProcess(configuration);
        try
        {
            await manager.StartAsync(more);
            return manager;
        }
        catch
        {
            await manager.DisposeAsync();
            throw;
        }
    }

    public void Configure(ManagerConfiguration configuration)
    {
        Configuration = configuration;
        File.WriteAllText(ConfigurationFile, configuration.Text(Folder));
    }

    /// <summary>Starts it, and waits until it says that it is ready.</summary>
    /// <param name="more">More arguments of <c>serve</c>.</param>
    public async Task StartAsync(params string[] more)
    {
        await LaunchAsync(more);
        await Until.TrueAsync("the manager to be ready", () => Log.Contains(" ready: ", StringComparison.Ordinal) || Log.Contains("\"ready: ", StringComparison.Ordinal) || !IsRunning, 15);
        if (!IsRunning)
        {
            throw new InvalidOperationException($"The manager ended ({await ExitCodeAsync()}): {Log}");
        }
    }

    /// <summary>Starts it, and waits until it answers requests: where no proxy does, it says only after five seconds that it is ready.</summary>
    public async Task StartAnsweringAsync()
    {
        await LaunchAsync();
        using var client = OverSocket();
        await Until.TrueAsync("the manager to answer", async () => await TextAsync(client) is not null);
    }

    /// <summary>Starts it, and waits for nothing.</summary>
    public async Task LaunchAsync(params string[] more)
    {
        await StopGuardAsync();
        foreach (var file in (string[])[LogFile, PidFile, ExitFile])
        {
            File.Delete(file);
        }

        _process = await GuardedProcess.StartAsync(LogFile, "sh", ["-c", Noting, "noting", Folder, .. Before, Dbswitch.Path, "serve", "--config", ConfigurationFile, .. more]);
        await Until.TrueAsync("the manager's pid", () => File.Exists(PidFile));
        Pid = int.Parse(await File.ReadAllTextAsync(PidFile, TestContext.Current.CancellationToken), CultureInfo.InvariantCulture);
    }

    /// <summary>Starts one that is expected not to stay, and gives how it ended.</summary>
    public Task<CommandEnd> RefusedToStartAsync(params string[] more) => RunAsync(["serve", .. more]);

    /// <summary>A command of the command line, with this manager's configuration.</summary>
    public Task<CommandEnd> RunAsync(params string[] arguments) => Dbswitch.RunAsync(Before, [.. arguments, "--config", ConfigurationFile]);

    /// <summary>SIGKILL to the manager alone, as the system does it when memory is short.</summary>
    public async Task KillAsync()
    {
        LinuxProcess.Signal(Pid, LinuxProcess.SigKill);
        await ExitCodeAsync();
    }

    /// <summary>SIGTERM.</summary>
    /// <returns>Its exit code.</returns>
    public Task<int> StopAsync()
    {
        LinuxProcess.Signal(Pid, LinuxProcess.SigTerm);
        return ExitCodeAsync();
    }

    /// <summary>SIGHUP: read the configuration again.</summary>
    public void HangUp() => LinuxProcess.Signal(Pid, LinuxProcess.SigHup);

    public async Task<int> ExitCodeAsync()
    {
        await Until.TrueAsync("the manager to end", () => !IsRunning, 15);
        return int.Parse(await File.ReadAllTextAsync(ExitFile, TestContext.Current.CancellationToken), CultureInfo.InvariantCulture);
    }

    /// <summary>Waits for a line of its log.</summary>
    public async Task<string> LoggedAsync(string text, double seconds = 10)
    {
        string? Found() => Log.Split('\n').FirstOrDefault(line => line.Contains(text, StringComparison.Ordinal));
        try
        {
            await Until.TrueAsync($"\"{text}\" in the log", () => Found() is not null, seconds);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message} The log: {Log[^Math.Min(Log.Length, 3000)..]}");
        }

        return Found()!;
    }

    /// <summary>Waits until <c>status</c> has this sentence in it.</summary>
    public async Task<CommandEnd> StatusAsync(string text, double seconds = 10)
    {
        var end = await RunAsync("status");
        try
        {
            await WhenItChangesAsync($"\"{text}\" in the status", async () => (end = await RunAsync("status")).Output.Contains(text, StringComparison.Ordinal), seconds);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message} The status: {end.Output}{end.Error}");
        }

        return end;
    }

    /// <summary>Waits until monitoring is content.</summary>
    public Task HealthyAsync() => CheckedAsync(0);

    /// <summary>Waits until monitoring is told this exit code.</summary>
    public async Task CheckedAsync(int exitCode)
    {
        var end = await RunAsync("status", "--check");
        try
        {
            await WhenItChangesAsync($"exit code {exitCode} of status --check", async () => (end = await RunAsync("status", "--check")).ExitCode == exitCode, 10);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message} The status: {end.Output}{end.Error}");
        }
    }

    /// <summary>The HTTP API over TCP.</summary>
    public HttpClient OverTcp() => Kept(new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{Configuration.Http}") });

    /// <summary>The HTTP API over the Unix socket.</summary>
    public HttpClient OverSocket() => Kept(new HttpClient(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancel) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(Socket), cancel);
            return new NetworkStream(socket, ownsSocket: true);
        },
    }) { BaseAddress = new Uri("http://localhost") });

    public async ValueTask DisposeAsync()
    {
        _clients.ForEach(c => c.Dispose());
        await StopGuardAsync();
        Directory.Delete(Folder, recursive: true);
    }

    // A process for each look would cost more than what is looked at: one is started only when the manager has something new to say.
    private async Task WhenItChangesAsync(string what, Func<Task<bool>> isSo, double seconds)
    {
        using var client = OverSocket();
        (string? seen, var last) = ("", false);
        await Until.TrueAsync(what, async () =>
        {
            var now = await TextAsync(client);
            (last, seen) = now == seen ? (last, seen) : (await isSo(), now);
            return last;
        }, seconds);
    }

    /// <summary>Null while it does not answer.</summary>
    private static async Task<string?> TextAsync(HttpClient client)
    {
        try
        {
            return await client.GetStringAsync("/api/v1/switches", TestContext.Current.CancellationToken);
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private HttpClient Kept(HttpClient client)
    {
        _clients.Add(client);
        return client;
    }

    private async Task StopGuardAsync()
    {
        if (_process is { } process)
        {
            _process = null;
            await process.DisposeAsync();
        }
    }
}
