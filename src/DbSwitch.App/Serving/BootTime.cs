using System.Runtime.InteropServices;

namespace DbSwitch.App.Serving;

/// <summary>
/// Time whose durations count what the machine was suspended for, and that nobody sets (<c>CLOCK_BOOTTIME</c>, clock_gettime(2)): the clock that .NET takes stands still meanwhile, and a hold of a
/// minute would last until somebody opens the lid. Where the system has no such clock it is .NET's.
/// </summary>
internal sealed partial class BootTime : TimeProvider
{
    private const int ClockBootTime = 7;
    private const long NanosecondsPerSecond = 1_000_000_000;

    public static readonly TimeProvider Instance = OperatingSystem.IsLinux() && Read(ClockBootTime, out _) == 0 ? new BootTime() : System;

    public override long TimestampFrequency => NanosecondsPerSecond;

    public override long GetTimestamp() => Read(ClockBootTime, out var now) == 0 ? (now.Seconds * NanosecondsPerSecond) + now.Nanoseconds : throw new InvalidOperationException("The system has lost its clock.");

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int Read(int clock, out TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
