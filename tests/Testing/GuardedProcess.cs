using System.Diagnostics;
using System.Globalization;

namespace DbSwitch.Testing;

/// <summary>
/// A program in a session of its own that ends when this process does, however it ends. Its guard is a shell that reads
/// a pipe from us: the kernel closes that pipe even when we are killed, and then the guard kills the program's whole
/// process group. (A parent-death signal would not do: it is bound to the thread that forked, and ours come and go.)
/// </summary>
public sealed class GuardedProcess : IAsyncDisposable
{
    // A signal to the guard (Ctrl-C at the terminal) interrupts its read, which is as good an end as the pipe's.
    // The program's output goes to a file: a pipe that we don't read would stop it (haproxy writes alerts there).
    private const string Guard =
        """
        trap : INT TERM HUP
        output=$1
        shift
        setsid "$@" < /dev/null >> "$output" 2>&1 &
        echo $!
        exec > /dev/null 2>&1
        read -r line
        kill -KILL -$! || kill -KILL $!
        wait
        """;

    private readonly Process _guard;

    private GuardedProcess(Process guard, int pid) => (_guard, Pid) = (guard, pid);

    /// <summary>The program's own process, which leads its process group.</summary>
    public int Pid { get; }

    /// <summary>Whether it has neither ended nor become a zombie.</summary>
    public bool IsRunning => LinuxProcess.IsAlive(Pid);

    /// <summary>Starts a program; its standard output and error are appended to a file.</summary>
    public static async Task<GuardedProcess> StartAsync(string outputFile, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo("sh") { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (var argument in (string[])["-c", Guard, "guard", outputFile, program, .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        var guard = Process.Start(start)!;
        var pid = await guard.StandardOutput.ReadLineAsync()
            ?? throw new InvalidOperationException($"{program} could not be started: no sh or no setsid here?");
        return new GuardedProcess(guard, int.Parse(pid, CultureInfo.InvariantCulture));
    }

    /// <summary>SIGKILL to all of its process group. When this returns they are gone. May be called twice.</summary>
    public async ValueTask DisposeAsync()
    {
        _guard.StandardInput.Close();
        await _guard.WaitForExitAsync();
        _guard.Dispose();
    }
}
