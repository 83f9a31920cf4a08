using System.Globalization;

namespace DbSwitch.Storage;

/// <summary>Keeps a second manager away from a store: a lock file with the holder's process id beside it. The system releases it with the process, however that ends.</summary>
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
            file.SetLength(0);
            file.Write(System.Text.Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n"));
            file.Flush();
            return new StoreLock(file);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new StoreException($"{path}: this user may not write here. Give the directory to the user that runs dbswitch.", e);
        }
        catch (IOException e) when (HolderOf(path) is { } holder)
        {
            throw new StoreInUseException($"{stateFile} is in use by another manager (process {holder}). Stop that one first, or give this one a store of its own (state: in its configuration).", e);
        }
        catch (IOException e)
        {
            throw new StoreException($"{path} can't be locked: {e.Message}", e);
        }
    }

    // The holder has the file locked for .NET, not for reading its bytes.
    private static string? HolderOf(string path)
    {
        try
        {
            using var handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            Span<byte> bytes = stackalloc byte[32];
            var text = System.Text.Encoding.ASCII.GetString(bytes[..RandomAccess.Read(handle, bytes, 0)]).Trim();
            return text.Length > 0 ? text : "unknown";
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (DirectoryNotFoundException)
        {
            return null;
        }
        catch (IOException)
        {
            return "unknown";
        }
    }

    public void Dispose() => _file.Dispose();
}
