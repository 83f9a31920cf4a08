namespace DbSwitch.App.ProxyHost;

/// <summary>Keeps host.json current while the host lives.</summary>
internal sealed class HostReport(RunDirectory directory, TimeProvider clock)
{
    public HostStatus Current { get; private set; } =
        new(directory.Proxy, HostState.Starting, ProcessIdentity.Own, directory.AdminSocket, directory.MasterSocket, directory.Log) { Since = clock.GetUtcNow() };

    /// <summary>Enters a state. The reason is one only for <see cref="HostState.BackingOff"/> and <see cref="HostState.Failed"/>.</summary>
    public void Say(HostState state, string? reason = null) => Say(Current with { State = state, Reason = reason, Since = clock.GetUtcNow() });

    public void Say(HostStatus status)
    {
        Current = status;
        try
        {
            status.Write(directory.Status);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A full disk must not end the host of a HAProxy that serves; the next change writes it again.
        }
    }
}
