using DbSwitch.App.ProxyHost.Identity;

namespace DbSwitch.App.ProxyHost.Launching;

/// <summary>What became of a wish that a proxy's host run.</summary>
/// <param name="Status">What the host says of itself; null when it says nothing.</param>
/// <param name="Started">Whether it was started now; otherwise it ran already.</param>
/// <param name="Problem">Null when HAProxy answers; otherwise why it does not, for a person.</param>
public sealed record ProxyHostOutcome(HostStatus? Status, bool Started, string? Problem)
{
    public bool IsRunning => Problem is null;
}

/// <summary>What became of a wish that a proxy's host end.</summary>
public enum ProxyHostStop
{
    /// <summary>Neither a host nor a HAProxy was there.</summary>
    WasNotRunning,

    /// <summary>It has ended, and its HAProxy with it.</summary>
    Ended,

    /// <summary>It did not end in time and was killed; its HAProxy was ended then.</summary>
    Killed,

    /// <summary>It runs on: this user may not end it.</summary>
    NotPermitted,
}
