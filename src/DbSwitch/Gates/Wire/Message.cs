using System.Buffers.Binary;
using System.Text;

namespace DbSwitch.Gates.Wire;

/// <summary>One message from the server: PostgreSQL's frontend/backend protocol 3.0, section "Message Formats".</summary>
internal sealed record Message(char Type, byte[] Body)
{
    // A row of an admin console is some hundred bytes.
    private const int Longest = 1 << 20;

    /// <exception cref="EndOfStreamException">The connection ended.</exception>
    /// <exception cref="InvalidDataException">It is no such message.</exception>
    public static async Task<Message> ReadAsync(Stream stream, CancellationToken cancel)
    {
        var head = new byte[5];
        await stream.ReadExactlyAsync(head, cancel).ConfigureAwait(false);
        var length = BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(1)) - 4;
        if (length is < 0 or > Longest)
        {
            throw new InvalidDataException("sent something that is not PostgreSQL's protocol");
        }

        var body = new byte[length];
        await stream.ReadExactlyAsync(body, cancel).ConfigureAwait(false);
        return new Message((char)head[0], body);
    }

    /// <summary>Of an authentication request: which kind, and what comes with it.</summary>
    public (int Kind, byte[] Data) Authentication => Body.Length < 4 ? throw Malformed() : (BinaryPrimitives.ReadInt32BigEndian(Body), Body[4..]);

    /// <summary>Of an error: its text.</summary>
    public string Error
    {
        get
        {
            var fields = Encoding.UTF8.GetString(Body).Split('\0');
            return fields.FirstOrDefault(f => f.StartsWith('M'))?[1..] ?? "an error without a text";
        }
    }

    /// <summary>Of a row description: the names of its columns.</summary>
    public IReadOnlyList<string> Columns
    {
        get
        {
            var names = new List<string>();
            var at = 2;
            for (var left = Count(); left > 0; left--)
            {
                var end = Array.IndexOf(Body, (byte)0, at);
                if (end < 0)
                {
                    throw Malformed();
                }

                names.Add(Encoding.UTF8.GetString(Body, at, end - at));

                // Table, column, type, its size and modifier, and the format.
                at = end + 1 + 18;
            }

            return names;
        }
    }

    /// <summary>Of a row: its values, as text.</summary>
    public IReadOnlyList<string?> Row
    {
        get
        {
            var values = new List<string?>();
            var at = 2;
            for (var left = Count(); left > 0; left--)
            {
                var length = at + 4 <= Body.Length ? BinaryPrimitives.ReadInt32BigEndian(Body.AsSpan(at)) : throw Malformed();
                at += 4;
                if (length > Body.Length - at)
                {
                    throw Malformed();
                }

                values.Add(length < 0 ? null : Encoding.UTF8.GetString(Body, at, length));
                at += Math.Max(length, 0);
            }

            return values;
        }
    }

    private int Count() => Body.Length < 2 ? throw Malformed() : BinaryPrimitives.ReadInt16BigEndian(Body);

    private InvalidDataException Malformed() => new($"sent a message that can't be understood (type {Type}, {Body.Length} bytes)");
}
