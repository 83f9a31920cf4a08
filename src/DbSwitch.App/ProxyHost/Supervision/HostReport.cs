using DbSwitch.App.Logging;
using DbSwitch.App.ProxyHost.Identity;
using DbSwitch.App.ProxyHost.Logs;
using DbSwitch.App.ProxyHost.Platform;

namespace DbSwitch.App.ProxyHost.Supervision;

/// <summary>Keeps host.json current while the host lives. May be told from any thread.</summary>
internal sealed class HostReport(RunDirectory directory, TimeProvider clock)
{
    private readonly Lock _lock = new();

    public HostStatus Current { get; private set; } =
        new(directory.Proxy, HostState.Starting, ProcessIdentity.Own, directory.AdminSocket, directory.MasterSocket, HaproxyLogKeeping.Place(directory, Journal.IsOurOutput)) { Since = clock.GetUtcNow() };

    /// <summary>What the host before us left behind when it died or gave way; null when it ended in order.</summary>
    public HostStatus? Previous { get; } = HostStatus.Read(directory.Status);

    /// <summary>Enters a state. The reason is one only for <see cref="HostState.BackingOff"/> and <see cref="HostState.Failed"/>.</summary>
    public void Say(HostState state, string? reason = null) => Update(status => status with { State = state, Reason = reason, Since = clock.GetUtcNow() });

    public void Update(Func<HostStatus, HostStatus> change)
    {
        lock (_lock)
        {
            Current = change(Current);
            try
            {
                Current.Write(directory.Status);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // A full disk must not end the host of a HAProxy that serves; the next change writes it again.
            }
        }
    }
}
