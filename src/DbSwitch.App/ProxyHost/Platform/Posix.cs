using System.Runtime.InteropServices;

namespace DbSwitch.App.ProxyHost.Platform;

/// <summary>The few system calls that .NET has no words for.</summary>
internal static partial class Posix
{
    public const int SigHup = 1;
    public const int SigKill = 9;
    public const int SigInt = 2;
    public const int SigQuit = 3;
    public const int SigTerm = 15;
    public const int PermissionDenied = 1; // EPERM

    /// <summary>SIGUSR1 asks a host to leave. 10 on Linux, 30 on macOS.</summary>
    public static int SigUsr1 => OperatingSystem.IsMacOS() ? 30 : 10;

    /// <summary>SIGUSR2 asks HAProxy's master to reload. 12 on Linux, 31 on macOS.</summary>
    public static int SigUsr2 => OperatingSystem.IsMacOS() ? 31 : 12;

    private const int GetDescriptorFlags = 1; // F_GETFD
    private const int PidfdOpen = 434;
    private const int PidfdGetfd = 438;

    /// <summary>Makes <paramref name="number"/> a second name of an open descriptor, one that a child process inherits.</summary>
    /// <exception cref="ProxyHostException">The number is taken: nothing is overwritten.</exception>
    public static void DuplicateTo(int descriptor, int number)
    {
        if (GetFlags(number, GetDescriptorFlags) >= 0)
        {
            throw new ProxyHostException($"File descriptor {number} is in use in this process; a listening socket was to have it.");
        }

        // dup2 leaves close-on-exec off: that is what lets HAProxy inherit it (and nothing else of ours).
        if (Duplicate(descriptor, number) < 0)
        {
            throw new ProxyHostException($"File descriptor {number} cannot be made: {Marshal.GetLastPInvokeErrorMessage()}.");
        }
    }

    public static void Close(int descriptor) => _ = CloseDescriptor(descriptor);

    /// <returns>Whether the signal was delivered.</returns>
    public static bool Signal(int pid, int signal) => Kill(pid, signal) == 0;

    /// <summary>A session of its own: no terminal, so no Ctrl-C and no hang-up of somebody else's terminal. Does nothing for one that leads a process group already.</summary>
    public static void NewSession() => _ = SetSession();

    /// <summary>Copies an open descriptor out of another process (Linux 5.6; same user, and Yama or a container may forbid it).</summary>
    /// <returns>The copy, close-on-exec; or -1, with <paramref name="error"/> the errno.</returns>
    public static int TakeDescriptor(int pid, int descriptor, out int error)
    {
        error = 0;
        var process = SystemCall(PidfdOpen, pid, 0, 0);
        if (process < 0)
        {
            error = Marshal.GetLastPInvokeError();
            return -1;
        }

        try
        {
            var copy = SystemCall(PidfdGetfd, process, descriptor, 0);
            error = copy < 0 ? Marshal.GetLastPInvokeError() : 0;
            return (int)copy;
        }
        finally
        {
            Close((int)process);
        }
    }

    /// <summary>Whether an open descriptor is a TCP socket that listens. Linux alone.</summary>
    public static bool IsTcpListener(int descriptor)
    {
        const int socketLevel = 1; // SOL_SOCKET
        return Option(30) != 0 && (Option(39) is 2 or 10); // SO_ACCEPTCONN; SO_DOMAIN is AF_INET or AF_INET6

        int Option(int name)
        {
            var value = 0;
            var length = sizeof(int);
            return GetOption(descriptor, socketLevel, name, ref value, ref length) == 0 ? value : 0;
        }
    }

    /// <summary>The most files that this user may raise a process's limit to (getrlimit(2), RLIMIT_NOFILE's hard limit).</summary>
    public static long MostOpenFiles()
    {
        Span<ulong> limits = stackalloc ulong[2];
        return GetLimit(7, limits) == 0 ? (long)Math.Min(limits[1], int.MaxValue) : 1024;
    }

    [LibraryImport("libc", EntryPoint = "getrlimit", SetLastError = true)]
    private static partial int GetLimit(int resource, Span<ulong> limits);

    [LibraryImport("libc", EntryPoint = "getsockopt", SetLastError = true)]
    private static partial int GetOption(int descriptor, int level, int name, ref int value, ref int length);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int GetFlags(int descriptor, int command);

    [LibraryImport("libc", EntryPoint = "dup2", SetLastError = true)]
    private static partial int Duplicate(int descriptor, int number);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int CloseDescriptor(int descriptor);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "setsid", SetLastError = true)]
    private static partial int SetSession();

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint first, nint second, nint third);
}
