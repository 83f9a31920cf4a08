using System.Globalization;
using System.Text;

namespace DbSwitch.Databases.Redis;

/// <summary>Reads answers, each whole or not at all. What it has read of one that was cut short is not given to anybody.</summary>
internal sealed class RespReader(Stream stream)
{
    // A list of 10,000 clients has some megabytes; nothing else that is asked for is near it.
    private const int LongestBulk = 64 << 20;
    private const int LongestLine = 64 << 10;
    private const int MostItems = 1 << 16;
    private const int Deepest = 8;

    private readonly byte[] _buffer = new byte[16 << 10];
    private int _from;
    private int _to;

    /// <exception cref="EndOfStreamException">The connection ended.</exception>
    /// <exception cref="InvalidDataException">It is no such answer.</exception>
    public Task<RespValue> ReadAsync(CancellationToken cancel) => ReadAsync(0, cancel);

    private async Task<RespValue> ReadAsync(int depth, CancellationToken cancel)
    {
        if (depth > Deepest)
        {
            throw Malformed();
        }

        var line = await LineAsync(cancel).ConfigureAwait(false);
        var rest = line.Length > 0 ? line[1..] : "";
        switch (line.Length > 0 ? line[0] : '\0')
        {
            case '+':
                return new RespValue.Text(rest);
            case '-':
                return new RespValue.Error(rest);
            case ':':
                return new RespValue.Number(Number(rest, long.MinValue, long.MaxValue));
            case '$':
                return new RespValue.Text(await BulkAsync((int)Number(rest, -1, LongestBulk), cancel).ConfigureAwait(false));
            case '*':
                return new RespValue.List(await ItemsAsync((int)Number(rest, -1, MostItems), depth, cancel).ConfigureAwait(false));
            default:
                throw Malformed();
        }
    }

    private async Task<IReadOnlyList<RespValue>?> ItemsAsync(int count, int depth, CancellationToken cancel)
    {
        if (count < 0)
        {
            return null;
        }

        // It grows with what comes, not with what is announced.
        var items = new List<RespValue>();
        while (items.Count < count)
        {
            items.Add(await ReadAsync(depth + 1, cancel).ConfigureAwait(false));
        }

        return items;
    }

    private async Task<string?> BulkAsync(int length, CancellationToken cancel)
    {
        if (length < 0)
        {
            return null;
        }

        using var bytes = new MemoryStream();
        while (bytes.Length < length)
        {
            await FillAsync(cancel).ConfigureAwait(false);
            var taken = (int)Math.Min(_to - _from, length - bytes.Length);
            bytes.Write(_buffer, _from, taken);
            _from += taken;
        }

        return await ByteAsync(cancel).ConfigureAwait(false) == '\r' && await ByteAsync(cancel).ConfigureAwait(false) == '\n'
            ? Encoding.UTF8.GetString(bytes.GetBuffer(), 0, length)
            : throw Malformed();
    }

    private async Task<string> LineAsync(CancellationToken cancel)
    {
        using var bytes = new MemoryStream();
        while (true)
        {
            await FillAsync(cancel).ConfigureAwait(false);
            var end = Array.IndexOf(_buffer, (byte)'\n', _from, _to - _from);
            bytes.Write(_buffer, _from, (end < 0 ? _to : end) - _from);
            _from = end < 0 ? _to : end + 1;
            if (bytes.Length > LongestLine)
            {
                throw Malformed();
            }

            if (end >= 0)
            {
                var line = Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
                return line.EndsWith('\r') ? line[..^1] : throw Malformed();
            }
        }
    }

    private async Task<byte> ByteAsync(CancellationToken cancel)
    {
        await FillAsync(cancel).ConfigureAwait(false);
        return _buffer[_from++];
    }

    /// <summary>There is at least one byte afterwards.</summary>
    private async Task FillAsync(CancellationToken cancel)
    {
        if (_from < _to)
        {
            return;
        }

        (_from, _to) = (0, await stream.ReadAsync(_buffer, cancel).ConfigureAwait(false));
        if (_to == 0)
        {
            throw new EndOfStreamException("the connection ended");
        }
    }

    private static long Number(string text, long least, long most) =>
        long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? number : throw Malformed();

    private static InvalidDataException Malformed() => new("sent something that is not the protocol of Redis");
}
