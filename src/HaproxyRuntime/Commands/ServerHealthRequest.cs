namespace HaproxyRuntime;

/// <summary>What <c>set server … health</c> asks for.</summary>
public enum ServerHealthRequest
{
    /// <summary>Its checks succeed.</summary>
    Up,

    /// <summary>It is about to stop: no new traffic but for persistent clients.</summary>
    Stopping,

    /// <summary>Its checks fail.</summary>
    Down,
}
