using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Serialization;

namespace DbSwitch.App.ProxyHost.Platform;

/// <summary>One process, for ever: its number and when it started. A number alone may mean another process a minute later.</summary>
/// <param name="Pid">Its number.</param>
/// <param name="Started">When it started, in the system's own count (Linux: clock ticks since boot, field 22 of /proc/PID/stat).</param>
public sealed record ProcessIdentity(int Pid, long Started)
{
    public static ProcessIdentity Own { get; } = Of(Environment.ProcessId)!;

    /// <summary>The process that has this number now, or null when none has, or only the remains of one that has ended.</summary>
    public static ProcessIdentity? Of(int pid) => OperatingSystem.IsLinux() ? FromProc(pid) : FromSystem(pid);

    [JsonIgnore]
    public bool IsAlive => Of(Pid) == this;

    /// <summary>Sends a signal, if this very process is there to receive it.</summary>
    public bool Signal(int signal) => IsAlive && Posix.Signal(Pid, signal);

    public override string ToString() => $"pid {Pid}";

    private static ProcessIdentity? FromProc(int pid)
    {
        try
        {
            // The second field is the program's name in parentheses and may hold anything, parentheses too: what counts follows the last one.
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? null : new ProcessIdentity(pid, long.Parse(fields[19], CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static ProcessIdentity? FromSystem(int pid)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            return new ProcessIdentity(pid, process.StartTime.ToUniversalTime().Ticks);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception)
        {
            return null;
        }
    }
}
