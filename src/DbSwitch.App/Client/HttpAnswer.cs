using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace DbSwitch.App.Client;

/// <summary>An answer of the manager's API, whole.</summary>
/// <param name="MediaType">Of its body, without parameters; null where it does not say.</param>
internal sealed record HttpAnswer(int Status, string? MediaType, byte[] Body)
{
    private static readonly byte[] s_headerEnd = "\r\n\r\n"u8.ToArray();

    public bool IsSuccess => Status is >= 200 and < 300;

    public string Text => Encoding.UTF8.GetString(Body);

    public static async Task<HttpAnswer> OfAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        using (response)
        {
            return new HttpAnswer((int)response.StatusCode, response.Content.Headers.ContentType?.MediaType, await response.Content.ReadAsByteArrayAsync(cancel));
        }
    }

    /// <summary>Reads HTTP/1.1 (RFC 9112) as it came over a connection of its own.</summary>
    /// <param name="received">All of it, up to the connection's end.</param>
    /// <exception cref="FormatException">It is no answer in HTTP.</exception>
    /// <exception cref="EndOfStreamException">It ends before it is complete.</exception>
    public static HttpAnswer Parse(ReadOnlySpan<byte> received)
    {
        if (!received.StartsWith("HTTP/1."u8[..Math.Min(7, received.Length)]))
        {
            throw new FormatException("This is not HTTP.");
        }

        var end = received.IndexOf(s_headerEnd);
        if (end < 0)
        {
            throw new EndOfStreamException("The header has no end.");
        }

        var lines = Encoding.Latin1.GetString(received[..end]).Split("\r\n");
        var words = lines[0].Split(' ', 3);
        if (words.Length < 2 || !int.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var status))
        {
            throw new FormatException($"This is no status line: {lines[0]}");
        }

        var body = received[(end + s_headerEnd.Length)..];
        return new HttpAnswer(
            status,
            Header(lines, "Content-Type")?.Split(';')[0].Trim(),
            Header(lines, "Transfer-Encoding") is "chunked" ? Unchunked(body)
            : Header(lines, "Content-Length") is not { } length ? body.ToArray()
            : !int.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) ? throw new FormatException($"This is no length: {length}")
            : bytes > body.Length ? throw new EndOfStreamException($"{body.Length} of {bytes} bytes came.")
            : body[..bytes].ToArray());
    }

    private static string? Header(string[] lines, string name) =>
        lines.Skip(1).FirstOrDefault(l => l.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase))?[(name.Length + 1)..].Trim();

    // RFC 9112, 7.1: a line with the size in hexadecimal digits, that many bytes, an empty line; the last has the size 0.
    private static byte[] Unchunked(ReadOnlySpan<byte> body)
    {
        using var whole = new MemoryStream();
        while (true)
        {
            var line = body.IndexOf("\r\n"u8);
            if (line < 0)
            {
                throw new EndOfStreamException("A piece's size is missing.");
            }

            if (!Utf8Parser.TryParse(body[..line], out int size, out var digits, 'x') || size < 0 || (digits < line && body[digits] != (byte)';'))
            {
                throw new FormatException($"This is no piece's size: {Encoding.Latin1.GetString(body[..line])}");
            }

            body = body[(line + 2)..];
            if (size == 0)
            {
                return whole.ToArray();
            }

            if (body.Length - 2 < size)
            {
                throw new EndOfStreamException($"{body.Length} of {size} bytes came.");
            }

            whole.Write(body[..size]);
            body = body[(size + 2)..];
        }
    }
}
