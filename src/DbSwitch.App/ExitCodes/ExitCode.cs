namespace DbSwitch.App.ExitCodes;

/// <summary>What a script can tell from how a command ended.</summary>
internal static class ExitCode
{
    /// <summary>Done, or there was nothing to do.</summary>
    public const int Done = 0;

    /// <summary>Refused or rolled back: clients are where they were.</summary>
    public const int Refused = 1;

    /// <summary>The command line or the configuration is wrong.</summary>
    public const int Usage = 2;

    /// <summary>A person is needed: partly done, or nobody but a person can decide.</summary>
    public const int NeedsPerson = 3;

    /// <summary>The manager can't be reached.</summary>
    public const int Unreachable = 4;

    /// <summary>Accepted, and the outcome was not awaited.</summary>
    public const int NotAwaited = 5;
}
