using System.Text;

namespace DbSwitch.App.Terminal;

/// <summary>
/// Standard output or standard error, which can fail like any file: the disk that it is redirected to is full, or nobody reads the pipe any more. What a command does must not depend on whether anybody
/// can read what it says of it; so nothing is thrown, and what was lost is known at the end.
/// </summary>
internal sealed class SaidOutput : Stream
{
    private readonly Stream _inner;

    private SaidOutput(Stream inner) => _inner = inner;

    /// <summary>Why something was lost; null when nothing was.</summary>
    public string? Lost { get; private set; }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>From now on the console's two outputs are these.</summary>
    /// <returns>Standard output.</returns>
    public static SaidOutput Begin()
    {
        var output = new SaidOutput(Console.OpenStandardOutput());
        Console.SetOut(Writer(output));
        Console.SetError(Writer(new SaidOutput(Console.OpenStandardError())));
        return output;
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        try
        {
            _inner.Write(buffer);
        }
        catch (IOException e)
        {
            Lost ??= e.Message;
        }
    }

    public override void Flush()
    {
        try
        {
            _inner.Flush();
        }
        catch (IOException e)
        {
            Lost ??= e.Message;
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inner.Dispose();
        }

        base.Dispose(disposing);
    }

    private static StreamWriter Writer(SaidOutput output) => new(output, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false)) { AutoFlush = true };
}
