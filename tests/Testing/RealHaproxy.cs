using System.Globalization;
using System.Net.Sockets;
using System.Security.Cryptography;
using HaproxyRuntime;

namespace DbSwitch.Testing;

/// <summary>
/// A real HAProxy with the seed's topology: frontend <c>db</c> and the empty backend <c>db_servers</c>. Every fault is a
/// verb. It ends with the test, even when the test process is killed.
/// </summary>
public sealed class RealHaproxy : IAsyncDisposable
{
    private const int Attempts = 5;
    private static readonly TimeSpan s_shortPatience = TimeSpan.FromSeconds(1);

    private readonly string _binary;
    private RealHaproxyOptions _options;
    private readonly LogReceiver _log;
    private RealHaproxyLayout _layout;
    private GuardedProcess? _process;

    private RealHaproxy(string binary, RealHaproxyOptions options, RealHaproxyLayout layout)
    {
        (_binary, _options, _layout) = (binary, options, layout);
        _log = new LogReceiver(layout.LogSocket);
    }

    /// <summary>Its haproxy.cfg.</summary>
    public string ConfigurationFile => _layout.ConfigurationFile;

    /// <summary>The Runtime API's Unix socket, level admin.</summary>
    public RuntimeEndpoint ApiEndpoint => new RuntimeEndpoint.Unix(_layout.ApiSocket);

    /// <summary>The Runtime API's TCP port, where <see cref="RealHaproxyOptions.TcpApi"/> asked for one.</summary>
    public RuntimeEndpoint TcpApiEndpoint => new RuntimeEndpoint.Tcp(new HostPort("127.0.0.1", _layout.TcpApiPort ?? throw NotAskedFor(nameof(RealHaproxyOptions.TcpApi))));

    /// <summary>The master's socket, in master-worker mode.</summary>
    public RuntimeEndpoint MasterSocket => new RuntimeEndpoint.Unix(_options.MasterWorker ? _layout.MasterSocket : throw NotAskedFor(nameof(RealHaproxyOptions.MasterWorker)));

    /// <summary>Where clients connect, on 127.0.0.1.</summary>
    public int ClientPort => _layout.ClientPort;

    /// <summary>The statistics page, where <see cref="RealHaproxyOptions.Statistics"/> asked for one.</summary>
    public Uri StatisticsPage => new($"http://127.0.0.1:{_layout.StatisticsPort ?? throw NotAskedFor(nameof(RealHaproxyOptions.Statistics))}/stats");

    /// <summary>What it logged so far, also before a restart.</summary>
    public IReadOnlyCollection<string> LogLines => _log.Lines;

    /// <summary>Sessions that did not end by both sides' own will: their lines of the log, with HAProxy's word for why (manual, 8.5).</summary>
    public IEnumerable<string> BrokenSessions => LogLines.Where(line => line.Contains(" db ", StringComparison.Ordinal) && !line.Contains(" -- ", StringComparison.Ordinal));

    /// <summary>Whether the process (the master, where there is one) runs.</summary>
    public bool IsRunning => _process?.IsRunning ?? false;

    /// <summary>The process that signals go to: the master, or the only one.</summary>
    public int Pid => _process?.Pid ?? throw new InvalidOperationException("HAProxy was killed.");

    /// <summary>The processes that carry clients: the master's children, old workers included, or the only one.</summary>
    public IReadOnlyList<int> WorkerPids => _options.MasterWorker ? LinuxProcess.ChildrenOf(Pid) : [Pid];

    /// <summary>Starts one. When this returns its Runtime API answers, and its master's too.</summary>
    /// <param name="version">See <see cref="HaproxyBinary.For"/>; skips the test where it is missing.</param>
    /// <param name="options">Null for a single process with nothing special.</param>
    public static async Task<RealHaproxy> StartAsync(string version, RealHaproxyOptions? options = null)
    {
        var binary = HaproxyBinary.For(version);
        options ??= new RealHaproxyOptions();
        // Not below TMPDIR: a Unix socket's path may have 107 bytes.
        var folder = $"/tmp/dbsw-{RandomNumberGenerator.GetHexString(6, lowercase: true)}";
        Directory.CreateDirectory(folder);
        var haproxy = new RealHaproxy(binary, options, RealHaproxyLayout.Take(folder, options));
        try
        {
            await haproxy.RunAsync(otherPorts: true);
            return haproxy;
        }
        catch
        {
            await haproxy.DisposeAsync();
            throw;
        }
    }

    /// <summary>SIGKILL to all of it. When this returns nothing is left of it.</summary>
    public async Task KillAsync()
    {
        if (_process is { } process)
        {
            _process = null;
            await process.DisposeAsync();
        }
    }

    /// <summary>Killed, if it wasn't, and started anew with the same configuration, ports and sockets.</summary>
    public async Task RestartAsync()
    {
        await KillAsync();
        await RunAsync(otherPorts: false);
    }

    /// <summary>Killed, and started anew with another configuration, on the same ports and sockets: somebody has edited haproxy.cfg.</summary>
    public Task RestartAsync(RealHaproxyOptions options)
    {
        _options = options;
        return RestartAsync();
    }

    /// <summary>Somebody edits haproxy.cfg: nothing happens before the next reload. Ports and sockets stay; what is added may be nonsense.</summary>
    public Task EditAsync(RealHaproxyOptions options) => File.WriteAllTextAsync(_layout.ConfigurationFile, _layout.Configuration(options));

