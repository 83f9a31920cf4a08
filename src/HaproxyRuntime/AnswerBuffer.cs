using System.Text;

namespace HaproxyRuntime;

/// <summary>Bytes of an answer as they arrive, up to a limit.</summary>
internal sealed class AnswerBuffer(int limit)
{
    private const int Chunk = 4096;
    private byte[] _bytes = new byte[Chunk];
    private int _length;

    public int Length => _length;

    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

    /// <summary>Room for the next bytes to be read into.</summary>
    public Memory<byte> FreeSpace()
    {
        if (_bytes.Length - _length < Chunk)
        {
            Array.Resize(ref _bytes, _bytes.Length * 2);
        }

        return _bytes.AsMemory(_length);
    }

    /// <summary>Takes in what was read; false when that is more than the limit.</summary>
    public bool Advance(int read)
    {
        _length += read;
        return _length <= limit;
    }

    public string Text() => Text(0, _length);

    public string Text(int start, int length) => Encoding.UTF8.GetString(_bytes, start, length);

    /// <summary>Gives the text before <paramref name="end"/> and drops both.</summary>
    public string TakeBefore(int end, int terminator)
    {
        var text = Encoding.UTF8.GetString(_bytes, 0, end);
        var rest = end + terminator;
        Buffer.BlockCopy(_bytes, rest, _bytes, 0, _length - rest);
        _length -= rest;

        // One long answer must not keep its memory for the session's life.
        if (_length == 0 && _bytes.Length > 64 * Chunk)
        {
            _bytes = new byte[Chunk];
        }

        return text;
    }
}
