using System.Text;

namespace DbSwitch.App.Demo.Running;

/// <summary>Reads a log file that another process writes, line by line as they come, over its rotation.</summary>
internal sealed class FollowedFile(string path, Action<string> say)
{
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(50);

    private readonly byte[] _buffer = new byte[65_536];
    private readonly List<byte> _line = [];
    private FileStream? _file;

    /// <summary>Until cancelled; then to the present end.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (!stop.IsCancellationRequested)
            {
                await ReadAsync();
                await Task.Delay(Pace, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }

            await ReadAsync();
        }
        finally
        {
            _file?.Dispose();
        }
    }

    private async Task ReadAsync()
    {
        try
        {
            _file ??= Open();
            if (_file is null)
            {
                return;
            }

            await ToTheEndAsync(_file);
            if (new FileInfo(path) is not { Exists: true } present || present.Length < _file.Position)
            {
                // It was moved aside: what follows is in a new one.
                await ToTheEndAsync(_file);
                await _file.DisposeAsync();
                _file = null;
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The next look may be luckier.
        }
    }

    private FileStream? Open() =>
        File.Exists(path) ? new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0) : null;

    private async Task ToTheEndAsync(FileStream file)
    {
        for (int read; (read = await file.ReadAsync(_buffer)) > 0;)
        {
            foreach (var one in _buffer.AsSpan(0, read))
            {
                if (one == '\n')
                {
                    say(Encoding.UTF8.GetString([.. _line]));
                    _line.Clear();
                }
                else
                {
                    _line.Add(one);
                }
            }
        }
    }
}
