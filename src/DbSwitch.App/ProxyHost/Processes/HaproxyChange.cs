using DbSwitch.App.ProxyHost.Identity;
using DbSwitch.App.ProxyHost.Platform;

namespace DbSwitch.App.ProxyHost.Processes;

/// <summary>Whether HAProxy's executable has been replaced since HAProxy runs: a reload then makes it the new one, since its master starts itself anew from the file.</summary>
internal static class HaproxyChange
{
    /// <param name="now">The executable as it is on disk.</param>
    /// <param name="stampThen">The stamp of the file that HAProxy was started from; null when nobody knows.</param>
    /// <returns>What has changed, as the end of a sentence; null when nothing has, or HAProxy can't be asked.</returns>
    public static async Task<string?> FindAsync(HaproxyExecutable now, string? stampThen, RunDirectory directory, CancellationToken cancellationToken)
    {
        var running = await SocketQuestion.AskAsync(directory.AdminSocket, "show info", cancellationToken) is { } info ? SocketQuestion.Value(info, "Version") : null;
        return running is null ? null
            : running != now.Version ? $"{now.Path} is HAProxy {now.Version} now, and {running} runs"
            : stampThen is not null && stampThen != now.Stamp ? $"{now.Path} is another file now"
            : null;
    }
}
