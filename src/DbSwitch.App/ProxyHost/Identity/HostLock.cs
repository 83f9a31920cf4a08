using System.Globalization;
using DbSwitch.App.ProxyHost.Platform;

namespace DbSwitch.App.ProxyHost.Identity;

/// <summary>Only one host of a name runs: the one that holds the lock file open. The kernel lets go of it when the host dies, however it dies.</summary>
public sealed class HostLock : IDisposable
{
    private readonly FileStream _file;
    private readonly string _pidFile;

    private HostLock(FileStream file, string pidFile)
    {
        _file = file;
        _pidFile = pidFile;
    }

    /// <exception cref="ProxyHostException">Another host holds it.</exception>
    public static HostLock Take(RunDirectory directory)
    {
        ArgumentNullException.ThrowIfNull(directory);
        FileStream file;
        try
        {
            // FileShare.None excludes on Linux (flock); FileShare.Read does not.
            file = new FileStream(directory.Lock, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new ProxyHostException($"{directory.Lock} cannot be opened: {e.Message} Run the proxy host as the user that owns {directory.Root}.", e);
        }
        catch (IOException e)
        {
            var holder = Holder(directory);
            throw new ProxyHostException(
                $"Proxy {directory.Proxy} already has a host{(holder is null ? "" : $" ({holder})")}, which holds {directory.Lock}; \"dbswitch proxies stop {directory.Proxy}\" ends it.", e);
        }

        File.WriteAllText(directory.HostPid, string.Create(CultureInfo.InvariantCulture, $"{ProcessIdentity.Own.Pid} {ProcessIdentity.Own.Started}\n"));
        return new HostLock(file, directory.HostPid);
    }

    /// <summary>The living host of this directory, or null.</summary>
    public static ProcessIdentity? Holder(RunDirectory directory)
    {
        ArgumentNullException.ThrowIfNull(directory);
        try
        {
            var words = File.ReadAllText(directory.HostPid).Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
            return words.Length == 2
                && int.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
                && long.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out var started)
                && new ProcessIdentity(pid, started) is { IsAlive: true } holder
                    ? holder
                    : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    public void Dispose()
    {
        // While the lock is still held, so that it is never a successor's file that goes.
        File.Delete(_pidFile);
        _file.Dispose();
    }
}
