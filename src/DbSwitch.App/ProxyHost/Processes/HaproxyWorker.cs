using DbSwitch.App.ProxyHost.Identity;
using DbSwitch.App.ProxyHost.Platform;

namespace DbSwitch.App.ProxyHost.Processes;

/// <summary>The worker that has the listening sockets: what a reload replaces.</summary>
internal sealed class HaproxyWorker(RunDirectory directory, TimeProvider clock)
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <returns>Its pid, as text; null when none answers.</returns>
    public async Task<string?> PidAsync(CancellationToken cancellationToken) =>
        await SocketQuestion.AskAsync(directory.AdminSocket, "show info", cancellationToken) is { } info ? SocketQuestion.Value(info, "Pid") : null;

    /// <summary>Tells the master to reload, and waits for a worker that is not the old one.</summary>
    /// <returns>False when none came: HAProxy runs on as it was.</returns>
    public async Task<bool> ReplaceAsync(ProcessIdentity master, CancellationToken cancellationToken)
    {
        var old = await PidAsync(cancellationToken);
        master.Signal(Posix.SigUsr2);
        var began = clock.GetTimestamp();
        while (clock.GetElapsedTime(began) < Patience && master.IsAlive)
        {
            if (await PidAsync(cancellationToken) is { } now && now != old)
            {
                return true;
            }

            await Task.Delay(Pace, clock, cancellationToken);
        }

        return false;
    }
}
