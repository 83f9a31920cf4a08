using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace HaproxyRuntime;

/// <summary>
/// One command line that is safe to send: its parts were checked when it was made, so that no name or value can smuggle in a second command
/// (management guide section 9.3: <c>;</c> and a line feed separate commands, <c>\</c> escapes).
/// </summary>
public sealed record RuntimeCommand
{
    /// <summary>The longest line that HAProxy takes with its default <c>tune.bufsize</c> (16,384 bytes), with room for what framing adds.</summary>
    public const int LongestLine = 16_000;

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");

    private RuntimeCommand(string text, bool changesState)
    {
        Text = text;
        ChangesState = changesState;
    }

    /// <summary>The line as it is sent, without its end.</summary>
    public string Text { get; }

    /// <summary>Whether the command may change something: such a command is never sent twice.</summary>
    public bool ChangesState { get; }

    /// <summary><c>show info</c> (management guide section 9.3).</summary>
    public static RuntimeCommand ShowInfo { get; } = new("show info", false);

    /// <summary><c>show cli level</c>: what this connection may do.</summary>
    public static RuntimeCommand ShowCliLevel { get; } = new("show cli level", false);

    /// <summary><c>show sess</c>: every stream of the process.</summary>
    public static RuntimeCommand ShowSessions { get; } = new("show sess", false);

    /// <summary><c>show stat</c>: the counters of everything, as CSV.</summary>
    public static RuntimeCommand ShowStatistics { get; } = new("show stat", false);

    /// <summary><c>show servers state BACKEND</c>.</summary>
    public static RuntimeCommand ShowServersState(string backend) => new("show servers state " + Name(backend), false);

    /// <summary><c>add server BACKEND/SERVER IP:PORT</c>: in maintenance until it is made ready.</summary>
    /// <param name="backend">A backend with a dynamic balancing algorithm.</param>
    /// <param name="server">The new server's name.</param>
    /// <param name="address">An IP address: HAProxy accepts a host name here and never resolves it.</param>
    public static RuntimeCommand AddServer(string backend, string server, IPEndPoint address) =>
        new($"add server {Server(backend, server)} {Address(address)}", true);

    /// <summary><c>del server BACKEND/SERVER</c>.</summary>
    public static RuntimeCommand DeleteServer(string backend, string server) => new("del server " + Server(backend, server), true);

    /// <summary><c>set server BACKEND/SERVER state ready|drain|maint</c>.</summary>
    public static RuntimeCommand SetServerState(string backend, string server, ServerStateRequest state) =>
        new($"set server {Server(backend, server)} state {state switch
        {
            ServerStateRequest.Ready => "ready",
            ServerStateRequest.Drain => "drain",
            ServerStateRequest.Maintenance => "maint",
            _ => throw new ArgumentOutOfRangeException(nameof(state)),
        }}", true);

    /// <summary><c>set server BACKEND/SERVER addr IP port PORT</c>. From HAProxy 2.9 on it is applied a moment after the answer: read it back.</summary>
    public static RuntimeCommand SetServerAddress(string backend, string server, IPEndPoint address)
    {
        ArgumentNullException.ThrowIfNull(address);
        return new($"set server {Server(backend, server)} addr {address.Address} port {address.Port.ToString(CultureInfo.InvariantCulture)}", true);
    }

    /// <summary><c>shutdown sessions server BACKEND/SERVER</c>: asynchronous; it marks, the streams end a moment later.</summary>
    public static RuntimeCommand ShutdownServerSessions(string backend, string server) => new("shutdown sessions server " + Server(backend, server), true);

    /// <summary><c>shutdown session ID</c>.</summary>
    /// <param name="id">As <c>show sess</c> prints it: <c>0x</c> and hexadecimal digits.</param>
    public static RuntimeCommand ShutdownSession(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        return id.StartsWith("0x", StringComparison.Ordinal) && id.Length is > 2 and <= 18 && id.AsSpan(2).ContainsAnyExcept(HexDigits) is false
            ? new RuntimeCommand("shutdown session " + id, true)
            : throw new ArgumentException($"\"{id}\" is not a session's id as \"show sess\" prints it.", nameof(id));
    }

    /// <summary>Any other command, as a person types it.</summary>
    /// <exception cref="ArgumentException">It is empty, longer than HAProxy takes, or holds a control character, or more than one command.</exception>
    public static RuntimeCommand Raw(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var trimmed = text.Trim();
        if (trimmed.Length == 0)
        {
            throw new ArgumentException("The command is empty.", nameof(text));
        }

        if (System.Text.Encoding.UTF8.GetByteCount(trimmed) > LongestLine)
        {
            throw new ArgumentException($"The command is longer than HAProxy takes ({LongestLine} bytes).", nameof(text));
        }

        if (trimmed.Any(char.IsControl))
        {
            throw new ArgumentException("The command holds a control character (a line feed would begin a second command).", nameof(text));
        }

        // An escaped separator is part of a value; a bare one begins a second command, whose answer nobody would tell apart.
        for (var i = 0; i < trimmed.Length; i++)
        {
            if (trimmed[i] == '\\')
            {
                i++;
            }
            else if (trimmed[i] == ';')
            {
                throw new ArgumentException("The command holds a bare \";\", which would begin a second command: send them one by one.", nameof(text));
            }
        }

        // A trailing "<<" announces a payload on the lines that follow (management guide section 9.3), which are not sent here.
        if (trimmed.Contains("<<", StringComparison.Ordinal))
        {
            throw new ArgumentException("The command announces a payload (\"<<\"), which can't be sent this way.", nameof(text));
        }

        return new RuntimeCommand(trimmed, !IsReading(trimmed));
    }

    /// <inheritdoc/>
    public override string ToString() => Text;

    // What is not surely a reading command counts as one that changes state. "show" never changes any but for the counters of "show events -w".
    private static bool IsReading(string text) => text.Split(' ', 2)[0] is "show" or "help" or "get";

    private static string Server(string backend, string server) => Name(backend) + "/" + Name(server);

    private static string Name(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name.Length > 255)
        {
            throw new ArgumentException($"A name of {name.Length} characters is longer than 255.", nameof(name));
        }

        // What HAProxy itself allows in names (configuration manual section 2.2: letters, digits, '-', '_', '.', ':').
        var bad = name.FirstOrDefault(c => !(char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or ':'));
        return bad == default
            ? name
            : throw new ArgumentException($"The name \"{string.Concat(name.Select(c => char.IsControl(c) ? '?' : c))}\" holds a character that HAProxy does not allow in names (letters, digits, '-', '_', '.' and ':' are).", nameof(name));
    }

    private static string Address(IPEndPoint address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.Port == 0)
        {
            throw new ArgumentException("A server needs a port between 1 and 65535.", nameof(address));
        }

        // Without a prefix HAProxy would read "::1:8310" as a host; brackets and the family leave no room for that.
        return address.AddressFamily == AddressFamily.InterNetworkV6
            ? $"ipv6@[{address.Address}]:{address.Port.ToString(CultureInfo.InvariantCulture)}"
            : address.ToString();
    }
}

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
