namespace DbSwitch.App.Demo;

/// <summary>How the demo is to run.</summary>
internal sealed record DemoOptions
{
    public DemoMode Mode { get; init; }

    /// <summary>Real PostgreSQL servers instead of echo servers.</summary>
    public bool Postgres { get; init; }

    /// <summary>Free ports instead of the seed's.</summary>
    public bool AnyPorts { get; init; }

    /// <summary>HAProxy's executable; null for the one in PATH.</summary>
    public string? Haproxy { get; init; }
}

internal enum DemoMode
{
    /// <summary>A person looks on and switches.</summary>
    Keys,

    /// <summary>Unattended: every step is proven by what the client received.</summary>
    Tour,

    /// <summary>The manager is paused, and a person types commands to HAProxy.</summary>
    ByHand,
}
