using System.Text;

namespace HaproxyRuntime;

/// <summary>
/// Bytes of answers as they arrive, in interactive mode: each answer ends with a prompt, <c>&gt; </c> at the beginning of a line (management guide section 9.3).
/// That alone tells a complete answer from one that was cut short: older versions end some answers without the empty line that the manual promises.
/// </summary>
/// <param name="longest">The most bytes an answer may have.</param>
internal sealed class AnswerBuffer(int longest)
{
    private const int Chunk = 4096;
    private static readonly byte[] Prompt = "\n> "u8.ToArray();

    private byte[] _bytes = new byte[Chunk];
    private int _length;
    private int _scanned;

    /// <summary>Whether bytes are here that belong to no answer taken so far.</summary>
    public bool HasMore => _length > 0;

    /// <summary>Whether the answer that comes next is longer than allowed, as far as is known. Asked after <see cref="TryTake"/> gave none.</summary>
    public bool IsTooLong => _scanned > longest;

    /// <summary>Room for the next bytes to be read into.</summary>
    public Memory<byte> FreeSpace()
    {
        if (_bytes.Length - _length < Chunk)
        {
            // Never far beyond what a forbidden answer is known by, whatever floods in.
            Array.Resize(ref _bytes, (int)Math.Min(_bytes.Length * 2L, (long)longest + Prompt.Length + (2 * Chunk)));
        }

        return _bytes.AsMemory(_length);
    }

    /// <summary>Takes in what was read.</summary>
    public void Advance(int read) => _length += read;

    /// <summary>Gives the next answer when it is complete and not too long, and forgets it.</summary>
    public bool TryTake(out string answer)
    {
        answer = "";
        var found = _bytes.AsSpan(_scanned, _length - _scanned).IndexOf(Prompt);
        var end = found < 0 ? Math.Max(_scanned, _length - Prompt.Length + 1) : _scanned + found;
        if (found < 0 || end > longest)
        {
            _scanned = end;
            return false;
        }

        answer = AnswerSeverity.Without(Encoding.UTF8.GetString(_bytes, 0, end));
        var rest = end + Prompt.Length;
        Buffer.BlockCopy(_bytes, rest, _bytes, 0, _length - rest);
        (_length, _scanned) = (_length - rest, 0);

        // One long answer must not keep its memory for the session's life.
        if (_length == 0 && _bytes.Length > 64 * Chunk)
        {
            _bytes = new byte[Chunk];
        }

        return true;
    }

    /// <summary>The beginning of what is left, to show to a person.</summary>
    public string Beginning() => Encoding.UTF8.GetString(_bytes, 0, Math.Min(_length, Chunk));
}
