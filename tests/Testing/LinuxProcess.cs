using System.Globalization;
using System.Runtime.InteropServices;

namespace DbSwitch.Testing;

/// <summary>What a test wants to know about a process, or do to it.</summary>
public static partial class LinuxProcess
{
    /// <summary>Reload, to a manager.</summary>
    public const int SigHup = 1;

    /// <summary>Ctrl-C.</summary>
    public const int SigInt = 2;

    /// <summary>End in order.</summary>
    public const int SigTerm = 15;

    /// <summary>Reload, to an HAProxy master.</summary>
    public const int SigUsr2 = 12;

    /// <summary>Freeze, without the process knowing.</summary>
    public const int SigStop = 19;

    /// <summary>Go on.</summary>
    public const int SigCont = 18;

    /// <summary>End at once.</summary>
    public const int SigKill = 9;

    /// <summary>Sends a signal.</summary>
    /// <exception cref="InvalidOperationException">There is no such process.</exception>
    public static void Signal(int pid, int signal)
    {
        if (Kill(pid, signal) != 0)
        {
            throw new InvalidOperationException($"Signal {signal} to process {pid}: {Marshal.GetLastPInvokeErrorMessage()}.");
        }
    }

    /// <summary>Whether it runs. A zombie doesn't: it is only waiting to be counted.</summary>
    public static bool IsAlive(int pid) => Status($"{pid}") is { State: not ('Z' or 'X') };

    /// <summary>Stops a process. When this returns all its threads stand still; the signal alone only asks for that.</summary>
    public static void Stop(int pid)
    {
        Signal(pid, SigStop);
        if (!SpinWait.SpinUntil(() => Directory.GetDirectories($"/proc/{pid}/task").All(task => Status($"{pid}/task/{Path.GetFileName(task)}") is null or { State: 'T' }), TimeSpan.FromSeconds(5)))
        {
            throw new TimeoutException($"Process {pid} did not stop.");
        }
    }

    /// <summary>The living children of a process.</summary>
    public static IReadOnlyList<int> ChildrenOf(int pid) =>
        [.. Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var child) ? child : 0)
            .Where(child => child > 0 && Status($"{child}") is { State: not ('Z' or 'X') } status && status.Parent == pid)
            .Order()];

    /// <summary>The living processes whose command line has these words in it.</summary>
    public static IReadOnlyList<int> CalledWith(string words) =>
        [.. Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var pid) ? pid : 0)
            .Where(pid => pid > 0 && IsAlive(pid) && CommandLineOf(pid).Contains(words, StringComparison.Ordinal))];

    /// <summary>Its words, with a blank between them; empty for one that is gone.</summary>
    public static string CommandLineOf(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline").Replace('\0', ' ');
        }
        catch (IOException)
        {
            return "";
        }
    }

    // proc(5): "pid (name) state ppid …", and the name may hold anything, even a closing bracket.
    private static (char State, int Parent)? Status(string process)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{process}/stat");
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return (fields[0][0], int.Parse(fields[1], CultureInfo.InvariantCulture));
        }
        catch (IOException)
        {
            return null;
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int pid, int signal);
}
