namespace DbSwitch.Judging;

/// <summary>What is wrong with the process that starts HAProxy again when it dies (a managed proxy's host).</summary>
public abstract record HostTrouble
{
    private HostTrouble()
    {
    }

    /// <summary>There is none.</summary>
    /// <param name="Start">What starts it.</param>
    public sealed record Stopped(string Start) : HostTrouble;

    /// <summary>It starts HAProxy again and again.</summary>
    /// <param name="Words">How often and why, fit to follow the proxy's name and a colon.</param>
    public sealed record KeepsDying(string Words) : HostTrouble;
}
