namespace HaproxyRuntime;

/// <summary>What <c>set server … state</c> asks for.</summary>
public enum ServerStateRequest
{
    /// <summary>Takes traffic.</summary>
    Ready,

    /// <summary>Takes no new traffic but for persistent clients; sessions and checks go on.</summary>
    Drain,

    /// <summary>Takes no traffic; sessions survive it.</summary>
    Maintenance,
}
