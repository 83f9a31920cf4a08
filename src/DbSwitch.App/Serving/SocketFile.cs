using System.Net.Sockets;
using DbSwitch.App.ExitCodes;

namespace DbSwitch.App.Serving;

/// <summary>The manager's Unix socket: never taken from a living manager, and never left in the way by a dead one.</summary>
internal static class SocketFile
{
    private const UnixFileMode OwnerAndGroup = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute;

    /// <summary>Makes way for a new socket at this path.</summary>
    /// <exception cref="ServeException">Somebody answers there, or the directory can't be used.</exception>
    public static async Task PrepareAsync(string path)
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!, OwnerAndGroup);
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
            throw new ServeException(ExitCode.Usage, $"{path}: its directory can't be made ({e.Message}). Make it for the user that runs dbswitch, or change listen.unix.", e);
        }

        if (!File.Exists(path))
        {
            return;
        }

        using var probe = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await probe.ConnectAsync(new UnixDomainSocketEndPoint(path));
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.ConnectionRefused)
        {
            // A plain file refuses in the same words as a socket that a killed manager left behind.
            if (!IsSocket(path))
            {
                throw new ServeException(ExitCode.Usage, $"{path} is in the way: it is no socket. Move it away, or change listen.unix.", e);
            }

            File.Delete(path);
            return;
        }
        catch (SocketException e)
        {
            throw new ServeException(ExitCode.Usage, $"{path} is in the way and can't be looked at ({e.Message}). Remove it, or change listen.unix.", e);
        }

        throw new ServeException(ExitCode.Usage, $"Another manager answers at {path}. Stop that one first, or give this one a socket of its own (listen.unix).");
    }

    // open(2): a socket can't be opened, by nobody (ENXIO).
    private static bool IsSocket(string path)
    {
        try
        {
            using var file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
            return false;
        }
        catch (UnauthorizedAccessException e)
        {
            throw new ServeException(ExitCode.Usage, $"{path} is in the way, and belongs to somebody else. Run dbswitch as that user, or change listen.unix.", e);
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>The group may use it, others may not.</summary>
    public static void Protect(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite);
        }
    }
}
