using HaproxyRuntime;

namespace DbSwitch.Proxies;

/// <summary>
/// For how long a session has moved no byte. HAProxy tells how long each side may go on to be silent before its timeout, which begins anew with each byte, and not how long that timeout is: it is at
/// least the longest rest that was ever seen. So what comes out is never too long.
/// </summary>
internal sealed class Silence(TimeProvider time)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(20);

    // HAProxy prints whole seconds.
    private static readonly TimeSpan Resolution = TimeSpan.FromSeconds(1);

    private readonly Dictionary<(string Frontend, string? Backend), (TimeSpan Client, TimeSpan Server)> _longest = [];
    private long? _learned;
    private bool _hasSeenFresh;

    /// <summary>Whether it is time to look at sessions: until one was seen that has just begun, whose rest is its timeout.</summary>
    public bool IsDue => !_hasSeenFresh && (_learned is not { } last || time.GetElapsedTime(last) >= Interval);

    public void Clear()
    {
        _longest.Clear();
        (_learned, _hasSeenFresh) = (null, false);
    }

    public void Learn(IEnumerable<SessionState> sessions)
    {
        _learned = time.GetTimestamp();
        foreach (var session in sessions.Where(s => s is { ServerSide: ServerSideState.Established, ClientTimeLeft: not null, ServerTimeLeft: not null }))
        {
            var (client, server) = _longest.GetValueOrDefault(KeyOf(session));
            _longest[KeyOf(session)] = (Longer(client, session.ClientTimeLeft!.Value), Longer(server, session.ServerTimeLeft!.Value));
            _hasSeenFresh |= session.Age <= Resolution;
        }
    }

    /// <returns>Zero where nothing is known.</returns>
    public TimeSpan Of(SessionState session)
    {
        if (session is not { ServerSide: ServerSideState.Established, ClientTimeLeft: { } client, ServerTimeLeft: { } server, Age: { } age } || !_longest.TryGetValue(KeyOf(session), out var longest))
        {
            return TimeSpan.Zero;
        }

        // Another timeout holds before the first bytes ("timeout client") than later ("timeout tunnel"): none is silent for longer than it lasts.
        var silent = Shorter(age, Shorter(longest.Client - client, longest.Server - server)) - Resolution;
        return silent > TimeSpan.Zero ? silent : TimeSpan.Zero;
    }

    private static (string Frontend, string? Backend) KeyOf(SessionState session) => (session.Frontend, session.Backend);

    private static TimeSpan Longer(TimeSpan one, TimeSpan other) => one > other ? one : other;

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