    /// <summary>
    /// Reloads as an operator does (SIGUSR2 to the master). When this returns the new worker has all the listening
    /// sockets, the old one either has left or is stopping (before that, either may take a new connection), and the
    /// master takes the next signal.
    /// </summary>
    public async Task ReloadAsync()
    {
        var old = await WorkerThatAnswersAsync() ?? throw new InvalidOperationException("HAProxy's Runtime API does not answer.");
        LinuxProcess.Signal(Pid, LinuxProcess.SigUsr2);
        await WaitForAsync("the new worker's Runtime API", async () => await WorkerThatAnswersAsync() is { } now && now != old);
        await WaitForAsync("the old worker to let go of its sockets", async () => !LinuxProcess.IsAlive(old) || await IsStoppingAsync(old));
        await WaitForAsync("the master", MasterAnswersAsync);
    }

    /// <summary>Stops every worker in its tracks: it answers nobody, and the kernel goes on accepting for it.</summary>
    public void Freeze() => WorkerPids.ToList().ForEach(LinuxProcess.Stop);

    /// <summary>Undoes <see cref="Freeze"/>.</summary>
    public void Thaw() => WorkerPids.ToList().ForEach(pid => LinuxProcess.Signal(pid, LinuxProcess.SigCont));

    /// <summary>One line of commands on a connection of its own, without the product's library; every byte of the answer.</summary>
    public Task<string> SendAsync(string line) => BareSocket.SendAsync(_layout.ApiSocket, line);

    /// <summary>The same to the master's socket.</summary>
    public Task<string> SendToMasterAsync(string line) => BareSocket.SendAsync(((RuntimeEndpoint.Unix)MasterSocket).Path, line, halfClose: true);

    /// <summary>Waits for a log line with this in it.</summary>
    public async Task<string> LoggedAsync(string text)
    {
        string? Found() => LogLines.FirstOrDefault(line => line.Contains(text, StringComparison.Ordinal));
        await Until.TrueAsync($"a log line with \"{text}\"", () => Found() is not null);
        return Found()!;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        await _log.DisposeAsync();
        Directory.Delete(_layout.Folder, recursive: true);
    }

    private static InvalidOperationException NotAskedFor(string option) => new($"This HAProxy was started without {option}.");

    // A port that was free a moment ago may be taken now. After a restart the same ports are wanted, and may need a moment.
    private async Task RunAsync(bool otherPorts)
    {
        for (var attempt = 1; ; attempt++)
        {
            await File.WriteAllTextAsync(_layout.ConfigurationFile, _layout.Configuration(_options));
            await File.WriteAllTextAsync(_layout.OutputFile, string.Empty);
            string[] mode = _options.MasterWorker ? ["-W", "-S", _layout.MasterSocket] : ["-db"];
            _process = await GuardedProcess.StartAsync(_layout.OutputFile, _binary, ["-f", _layout.ConfigurationFile, .. mode]);
            if (await IsReadyAsync())
            {
                return;
            }

            await KillAsync();
            if (attempt == Attempts || !Output.Contains("Address already in use", StringComparison.OrdinalIgnoreCase))
            {
                throw new InvalidOperationException($"{_binary} did not start.{Complaint()}");
            }

            _layout = otherPorts ? RealHaproxyLayout.Take(_layout.Folder, _options) : _layout;
        }
    }

    // False when it ended instead.
    private async Task<bool> IsReadyAsync()
    {
        await WaitForAsync("HAProxy's Runtime API", async () => !IsRunning || await AnswersAsync());
        return IsRunning;
    }

    private async Task<bool> AnswersAsync() =>
        await WorkerThatAnswersAsync() is not null && (!_options.MasterWorker || await MasterAnswersAsync());

    // A SIGUSR2 that comes earlier, after a start or a reload, is lost (seen on 2.6 and 3.0).
    private async Task<bool> MasterAnswersAsync() => (await AskMasterAsync("show proc")).Contains("worker", StringComparison.Ordinal);

    private async Task<int?> WorkerThatAnswersAsync()
    {
        try
        {
            var line = (await SendAsync("show info")).Split('\n').FirstOrDefault(line => line.StartsWith("Pid: ", StringComparison.Ordinal));
            return line is null ? null : int.Parse(line["Pid: ".Length..], CultureInfo.InvariantCulture);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return null;
        }
    }

    private async Task<bool> IsStoppingAsync(int worker) =>
        (await AskMasterAsync($"@!{worker} show info")).Contains("\nStopping: 1\n", StringComparison.Ordinal);

    // Empty when it can't be had now: the master refuses connections for a moment while it reloads, and what it was asked
    // for a worker that is just leaving it never answers (seen on 3.2). So it is asked with little patience, and again.
    private async Task<string> AskMasterAsync(string line)
    {
        try
        {
            return await BareSocket.SendAsync(_layout.MasterSocket, line, halfClose: true, s_shortPatience);
        }
        catch (Exception e) when (e is SocketException or IOException or TimeoutException)
        {
            return string.Empty;
        }
    }

    private async Task WaitForAsync(string what, Func<Task<bool>> isSo)
    {
        try
        {
            await Until.TrueAsync(what, isSo);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException(e.Message + Complaint(), e);
        }
    }

    private string Output => File.ReadAllText(_layout.OutputFile);

    private string Complaint() => Output is { Length: > 0 } output ? $" HAProxy says:\n{output}" : string.Empty;
}
