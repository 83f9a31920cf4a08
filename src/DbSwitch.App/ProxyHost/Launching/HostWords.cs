using System.Text;
using DbSwitch.App.ProxyHost.Identity;

namespace DbSwitch.App.ProxyHost.Launching;

/// <summary>What a detached host says in host.log from now on: where the reason is when it could not even write host.json.</summary>
internal sealed class HostWords(RunDirectory directory)
{
    private readonly long _from = File.Exists(directory.HostLog) ? new FileInfo(directory.HostLog).Length : 0;

    /// <summary>Why a host is not there: its own reason, or its last words.</summary>
    /// <param name="pid">The host that was started, or null when none was: host.json may still hold the reason of an earlier one.</param>
    /// <param name="exitCode">With which it ended.</param>
    public string WhyItEnded(int? pid, int? exitCode)
    {
        if (HostStatus.Read(directory.Status) is { State: HostState.Failed, Reason: { } reason } status && status.Host.Pid == pid)
        {
            return reason;
        }

        var words = LastWords();
        return words.Length > 0 ? words : $"The host of proxy {directory.Proxy} ended{(exitCode is null ? "" : $" with exit code {exitCode}")} and did not say why; see {directory.HostLog}.";
    }

    private string LastWords()
    {
        try
        {
            using var stream = new FileStream(directory.HostLog, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            stream.Seek(_from <= stream.Length ? Math.Max(_from, stream.Length - 4096) : 0, SeekOrigin.Begin);
            using var reader = new StreamReader(stream, Encoding.UTF8);
            return reader.ReadToEnd().Trim();
        }
        catch (IOException)
        {
            return "";
        }
    }
}
