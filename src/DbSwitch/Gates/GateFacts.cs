namespace DbSwitch.Gates;

/// <summary>What a gate tells about itself and its database.</summary>
/// <param name="Paused">Its clients wait.</param>
/// <param name="Disabled">It takes no new clients, by somebody's word.</param>
/// <param name="MayPause">Whether who asks is one of its administrators.</param>
/// <param name="PoolsSessions">Whether some of its clients keep their server for as long as they stay: PAUSE would wait for each of them to leave.</param>
/// <param name="Open">Servers that are in the middle of something for a client, which PAUSE waits for.</param>
/// <param name="RetriesAfter">How long it opens no server after one that failed (server_login_retry).</param>
/// <param name="WaitsFor">How long its clients wait for a server before they are cut off (query_wait_timeout); zero for ever.</param>
public sealed record GateFacts(bool Paused, bool Disabled, bool MayPause, bool PoolsSessions, int Open, TimeSpan RetriesAfter, TimeSpan WaitsFor)
{
    /// <summary>Other processes may listen at the same port (so_reuseport): the kernel chooses which one a connection reaches.</summary>
    public bool SharesPort { get; init; }

    /// <summary>Somebody has paused all of its databases at once; false where that was not tried.</summary>
    public bool AllPaused { get; init; }
}

/// <summary>One look at a gate.</summary>
/// <param name="Facts">Null when it could not be asked.</param>
/// <param name="Reason">Why not, fit to follow its name; null when it could.</param>
/// <param name="Gone">Nobody listens there.</param>
public sealed record GateLook(GateFacts? Facts, string? Reason, bool Gone = false);
