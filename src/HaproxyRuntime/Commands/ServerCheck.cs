using System.Net;

namespace HaproxyRuntime;

/// <summary>A health check (configuration manual section 5.2, <c>check</c>).</summary>
public sealed record ServerCheck
{
    /// <summary>Between two checks, 1 ms to 24 days; HAProxy's default 2 s.</summary>
    public TimeSpan? Interval { get; init; }

    /// <summary>The same while its state changes; HAProxy's default <see cref="Interval"/>.</summary>
    public TimeSpan? FastInterval { get; init; }

    /// <summary>The same while it is down; HAProxy's default <see cref="Interval"/>.</summary>
    public TimeSpan? DownInterval { get; init; }

    /// <summary>How many failed ones in a row make it down, 1 or more; HAProxy's default 3.</summary>
    public int? Fall { get; init; }

    /// <summary>How many good ones in a row make it up, 1 or more; HAProxy's default 2.</summary>
    public int? Rise { get; init; }

    /// <summary>Another address to check than its own.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>Another port to check than its own, 1 to 65535.</summary>
    public int? Port { get; init; }

    /// <summary>The check speaks TLS, although the traffic does not.</summary>
    public bool Tls { get; init; }

    internal void AddTo(WordList words)
    {
        words.Add("check", true);
        words.Add("inter", Interval);
        words.Add("fastinter", FastInterval);
        words.Add("downinter", DownInterval);
        words.Add("fall", Fall, 1, int.MaxValue);
        words.Add("rise", Rise, 1, int.MaxValue);
        words.Add("addr", Address is null ? null : WordList.Literal(Address));
        words.Add("port", Port, 1, 65535);
        words.Add("check-ssl", Tls);
    }
}

/// <summary>An agent check (configuration manual section 5.2, <c>agent-check</c>).</summary>
/// <param name="Port">Where its agent listens, 1 to 65535.</param>
public sealed record ServerAgent(int Port)
{
    /// <summary>Another address than the server's own.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>Between two checks, 1 ms to 24 days; HAProxy's default 2 s.</summary>
    public TimeSpan? Interval { get; init; }

    internal void AddTo(WordList words)
    {
        words.Add("agent-check", true);
        words.Add("agent-port", Port, 1, 65535);
        words.Add("agent-addr", Address is null ? null : WordList.Literal(Address));
        words.Add("agent-inter", Interval);
    }
}
