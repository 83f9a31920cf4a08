using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace HaproxyRuntime;

/// <summary>
/// One command line that is safe to send: its parts were checked when it was made, so that no name or value can smuggle in a second command
/// (management guide section 9.3: <c>;</c> and a line feed separate commands, <c>\</c> escapes).
/// </summary>
public sealed partial record RuntimeCommand
{
    /// <summary>The longest line that HAProxy takes with its default <c>tune.bufsize</c> (16,384 bytes), with room for what framing adds.</summary>
    public const int LongestLine = 16_000;

    /// <summary>The most words of a line that HAProxy looks at: 3.2 refuses a longer one, and the versions before silently forget the rest (MAX_CLI_ARGS in include/haproxy/cli-t.h).</summary>
    public const int MostWords = 64;

    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdefABCDEF");

    private static readonly SearchValues<char> NameCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:");

    private RuntimeCommand(string text, bool changesState, CommandOutcome? success = null)
    {
        if (Encoding.UTF8.GetByteCount(text) > LongestLine)
        {
            throw new ArgumentException($"The command is longer than HAProxy takes ({LongestLine} bytes).", nameof(text));
        }

        Text = text;
        ChangesState = changesState;
        Success = success;
    }

    /// <summary>The line as it is sent, without its end.</summary>
    public string Text { get; }

    /// <summary>Whether the command may change something: such a command is never sent twice.</summary>
    public bool ChangesState { get; }

    /// <summary>What the HAProxy must have that it is sent to: it is not sent to a version that lacks it, or for which it is dangerous. Known by its words, of a raw command as well.</summary>
    public IReadOnlyList<HaproxyFeature> Needs => field ??= CommandNeeds.Of(Text);

    /// <summary>How much longer than others it may take, because it asks HAProxy to wait.</summary>
    internal TimeSpan Waits { get; init; }

    /// <summary>What HAProxy says when it has done this command, where that is known: another command's success is no answer to this one.</summary>
    internal CommandOutcome? Success { get; }

    /// <summary>Whether HAProxy may also answer that it was so already.</summary>
    internal bool MayChangeNothing { get; init; }

    /// <summary>Any other command, as a person types it, on one line. Where its words are those of a command that some versions lack or are harmed by, it is judged like a typed one (<see cref="Needs"/>). A raw <c>wait</c> gets no more time than other commands: <see cref="WaitUntilRemovable"/> does.</summary>
    /// <exception cref="ArgumentException">
    /// It is empty, longer than HAProxy takes, holds a control character or more than one command, announces a payload, or is about the connection itself.
    /// </exception>
    public static RuntimeCommand Raw(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var line = text.Trim();
        return FaultOf(line) is { } fault ? throw new ArgumentException($"The command {fault}.", nameof(text)) : new RuntimeCommand(line, !IsReading(line));
    }

    /// <summary>Two commands of the same words are the same.</summary>
    public bool Equals(RuntimeCommand? other) => other is not null && Text == other.Text;

    /// <inheritdoc/>
    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => Text;

    /// <summary>Whether it is a session's id as <c>show sess</c> prints it.</summary>
    internal static bool IsSessionId(ReadOnlySpan<char> id) => id.StartsWith("0x", StringComparison.Ordinal) && id.Length is > 2 and <= 18 && !id[2..].ContainsAnyExcept(HexDigits);

    // What is not surely a reading command counts as one that changes state. "show" never changes any but for the counters of "show events -w".
    private static bool IsReading(string text) => text.Split(' ', 2)[0] is "show" or "help" or "get";

    /// <summary>What forbids sending a line, as the end of a sentence, or null.</summary>
    private static string? FaultOf(string line)
    {
        if (line.Length == 0)
        {
            return "is empty";
        }

        if (Encoding.UTF8.GetByteCount(line) > LongestLine)
        {
            return $"is longer than HAProxy takes ({LongestLine} bytes)";
        }

        if (line.Any(char.IsControl))
        {
            return "holds a control character (a line feed would begin a second command, and so would a NUL from HAProxy 3.2 on)";
        }

        // A "<<" announces a payload on the lines that follow (management guide section 9.3), which are not sent here.
        if (line.Contains("<<", StringComparison.Ordinal))
        {
            return "announces a payload (\"<<\"), which can't be sent this way";
        }

        var words = 1;
        for (var i = 0; i < line.Length; i++)
        {
            switch (line[i])
            {
                // An escaped character is part of a value. At the end of the line it would be the line feed, and the next command would become part of this one.
                case '\\' when ++i == line.Length:
                    return "ends in a bare \"\\\", which would join the next line to it";
                case ';':
                    return "holds a bare \";\", which would begin a second command: send them one by one";
                case ' ' when line[i + 1] != ' ':
                    words++;
                    break;
            }
        }

        return words > MostWords ? $"has {words} words; HAProxy reads only {MostWords} (a space within a word is written \"\\ \")"
            : line.Replace("\\", "", StringComparison.Ordinal).Split(' ', 2)[0] is "prompt" or "quit" ? "is about the connection itself, which is not yours to change"
            : null;
    }

    private static string Server(string backend, string server) => Name(backend) + "/" + Name(server);

    private static string Name(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name.Length > 255)
        {
            throw new ArgumentException($"A name of {name.Length} characters is longer than 255.", nameof(name));
        }

        // What HAProxy itself allows in names (configuration manual section 2.2: letters, digits, '-', '_', '.', ':').
        return !name.AsSpan().ContainsAnyExcept(NameCharacters)
            ? name
            : throw new ArgumentException($"The name \"{string.Concat(name.Select(c => char.IsControl(c) ? '?' : c))}\" holds a character that HAProxy does not allow in names (letters, digits, '-', '_', '.' and ':' are).", nameof(name));
    }

    private static string Address(IPEndPoint address)
    {
        Check(address);

        // Without a prefix HAProxy would read "::1:8310" as a host; brackets and the family leave no room for that.
        return address.AddressFamily == AddressFamily.InterNetworkV6
            ? $"ipv6@[{address.Address}]:{address.Port.ToString(CultureInfo.InvariantCulture)}"
            : address.ToString();
    }

    private static void Check(IPEndPoint address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.Port == 0)
        {
            throw new ArgumentException("A server needs a port between 1 and 65535.", nameof(address));
        }

        // HAProxy takes "fe80::1%2" for a host name: it answers "New server registered." and never finds it.
        if (address.AddressFamily == AddressFamily.InterNetworkV6 && address.Address.ScopeId != 0)
        {
            throw new ArgumentException($"HAProxy can't reach an address with a zone ({address.Address}).", nameof(address));
        }
    }
}
