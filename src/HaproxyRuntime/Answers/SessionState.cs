using System.Globalization;

namespace HaproxyRuntime;

/// <summary>How far a stream has come towards its server.</summary>
public enum ServerSideState
{
    /// <summary>Nothing yet: no server was chosen.</summary>
    None,

    /// <summary>Waits in a queue until a server has room (<c>maxconn</c> of the server); in the backend's own queue it has no server yet.</summary>
    Queued,

    /// <summary>A connection is being made.</summary>
    Connecting,

    /// <summary>
    /// Turn-around: the server refused a connection and is tried again after a second (configuration manual, <c>retries</c>, <c>option redispatch</c>). No counter
    /// shows such a stream, and it reaches its server even when that has gone to maintenance meanwhile (seen on 2.6, 3.0 and 3.2).
    /// </summary>
    TurnAround,

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
    /// <summary>How long it has lasted, in whole seconds (whole minutes from an hour on, whole hours from a day on: HAProxy prints two units); null where the answer does not tell.</summary>
    public TimeSpan? Age { get; init; }

    /// <summary>How long the client may go on to be silent, before <c>timeout client</c> (or <c>timeout tunnel</c>) ends it, in whole seconds or coarser; null where nothing is waited for, and where the answer does not tell.</summary>
    public TimeSpan? ClientTimeLeft { get; init; }

    /// <summary>The same of the server.</summary>
    public TimeSpan? ServerTimeLeft { get; init; }

    /// <summary>Whether it wants to reach a server and has not yet: in a queue, in connect or in turn-around.</summary>
    public bool IsOnItsWay => ServerSide is ServerSideState.Queued or ServerSideState.Connecting or ServerSideState.TurnAround;

    /// <summary>
    /// Reads <c>show sess</c>'s answer. "No session" proves that nobody reaches a server, so nothing that merely lacks sessions is taken for it: an empty answer is
    /// none (the Runtime API connection that asks is a session itself, fact of 2.6 to 3.2), nor is one whose last line has no end.
    /// </summary>
    /// <exception cref="FormatException">It is not one.</exception>
    public static IReadOnlyList<SessionState> ParseAll(string answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        var sessions = ParseSome(answer, null);
        return sessions.Count > 0 ? sessions : throw new FormatException("show sess lists at least the connection that asks");
    }

    /// <summary>Reads an answer that may be empty, and keeps what passes the filter: the versions before 3.2 know of none and list all.</summary>
    internal static List<SessionState> ParseSome(string answer, SessionFilter? filter)
    {
        var lines = new AnswerLines(answer, "show sess");
        var names = new NameCache();
        var sessions = new List<SessionState>();
        while (lines.Next())
        {
            var session = Parse(lines.Current, names);
            if (filter is null || session.Passes(filter))
            {
                sessions.Add(session);
            }
        }

        return sessions;
    }

    internal bool Passes(SessionFilter filter) =>
        (filter.Frontend is null || Frontend == filter.Frontend) && (filter.Backend is null || Backend == filter.Backend) && (filter.Server is null || Server == filter.Server);

    private static SessionState Parse(ReadOnlySpan<char> line, NameCache names)
    {
        var colon = line.IndexOf(':');
        if (colon <= 0 || !RuntimeCommand.IsSessionId(line[..colon]))
        {
            throw new FormatException($"\"{CommandResult.Excerpt(line.ToString())}\" is no line of show sess");
        }

        var id = line[..colon].ToString();
        return IsWithoutClient(line)
            ? new SessionState(id, "?", "-", null, null, ServerSideState.None) { Age = AgeOf(line) }
            : new SessionState(
                id,
                AnswerField.After(line, " src=", "show sess").ToString(),
                names.Of(AnswerField.After(line, " fe=", "show sess")),
                NameOrNone(AnswerField.After(line, " be=", "show sess"), names),
                NameOrNone(AnswerField.After(line, " srv=", "show sess"), names),
                Side(line))
            {
                Age = AgeOf(line),
                ClientTimeLeft = TimeLeft(line, " scf=", " rq["),
                ServerTimeLeft = TimeLeft(line, " scb=", " rp["),
            };
    }

    // A stream that HAProxy opened for itself (peers, rings) has no client, no frontend and no server: "proto=?", and none of those fields. With any of them there
    // it is read like every other, so that a line that was cut never counts as one without a server.
    private static bool IsWithoutClient(ReadOnlySpan<char> line) =>
        line.IndexOf(" proto=? ") >= 0 && line.IndexOf(" src=") < 0 && line.IndexOf(" fe=") < 0 && line.IndexOf(" be=") < 0 && line.IndexOf(" srv=") < 0;

    private static string? NameOrNone(ReadOnlySpan<char> value, NameCache names) => value is "<NONE>" or "<none>" ? null : names.Of(value);

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
            "2" or "QUE" => ServerSideState.Queued,
            "3" or "TAR" => ServerSideState.TurnAround,
            "1" or "4" or "5" or "6" or "7" or "REQ" or "ASS" or "CON" or "CER" or "RDY" => ServerSideState.Connecting,
            "8" or "EST" => ServerSideState.Established,
            "9" or "10" or "DIS" or "CLO" => ServerSideState.Closed,
            _ => throw new FormatException($"\"{CommandResult.Excerpt(value.ToString())}\" is no state of a stream"),
        };
    }

    // "2d3h", "5h10m", "59m59s", "7s", or "?" when its clock was set back.
    private static TimeSpan? AgeOf(ReadOnlySpan<char> line)
    {
        if (line.IndexOf(" age=") is var at && at < 0)
        {
            return null;
        }

        var text = AnswerField.After(line, " age=", "show sess");
        return text is "?" ? null : SpanOf(text) ?? throw new FormatException($"\"{CommandResult.Excerpt(text.ToString())}\" is no span of time");
    }

    // "scf=[8,0h,fd=12,rex=29m56s,wex=]" from 2.7 on, "rq[f=848000h,i=0,an=00h,rx=29m56s,wx=,ax=]" before. Nobody depends on it: what it can't be read from tells nothing.
    private static TimeSpan? TimeLeft(ReadOnlySpan<char> line, string connector, string channel) =>
        Within(line, connector, "rex=") is { IsEmpty: false } later ? SpanOf(later) : Within(line, channel, "rx=") is { IsEmpty: false } earlier ? SpanOf(earlier) : null;

    private static ReadOnlySpan<char> Within(ReadOnlySpan<char> line, string part, string field)
    {
        var at = line.IndexOf(part);
        if (at < 0)
        {
            return default;
        }

        var inside = line[(at + part.Length)..];
        inside = inside[..(inside.IndexOfAny(' ', ']') is >= 0 and var end ? end : inside.Length)];
        var value = inside.IndexOf(field) is >= 0 and var from ? inside[(from + field.Length)..] : default;
        return value[..(value.IndexOf(',') is >= 0 and var comma ? comma : value.Length)];
    }

    /// <returns>Null for what is no span of time in whole seconds.</returns>
    private static TimeSpan? SpanOf(ReadOnlySpan<char> text)
    {
        long seconds = 0;
        while (!text.IsEmpty)
        {
            var unit = text.IndexOfAny("dhms");
            if (unit <= 0 || !uint.TryParse(text[..unit], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                return null;
            }

            seconds += number * text[unit] switch { 'd' => 86_400L, 'h' => 3_600L, 'm' => 60L, _ => 1L };
            text = text[(unit + 1)..];
        }

        return TimeSpan.FromSeconds(Math.Min(seconds, uint.MaxValue));
    }
}
