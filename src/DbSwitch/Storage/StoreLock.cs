using System.Globalization;

namespace DbSwitch.Storage;

/// <summary>
/// Keeps a second manager away from a store: a lock file, which the system releases with the process however that ends, and beside it a file with the holder's
/// process id (.NET can't read a file that another process has locked).
/// </summary>
public sealed class StoreLock : IDisposable
{
    private readonly FileStream _file;

    private StoreLock(FileStream file) => _file = file;

    /// <exception cref="StoreException">Another manager has it, or the directory can't be written.</exception>
    public static StoreLock Take(string stateFile)
    {
        var path = stateFile + ".lock";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);

            // FileShare.None excludes others on Linux (an advisory lock on the whole file); FileShare.Read would not.
            var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            File.WriteAllText(stateFile + ".pid", Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n");
            return new StoreLock(file);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new StoreException($"{path}: this user may not write here. Give the directory to the user that runs dbswitch.", e);
        }
        catch (IOException e) when (File.Exists(stateFile + ".pid"))
        {
            throw new StoreInUseException($"{stateFile} is in use by another manager (process {File.ReadAllText(stateFile + ".pid").Trim()}). Stop that one first, or give this one a store of its own (state: in its configuration).", e);
        }
        catch (IOException e)
        {
            throw new StoreException($"{path} can't be locked: {e.Message}", e);
        }
    }

    public void Dispose() => _file.Dispose();
}
