using System.Diagnostics;
using System.Net;
using DbSwitch.App.ProxyHost.Identity;
using DbSwitch.App.ProxyHost.Platform;
using DbSwitch.App.ProxyHost.Processes;

namespace DbSwitch.Tests.ProxyHost;

/// <summary>A real <c>dbswitch proxy-host</c> in a run directory of its own. Whatever a test does to it, nothing is left running.</summary>
internal sealed class HostUnderTest : IAsyncDisposable
{
    public const string Name = "local";

    private const string SecondSwitch = $$"""
          billing:
            backend: billing_servers
            proxies: [{{Name}}]
            targets:
              db1: { address: "127.0.0.1:2" }
        """;

    private readonly List<Process> _started = [];

    public HostUnderTest()
    {
        // Short: a socket's path has 107 bytes.
        ListenDirectory = Directory.CreateTempSubdirectory("dbs-").FullName;
        Run = new RunDirectory(ListenDirectory, Name);
        ConfigurationFile = Path.Combine(ListenDirectory, "dbswitch.yaml");
    }

    public static IReadOnlyList<string> Command => [Dbswitch.Path];

    public string ListenDirectory { get; }

    public string ConfigurationFile { get; }

    public RunDirectory Run { get; }

    public int ClientPort { get; } = FreePort.Take();

    public int StatisticsPort { get; } = FreePort.Take();

    public int ApiPort { get; } = FreePort.Take();

    public string Haproxy { get; init; } = "";

    public string? Extra { get; set; }

    /// <summary>Where clients of a second switch, "billing", connect; null for no such switch.</summary>
    public string? SecondFrontend { get; init; }

    /// <summary>How long a new connection waits while there is no server.</summary>
    public string Hold { get; set; } = "5s";

    /// <summary>The address of the target db1, which a manager then begins with; null for one that nobody selects.</summary>
    public string? Database { get; init; }

    public bool Companion { get; set; } = true;

    public int MaxConnections { get; set; } = 100;

    public IPEndPoint Clients => new(IPAddress.Loopback, ClientPort);

    public HostStatus? Status => HostStatus.Read(Run.Status);

    public ProcessIdentity Master => Status?.Haproxy?.Master ?? throw new InvalidOperationException("There is no HAProxy.");

    public IReadOnlyList<ProcessIdentity> Family => new HaproxyFamily(Run, TimeProvider.System).Living;

    public ProcessIdentity Worker => Family.First(process => process != Master);

    public static async Task<HostUnderTest> StartAsync(string version = HaproxyBinary.System)
    {
        var host = new HostUnderTest { Haproxy = HaproxyBinary.For(version) };
        try
        {
            host.Start();
            await host.UntilRunningAsync();
            return host;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    public void WriteConfiguration() => File.WriteAllText(ConfigurationFile, $$"""
        state: {{ListenDirectory}}/state.db
        listen:
          unix: {{ListenDirectory}}/dbswitch.sock
        proxies:
          {{Name}}:
            managed:
              frontends: { orders: "127.0.0.1:{{ClientPort}}"{{(SecondFrontend is null ? "" : $", billing: \"{SecondFrontend}\"")}} }
              statistics: "127.0.0.1:{{StatisticsPort}}"
              api: "127.0.0.1:{{ApiPort}}"
              haproxy: {{(Haproxy.Length > 0 ? Haproxy : HaproxyBinary.For(HaproxyBinary.System))}}
              maxconn: {{MaxConnections}}
              companion: {{(Companion ? "true" : "false")}}
        {{(Extra is null ? "" : $"      extra: {Extra}")}}
        switches:
          orders:
            backend: db_servers
            hold: {{Hold}}
            proxies: [{{Name}}]
            targets:
              db1: { address: "{{Database ?? "127.0.0.1:1"}}" }
        {{(Database is null ? "" : "    initial: db1")}}
        {{(SecondFrontend is null ? "" : SecondSwitch)}}
        """);

    /// <summary>Starts a host, which may be a second one.</summary>
    /// <param name="before">A program and its arguments that run it.</param>
    public Process Start(params string[] before)
    {
        WriteConfiguration();
        string[] command = [.. before, .. Command, "proxy-host", Name, "--config", ConfigurationFile];
        var process = Process.Start(new ProcessStartInfo(command[0], command[1..]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        _started.Add(process);
        return process;
    }

    /// <summary>Starts a manager with this configuration.</summary>
    public Process StartManager()
    {
        var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" </dev/null >>\"$0\" 2>&1", Path.Combine(ListenDirectory, "manager.log"), Command[0], "serve", "--config", ConfigurationFile]))!;
        _started.Add(process);
        return process;
    }

    /// <summary>A command of the command line with this configuration.</summary>
    /// <returns>Its exit code, and all it said.</returns>
    public async Task<(int ExitCode, string Said)> CommandAsync(params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo("timeout", ["60", Command[0], .. arguments, "--config", ConfigurationFile]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        var said = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, string.Concat(said));
    }

    /// <summary>Waits until a host that has given up ends, and returns its exit code and what it said.</summary>
    public static async Task<(int ExitCode, string Said)> EndAsync(Process process)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(15));
        var said = await process.StandardError.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, said);
    }

    public Task UntilRunningAsync(ProcessIdentity? not = null) => Wire.UntilAsync(
        () => Status is { State: HostState.Running, Haproxy.Master: { IsAlive: true } master } status && status.Host.IsAlive && master != not,
        $"HAProxy did not come up in {Run.Root}: {Status?.Reason}");

    public Task<string> AdminAsync(string command) => Wire.AskAsync(Run.AdminSocket, command);

    public async Task AddServerAsync(int port, string backend = "db_servers")
    {
        (await AdminAsync($"add server {backend}/db1 127.0.0.1:{port}")).ShouldContain("New server registered.");
        (await AdminAsync($"set server {backend}/db1 state ready")).Trim().ShouldBeEmpty();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _started.Where(process => !process.HasExited))
        {
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
        }

        // By what it was called with: a host that a manager has just started holds no lock yet.
        foreach (var host in LinuxProcess.CalledWith(ConfigurationFile).Select(ProcessIdentity.Of))
        {
            host?.Signal(LinuxProcess.SigKill);
        }

        await new HaproxyFamily(Run, TimeProvider.System).EndAsync(null, TimeSpan.Zero);
        _started.ForEach(process => process.Dispose());
        Directory.Delete(ListenDirectory, recursive: true);
    }
}
