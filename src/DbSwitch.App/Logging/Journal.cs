using System.Globalization;

namespace DbSwitch.App.Logging;

/// <summary>systemd's journal, when our standard output goes there.</summary>
internal static class Journal
{
    /// <summary>systemd says in <c>JOURNAL_STREAM</c> which socket it gave its service (systemd.exec(5)); whoever redirects the output leaves the variable as it is, so it is compared.</summary>
    public static bool IsOurOutput { get; } = Environment.GetEnvironmentVariable("JOURNAL_STREAM") is { } stream && IsSocket("/proc/self/fd/1", stream);

    /// <param name="descriptor">The link in /proc that says what a descriptor is.</param>
    /// <param name="stream">Device and inode, as in "8:1234".</param>
    internal static bool IsSocket(string descriptor, string stream) =>
        stream.Split(':') is [_, var inode]
        && long.TryParse(inode, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        && new FileInfo(descriptor).LinkTarget == string.Create(CultureInfo.InvariantCulture, $"socket:[{number}]");
}
