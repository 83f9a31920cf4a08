namespace DbSwitch.App.ProxyHost.Logs;

/// <summary>A text file that is moved aside (<c>.1</c>) when it is full, so that two files are the most that there ever are.</summary>
internal sealed class RotatingFile(string path, long fullAt = RotatingFile.TenMegabytes) : IDisposable
{
    public const long TenMegabytes = 10_000_000;

    private FileStream? _file;

    /// <summary>Appends. Text that a full disk does not take is lost: a log is not worth more than what it reports on.</summary>
    public void Append(ReadOnlySpan<byte> text)
    {
        try
        {
            // Unbuffered: whoever follows the file with "tail -f" sees each line as it comes.
            _file ??= new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            _file.Write(text);
            if (_file.Length >= fullAt)
            {
                _file.Dispose();
                _file = null;
                File.Move(path, path + ".1", overwrite: true);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _file?.Dispose();
            _file = null;
        }
    }

    public void Dispose() => _file?.Dispose();
}
