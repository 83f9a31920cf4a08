using System.Diagnostics;
using DbSwitch.App.ProxyHost.Identity;
using DbSwitch.App.ProxyHost.Platform;
using DbSwitch.App.ProxyHost.Processes;
using DbSwitch.Hooks;

namespace DbSwitch.App.ProxyHost.Launching;

/// <summary>Sees to it that a proxy's host runs, in a process and session of its own, or ends it. Never the host's owner: it goes on when we end.</summary>
/// <param name="command">The executable and its first arguments; null for the one that runs now.</param>
public sealed partial class ProxyHostLauncher(TimeProvider clock, ILogger<ProxyHostLauncher> logger, IReadOnlyList<string>? command = null)
{
    private const long HostLogFullAt = 1_000_000;
    private const int HopelessAfter = 3;
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20);

    /// <summary>A check of the configuration and a new worker, on a machine that is busy.</summary>
    private static readonly TimeSpan ReloadPatience = TimeSpan.FromSeconds(60);

    private readonly IReadOnlyList<string> _command = command ?? OwnCommand();

    /// <summary>How long a host gets to come up, or to end. Default 15 s.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Finds the living host, or starts one, and waits until its HAProxy answers or a reason is known why it does not.</summary>
    /// <param name="name">The managed proxy.</param>
    /// <param name="configurationFile">The configuration for a host that must be started.</param>
    /// <param name="listenDirectory">The manager's run directory.</param>
    public async Task<ProxyHostOutcome> EnsureRunningAsync(string name, string configurationFile, string listenDirectory, CancellationToken cancellationToken)
    {
        var directory = new RunDirectory(listenDirectory, name);
        try
        {
            directory.Create();
        }
        catch (ProxyHostException e)
        {
            return new ProxyHostOutcome(null, Started: false, e.Message);
        }

        var said = new HostWords(directory);
        using var child = HostLock.Holder(directory) is null ? Start(directory, configurationFile) : null;
        var began = clock.GetTimestamp();
        while (clock.GetElapsedTime(began) < Patience)
        {
            // Asked in this order: a host that ends lets go of its lock last.
            var ended = child?.HasExited ?? true;
            var holder = HostLock.Holder(directory);
            var status = HostStatus.Read(directory.Status);
            if (holder is null && ended)
            {
                return new ProxyHostOutcome(status, child is not null, said.WhyItEnded(child?.Id, child?.ExitCode));
            }

            if (holder is not null && status?.Host == holder && status.State == HostState.Running
                && await SocketQuestion.AskAsync(directory.AdminSocket, "show info", cancellationToken) is not null)
            {
                LogRuns(name, holder.Pid, child?.Id == holder.Pid ? "was started" : "runs already");
                return new ProxyHostOutcome(status, Started: child?.Id == holder.Pid, Problem: null);
            }

            if (status is { State: HostState.BackingOff, Restarts: >= HopelessAfter, Reason: { } reason } && status.Host == holder)
            {
                // The host goes on trying; whoever waits here can do something about the reason.
                return new ProxyHostOutcome(status, child is not null, reason);
            }

            await Task.Delay(Pace, clock, cancellationToken);
        }

        var last = HostStatus.Read(directory.Status);
        return new ProxyHostOutcome(last, child is not null, last?.Reason ?? $"The host of proxy {name} did not come up within {Patience.TotalSeconds:0} s; see {directory.HostLog}.");
    }

    /// <summary>
    /// Lets the host that runs give way to one of this executable. HAProxy serves all the while: the new host adopts it, and reloads it when its
    /// configuration, its script or its own executable has changed.
    /// </summary>
    /// <param name="name">The managed proxy.</param>
    /// <param name="configurationFile">The configuration for the new host.</param>
    /// <param name="listenDirectory">The manager's run directory.</param>
    public async Task<ProxyHostOutcome> UpgradeAsync(string name, string configurationFile, string listenDirectory, CancellationToken cancellationToken)
    {
        var directory = new RunDirectory(listenDirectory, name);
        if (HostLock.Holder(directory) is { } holder)
        {
            if (SystemdUnit.Of(holder) is { } unit)
            {
                // Started by us, it would not be systemd's any more.
                return new ProxyHostOutcome(HostStatus.Read(directory.Status), Started: false, $"systemd runs this host: \"systemctl restart {unit}\" does the same, with HAProxy serving on.");
            }

            if (!holder.Signal(Posix.SigUsr1) && holder.IsAlive)
            {
                return new ProxyHostOutcome(HostStatus.Read(directory.Status), Started: false, $"This user may not signal the host ({holder}).");
            }

            var began = clock.GetTimestamp();
            while (holder.IsAlive)
            {
                if (clock.GetElapsedTime(began) >= Patience)
                {
                    return new ProxyHostOutcome(HostStatus.Read(directory.Status), Started: false, $"The host ({holder}) did not give way within {Patience.TotalSeconds:0} s; it goes on as it is.");
                }

                await Task.Delay(Pace, clock, cancellationToken);
            }
        }

        return await EnsureRunningAsync(name, configurationFile, listenDirectory, cancellationToken);
    }

    /// <summary>Lets the host read its configuration again, and waits for what comes of it.</summary>
    /// <returns>Null when nobody can say: no host runs, it may not be signalled, it ended or did not answer in time; the reason is in the second value.</returns>
    public async Task<(ReloadEnd? End, string Problem)> ReloadAsync(string name, string listenDirectory, CancellationToken cancellationToken)
    {
        var directory = new RunDirectory(listenDirectory, name);
        if (HostLock.Holder(directory) is not { } holder)
        {
            return (null, "its host does not run. Start it: systemctl start dbswitch-proxy-host@" + name + ", or dbswitch serve, which starts it where systemd does not");
        }

        // One that begins from here on reads the file as it is now.
        var begun = ReloadsOf(directory, holder)?.Reloads ?? 0;
        if (!holder.Signal(Posix.SigHup) && holder.IsAlive)
        {
            return (null, $"this user may not signal its host ({holder})");
        }

        var began = clock.GetTimestamp();
        while (clock.GetElapsedTime(began) < ReloadPatience)
        {
            if (ReloadsOf(directory, holder)?.Reload is { } end && end.Number > begun)
            {
                return (end, "");
            }

            if (!holder.IsAlive)
            {
                return (null, $"its host ({holder}) ended meanwhile; see {directory.HostLog}");
            }

            await Task.Delay(Pace, clock, cancellationToken);
        }

        return (null, $"its host ({holder}) did not say within {ReloadPatience.TotalSeconds:0} s what came of it; dbswitch status says whether its HAProxy runs");
    }

    private static HostStatus? ReloadsOf(RunDirectory directory, ProcessIdentity holder) => HostStatus.Read(directory.Status) is { } status && status.Host == holder ? status : null;

    /// <summary>Ends a proxy's host, and its HAProxy with every session; returns when they are gone.</summary>
    public async Task<ProxyHostStop> StopAsync(string name, string listenDirectory, CancellationToken cancellationToken)
    {
        var directory = new RunDirectory(listenDirectory, name);
        var family = new HaproxyFamily(directory, clock);
        if (HostLock.Holder(directory) is not { } holder)
        {
            // A host that was killed leaves a HAProxy that serves on: "stop" means that one too.
            var orphaned = family.Living.Count > 0;
            await family.EndAsync(null, Patience);
            return orphaned ? ProxyHostStop.Ended : ProxyHostStop.WasNotRunning;
        }

        if (!holder.Signal(Posix.SigTerm) && holder.IsAlive)
        {
            return ProxyHostStop.NotPermitted;
        }

        var began = clock.GetTimestamp();
        while (holder.IsAlive)
        {
            if (clock.GetElapsedTime(began) >= Patience)
            {
                holder.Signal(Posix.SigKill);
                await family.EndAsync(null, TimeSpan.Zero);
                LogKilled(name, holder.Pid);
                return ProxyHostStop.Killed;
            }

            await Task.Delay(Pace, clock, cancellationToken);
        }

        return ProxyHostStop.Ended;
    }

    private Process Start(RunDirectory directory, string configurationFile)
    {
        if (File.Exists(directory.HostLog) && new FileInfo(directory.HostLog).Length > HostLogFullAt)
        {
            File.Move(directory.HostLog, directory.HostLog + ".1", overwrite: true);
        }

        // Nothing of ours is handed on: no pipe that would break when we end, no terminal, no variable that the configuration does not name. The host makes its own session.
        var start = new ProcessStartInfo("/bin/sh",
        [
            "-c", "exec \"$@\" </dev/null >>\"$0\" 2>&1", directory.HostLog,
            .. _command, "proxy-host", directory.Proxy, "--config", configurationFile, "--detached",
        ]);
        return Process.Start(ChildEnvironment.Restrict(start, ChildEnvironment.NamedIn(TextOf(configurationFile))))!;
    }

    /// <summary>Where it can't be read the host says why.</summary>
    private static string TextOf(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    /// <summary>As we were started: the executable itself, or <c>dotnet</c> with our library.</summary>
    internal static IReadOnlyList<string> OwnCommand()
    {
        var executable = Environment.ProcessPath ?? "dbswitch";
        return Path.GetFileNameWithoutExtension(executable) == "dotnet" ? [executable, Path.Combine(AppContext.BaseDirectory, typeof(ProxyHostLauncher).Assembly.GetName().Name + ".dll")] : [executable];
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Proxy {Proxy}: its host (pid {Pid}) {How}.")]
    private partial void LogRuns(string proxy, int pid, string how);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Proxy {Proxy}: its host (pid {Pid}) did not end when asked, and was killed, its HAProxy too.")]
    private partial void LogKilled(string proxy, int pid);
}
