namespace HaproxyRuntime;

/// <summary>How far a stream has come towards its server.</summary>
public enum ServerSideState
{
    /// <summary>Nothing yet: no server was chosen.</summary>
    None,

    /// <summary>On its way: a connection is being made, waits in a queue, or waits a second before it is tried again (turn-around).</summary>
    Connecting,

    /// <summary>Connected.</summary>
    Established,

    /// <summary>Closed or closing.</summary>
    Closed,
}

/// <summary>One stream, a line of <c>show sess</c> (management guide section 9.3).</summary>
/// <param name="Id">Its name for <c>shutdown session</c>.</param>
/// <param name="Source">The client's address, as HAProxy prints it.</param>
/// <param name="Frontend">Its frontend; <c>GLOBAL</c> for Runtime API connections.</param>
/// <param name="Backend">Its backend, or null.</param>
/// <param name="Server">The server it was given, or null: also one it only tries to reach, which no counter shows.</param>
/// <param name="ServerSide">How far it has come towards that server.</param>
public sealed record SessionState(string Id, string Source, string Frontend, string? Backend, string? Server, ServerSideState ServerSide)
{
    /// <summary>
    /// Reads <c>show sess</c>'s answer. "No session" proves that nobody reaches a server, so nothing that merely lacks sessions is taken for it: an empty answer is
    /// none (the Runtime API connection that asks is a session itself, fact of 2.6 to 3.2), nor is one whose last line has no end.
    /// </summary>
    /// <exception cref="FormatException">It is not one.</exception>
    public static IReadOnlyList<SessionState> ParseAll(string answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        if (!answer.EndsWith('\n'))
        {
            throw new FormatException(answer.Length == 0 ? "show sess lists at least the connection that asks" : "the last line of show sess has no end");
        }

        var sessions = new List<SessionState>();
        foreach (var range in answer.AsSpan().Split('\n'))
        {
            var line = answer.AsSpan()[range];
            if (!line.IsWhiteSpace())
            {
                sessions.Add(Parse(line));
            }
        }

        return sessions.Count > 0 ? sessions : throw new FormatException("show sess lists at least the connection that asks");
    }

    private static SessionState Parse(ReadOnlySpan<char> line)
    {
        var colon = line.IndexOf(':');
        if (colon > 0 && RuntimeCommand.IsSessionId(line[..colon]) && IsWithoutClient(line))
        {
            return new SessionState(line[..colon].ToString(), "?", "-", null, null, ServerSideState.None);
        }

        return colon > 0 && RuntimeCommand.IsSessionId(line[..colon])
            ? new SessionState(
                line[..colon].ToString(),
                Field(line, " src=").ToString(),
                Field(line, " fe=").ToString(),
                NameOrNone(Field(line, " be=")),
                NameOrNone(Field(line, " srv=")),
                Side(line))
            : throw new FormatException($"\"{CommandResult.Excerpt(line.ToString())}\" is no line of show sess");
    }

    // A stream that HAProxy opened for itself (peers, rings) has no client, no frontend and no server: "proto=?", and none of those fields. With any of them there
    // it is read like every other, so that a line that was cut never counts as one without a server.
    private static bool IsWithoutClient(ReadOnlySpan<char> line) =>
        line.IndexOf(" proto=? ") >= 0 && line.IndexOf(" src=") < 0 && line.IndexOf(" fe=") < 0 && line.IndexOf(" be=") < 0 && line.IndexOf(" srv=") < 0;

    private static string? NameOrNone(ReadOnlySpan<char> value) => value.SequenceEqual("<NONE>") || value.SequenceEqual("<none>") ? null : value.ToString();

    // The back side's stream connector: "scb=[8,…" up to 2.8, "scb=[EST,…" or "scb=EST,…" later; before 2.6 it is called s1. The numbers are those of
    // enum sc_state in include/haproxy/stconn-t.h: INI 0, REQ 1, QUE 2, TAR 3, ASS 4, CON 5, CER 6, RDY 7, EST 8, DIS 9, CLO 10.
    private static ServerSideState Side(ReadOnlySpan<char> line)
    {
        var at = line.IndexOf(" scb=");
        var value = at >= 0 ? line[(at + 5)..] : line.IndexOf(" s1=") is >= 0 and var old ? line[(old + 4)..] : throw new FormatException("a line of show sess has no server side (scb=)");
        value = value.TrimStart('[');
        var end = value.IndexOfAny(',', ' ', ']');
        value = end < 0 ? default : value[..end];
        return value switch
        {
            "0" or "INI" => ServerSideState.None,
            "1" or "2" or "3" or "4" or "5" or "6" or "7" or "REQ" or "QUE" or "TAR" or "ASS" or "CON" or "CER" or "RDY" => ServerSideState.Connecting,
            "8" or "EST" => ServerSideState.Established,
            "9" or "10" or "DIS" or "CLO" => ServerSideState.Closed,
            _ => throw new FormatException($"\"{CommandResult.Excerpt(value.ToString())}\" is no state of a stream"),
        };
    }

    /// <exception cref="FormatException">The line has no such field: a stream whose server can't be read must not count as one without a server.</exception>
    private static ReadOnlySpan<char> Field(ReadOnlySpan<char> line, string name)
    {
        var at = line.IndexOf(name);
        if (at < 0)
        {
            throw new FormatException($"a line of show sess has no{name}");
        }

        var value = line[(at + name.Length)..];
        var end = value.IndexOf(' ');
        return end > 0 ? value[..end] : throw new FormatException($"a line of show sess has no value for{name}");
    }
}
