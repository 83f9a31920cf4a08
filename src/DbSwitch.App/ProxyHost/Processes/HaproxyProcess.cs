using System.Diagnostics;
using DbSwitch.App.ProxyHost.Identity;
using DbSwitch.App.ProxyHost.Platform;
using DbSwitch.Hooks;

namespace DbSwitch.App.ProxyHost.Processes;

/// <summary>One run of HAProxy's master: started by us, or adopted from a host that died.</summary>
internal sealed class HaproxyProcess
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(50);

    private HaproxyProcess(ProcessIdentity master, Task<string> ended)
    {
        Master = master;
        Ended = ended;
    }

    public ProcessIdentity Master { get; }

    /// <summary>Completes when the master has ended, with how, as the end of a sentence.</summary>
    public Task<string> Ended { get; }

    /// <summary>Starts it in master-worker mode, in the foreground, with its output in a file.</summary>
    /// <exception cref="ProxyHostException">It cannot be started at all.</exception>
    public static HaproxyProcess Start(HaproxyExecutable haproxy, RunDirectory directory)
    {
        // The shell is gone after "exec"; what it leaves is HAProxy with the same pid and a file instead of our standard output.
        string[] arguments =
        [
            "-c", "exec \"$@\" </dev/null >>\"$0\" 2>&1", directory.Output,
            haproxy.Path, "-W", "-S", $"{directory.MasterSocket},mode,660", "-f", directory.Configuration,
        ];
        try
        {
            var process = Process.Start(ChildEnvironment.Restrict(new ProcessStartInfo("/bin/sh", arguments)))!;
            var master = ProcessIdentity.Of(process.Id) ?? new ProcessIdentity(process.Id, 0);
            return new HaproxyProcess(master, WaitAsync(process));
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new ProxyHostException($"HAProxy cannot be started: /bin/sh: {e.Message}", e);
        }
    }

    /// <summary>Watches over a living master that is nobody's child any more.</summary>
    public static HaproxyProcess Adopt(ProcessIdentity master, TimeProvider clock, CancellationToken cancellationToken) =>
        new(master, WatchAsync(master, clock, cancellationToken));

    private static async Task<string> WaitAsync(Process process)
    {
        using (process)
        {
            await process.WaitForExitAsync();

            // HAProxy's master takes the exit code of the worker that died: 128 and the signal's number.
            return process.ExitCode > 128 ? $"ended with exit code {process.ExitCode} (signal {process.ExitCode - 128})" : $"ended with exit code {process.ExitCode}";
        }
    }

    private static async Task<string> WatchAsync(ProcessIdentity master, TimeProvider clock, CancellationToken cancellationToken)
    {
        while (master.IsAlive)
        {
            await Task.Delay(Pace, clock, cancellationToken);
        }

        return "ended";
    }
}
