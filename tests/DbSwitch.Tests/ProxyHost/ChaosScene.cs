using System.Diagnostics;
using System.Net;
using DbSwitch.App.ProxyHost.Identity;

namespace DbSwitch.Tests.ProxyHost;

/// <summary>A managed proxy, a manager at work on it, a database that is selected; and a service manager that starts each again when it was killed.</summary>
internal sealed class ChaosScene : IAsyncDisposable
{
    private Process _manager;

    private ChaosScene(HostUnderTest host, Process manager) => (Host, _manager) = (host, manager);

    public HostUnderTest Host { get; }

    public int ManagerPid => _manager.Id;

    public static async Task<ChaosScene> StartAsync(string version, EchoDatabase database, string hold = "20s")
    {
        var host = new HostUnderTest { Haproxy = HaproxyBinary.For(version), Hold = hold, Database = $"127.0.0.1:{database.Port}", MaxConnections = 4000 };
        try
        {
            StartHost(host);
            await host.UntilRunningAsync();
            var scene = new ChaosScene(host, host.StartManager());
            await scene.ServingAsync();
            (await Wire.AskAsync(host.Clients, "hello\n", firstLine: true)).ShouldBe("db1: hello");
            return scene;
        }
        catch
        {
            await host.DisposeAsync();
            throw;
        }
    }

    /// <summary>Waits until the manager has made the server ready: by HAProxy's own word, and not by a client, whose hold may end before on a busy machine.</summary>
    public Task ServingAsync() =>
        Until.TrueAsync("the manager to make db1 ready", async () => (await Host.AdminAsync("show servers state db_servers")).Contains(" 127.0.0.1 2 0 ", StringComparison.Ordinal), seconds: 30);

    public SteadyLoad Load() => new(new IPEndPoint(IPAddress.Loopback, Host.ClientPort));

    public void KillAllOfHaproxy()
    {
        foreach (var process in Host.Family)
        {
            process.Signal(LinuxProcess.SigKill);
        }
    }

    /// <summary>HAProxy is an orphan until the next host adopts it.</summary>
    public async Task KillHostAsync()
    {
        var old = Host.Status!.Host;
        old.Signal(LinuxProcess.SigKill);
        await Wire.UntilAsync(() => !old.IsAlive, "the host lives on");

        // As systemd does it (RestartSec=100ms): a while with nobody there is part of the fault.
        await Task.Delay(100, TestContext.Current.CancellationToken);
        StartHost(Host);
        await Wire.UntilAsync(() => Host.Status is { State: HostState.Running } status && status.Host != old, "the new host did not come up");
    }

    public async Task KillManagerAsync()
    {
        _manager.Kill();
        await _manager.WaitForExitAsync(TestContext.Current.CancellationToken);
        await Task.Delay(100, TestContext.Current.CancellationToken);
        _manager = Host.StartManager();
    }

    /// <summary>Nobody reads HAProxy's log meanwhile, and nobody would start it again.</summary>
    public async Task FreezeHostAsync()
    {
        Host.Status!.Host.Signal(LinuxProcess.SigStop);
        await Task.Delay(TimeSpan.FromSeconds(2), TestContext.Current.CancellationToken);
        Host.Status!.Host.Signal(LinuxProcess.SigCont);
    }

    /// <summary>How many files and sockets HAProxy's processes have open when no client is there.</summary>
    public int Descriptors() => Host.Family.Sum(process => Directory.GetFileSystemEntries($"/proc/{process.Pid}/fd").Length);

    /// <summary>What the host, and HAProxy through it, logged of connections that did not end by both sides' own will.</summary>
    public string BrokenSessions => string.Join('\n', File.ReadLines(LogOf(Host)).Where(line => line.Contains(" db ", StringComparison.Ordinal) && !line.Contains(" -- ", StringComparison.Ordinal)).TakeLast(20));

    private static string LogOf(HostUnderTest host) => Path.Combine(host.ListenDirectory, "host.log");

    private static void StartHost(HostUnderTest host) => host.Start("/bin/sh", "-c", "exec \"$@\" </dev/null >>\"$0\" 2>&1", LogOf(host));

    public ValueTask DisposeAsync() => Host.DisposeAsync();
}
