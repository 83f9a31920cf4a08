using System.Globalization;
using DbSwitch.Files;

namespace DbSwitch.Storage;

/// <summary>
/// Keeps a second manager away from a store: a lock file, which the system releases with the process however that ends, and beside it a file with the holder's
/// process id (.NET can't read a file that another process has locked).
/// </summary>
public sealed class StoreLock : IDisposable
{
    private readonly FileStream _file;
    private readonly string _pidFile;

    private StoreLock(FileStream file, string pidFile) => (_file, _pidFile) = (file, pidFile);

    /// <exception cref="StoreException">Another manager has it, or the directory can't be written.</exception>
    public static StoreLock Take(string stateFile)
    {
        var path = stateFile + ".lock";
        var pidFile = stateFile + ".pid";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);

            // FileShare.None excludes others on Linux (an advisory lock on the whole file); FileShare.Read would not.
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            var noted = Noted(file, pidFile);
            GiveToFolderOwner(stateFile);
            return noted;
        }
        catch (UnauthorizedAccessException e)
        {
            throw new StoreException(NotOurs(stateFile), e);
        }
        catch (IOException e) when (IsHeld(e))
        {
            throw new StoreInUseException($"{stateFile} is in use by another manager (process {HolderOf(pidFile)}). Stop that one first, or give this one a store of its own (state: in its configuration).", e);
        }
        catch (IOException e)
        {
            throw new StoreException($"{path} can't be locked: {e.Message}", e);
        }
    }

    /// <summary>What root makes here once ("dbswitch serve" typed by hand) must be writable for the folder's owner, who runs the service. SQLite gives its own files the owner of the database.</summary>
    private static void GiveToFolderOwner(string stateFile)
    {
        if (Environment.IsPrivilegedProcess && Path.GetDirectoryName(stateFile) is { } folder && FileFacts.Of(folder) is { Uid: not 0 })
        {
            using (File.Open(stateFile, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite))
            {
                // An empty file is an empty database.
            }

            foreach (var file in FilesOf(stateFile).Where(File.Exists))
            {
                FileOwner.GiveTo(file, folder);
            }
        }
    }

    private static string[] FilesOf(string stateFile) => [stateFile, stateFile + "-wal", stateFile + "-shm", stateFile + ".lock", stateFile + ".pid"];

    /// <summary>Names what stands in the way, which need not be the file that was tried.</summary>
    internal static string NotOurs(string stateFile)
    {
        var user = Environment.UserName;
        var theirs = FilesOf(stateFile).Where(file => File.Exists(file) && FileOwner.Of(file) != user).ToList();
        return theirs.Count > 0
            ? $"{string.Join(", ", theirs)}: {(theirs.Count == 1 ? "it belongs" : "they belong")} to {FileOwner.Of(theirs[0])}, and this manager runs as {user}. Change the owner: chown {user}: {string.Join(' ', theirs)}"
            : $"{Path.GetDirectoryName(stateFile)}: user {user} may not write here. Give the folder to the user that runs dbswitch: chown {user}: {Path.GetDirectoryName(stateFile)}";
    }

    // EWOULDBLOCK, on Linux and on macOS.
    private static bool IsHeld(IOException e) => e.HResult is 11 or 35;

    private static StoreLock Noted(FileStream file, string pidFile)
    {
        try
        {
            File.WriteAllText(pidFile, Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n");
            return new StoreLock(file, pidFile);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    // Not in the lock file itself: .NET reads no file that somebody has locked.
    private static string HolderOf(string pidFile)
    {
        try
        {
            return File.ReadAllText(pidFile).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "unknown";
        }
    }

    public void Dispose()
    {
        // While the lock is still held, so that it is never a successor's file that goes.
        File.Delete(_pidFile);
        _file.Dispose();
    }
}
