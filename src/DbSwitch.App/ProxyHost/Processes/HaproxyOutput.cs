using System.Text;

namespace DbSwitch.App.ProxyHost.Processes;

/// <summary>What HAProxy says on its standard error: why it did not start, Lua's alerts. It writes the file itself, so only the file can be asked.</summary>
internal sealed class HaproxyOutput(string file)
{
    private const int Megabyte = 1_000_000;

    private long _start;

    /// <summary>HAProxy is about to be started: what it says from here on is about this run.</summary>
    public void MarkStart()
    {
        TrimIfLarge();
        _start = File.Exists(file) ? new FileInfo(file).Length : 0;
    }

    /// <summary>The alerts of this run, at most three lines, or null.</summary>
    public string? Alerts()
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            stream.Seek(Math.Max(Math.Min(_start, stream.Length), stream.Length - 65_536), SeekOrigin.Begin);
            using var reader = new StreamReader(stream, Encoding.UTF8);
            var alerts = reader.ReadToEnd().Split('\n').Where(line => line.Contains("[ALERT]", StringComparison.Ordinal)).Take(3).ToList();
            return alerts.Count > 0 ? string.Join('\n', alerts) : null;
        }
        catch (IOException)
        {
            return null;
        }
    }

    /// <summary>Empties it when it is large. HAProxy has it open to append (<c>&gt;&gt;</c>), and so goes on at the new end.</summary>
    public void TrimIfLarge()
    {
        try
        {
            if (File.Exists(file) && new FileInfo(file).Length > Megabyte)
            {
                using var stream = new FileStream(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
                stream.SetLength(0);
                _start = 0;
            }
        }
        catch (IOException)
        {
            // The next minute will do.
        }
    }
}
